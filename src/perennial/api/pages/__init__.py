"""What is answered beside GraphQL: the first page, JSON for curl, and what is said where there is nothing."""
