"""Where things are kept: PostgreSQL, SQLite and Redis, started for the tests, and how they fail."""
