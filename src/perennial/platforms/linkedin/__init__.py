"""LinkedIn: its Posts API, and the "little text" that posts are written in."""
