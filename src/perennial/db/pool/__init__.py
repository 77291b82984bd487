"""The pool of connections to PostgreSQL: an engine of the ORM, named `perennial.db.pool` in its configuration.

An error that belongs to a connection ends that connection (`faults` knows them), and a wait for the database has an
end. `client` has the pool, and `read_only` says whether and why a session may not write.
"""

import logging

from perennial.db.pool.client import PoolClient

client_class = PoolClient  # where the ORM looks for it

__all__ = ["PoolClient", "client_class"]


def _in_one_line(record: logging.LogRecord) -> bool:
    """Takes the traceback away: in an outage asyncpg tells by one, again and again, that it opens none ahead."""
    record.exc_info = None
    return True


logging.getLogger("asyncpg.pool").addFilter(_in_one_line)
