"""Connected accounts in the schema."""
