"""The schema: types, queries, mutations and subscriptions, a folder for each topic, joined in `schema`."""
