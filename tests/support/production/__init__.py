"""A whole production whose parts are processes that may die, what is put into it, and what must be true of it."""
