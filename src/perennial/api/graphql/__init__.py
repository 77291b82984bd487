"""The GraphQL API: translation only. What it does is done below."""
