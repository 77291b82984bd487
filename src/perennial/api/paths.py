"""Paths that several modules of the API have in common."""

GRAPHQL = "/graphql"
ASSETS = f"{GRAPHQL}/assets"  # of the explorer, where it was built
