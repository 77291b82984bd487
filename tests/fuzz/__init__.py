"""`make fuzz`: documents made by chance from schema.graphql, sent to the real server, must never find a bug in it."""
