"""Connected accounts: all that the schema has of them. Imports no other topic."""
