"""Posts and their publications: all that the schema has of them. Imports no other topic."""
