"""The database: its tables, and every way in which rows are read and written.

`models` defines the tables, `connection` opens and closes the database (by `connecting`), `pool` keeps the connections
to a PostgreSQL, `transactions` begins and ends transactions, `commits` knows whether one may have been committed, `sql`
runs statements written by hand, and `bulk` reads and writes many rows in one statement. `starting` looks at the
database before it is opened, and says in one line why it cannot be worked on. `outages` tells an outage of the database
from a bug, `retrying` retries during one, `migrating` brings the schema up to date (a PostgreSQL's by
`migrating_on_postgres`), `migration_steps` has what migrations of large tables consist of, and `folder_lock` keeps a
second process away from a SQLite file. It may use `core`, `settings` and `observe`. Begin reading with `models`.
"""
