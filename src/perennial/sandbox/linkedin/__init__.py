"""LinkedIn's API, as far as the sandbox implements it."""
