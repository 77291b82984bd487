"""Posts and their publications in the schema."""
