"""Publications that may be on their platform or not: they are looked for there, and matched with what is found."""
