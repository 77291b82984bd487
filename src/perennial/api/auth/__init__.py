"""Authentication: every request's bearer token is verified anew, against the keys of one issuer."""
