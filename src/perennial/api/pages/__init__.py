"""Responses beside GraphQL: the start page, the 404 page, and JSON that ends in a newline."""
