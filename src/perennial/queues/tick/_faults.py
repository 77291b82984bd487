"""What a tick's faults concern."""

from perennial.db.outages import is_contention, is_outage


def concerns_all(error: Exception) -> bool:
    """Whether the error would meet every queue: the database is away. A lock concerns those whose rows are held."""
    return is_outage(error) and not is_contention(error)
