"""How many rows of a kind an owner may have; queues use it too.

What a queue clones is never counted: a quota that stopped it would stop the queue, and nobody would be told.
"""

from dataclasses import dataclass

from perennial.core.errors import QuotaExceeded
from perennial.db.sql import run_sql, take_advisory_lock

_POSTS = """posts WHERE clerk_user_id >= $1 AND clerk_user_id <= $1 AND created_by_queue_id IS NULL
    ORDER BY clerk_user_id"""
_QUEUES = """recurring_queues WHERE clerk_user_id >= $1 AND clerk_user_id <= $1
    ORDER BY clerk_user_id, next_scheduled_time, id"""


@dataclass(frozen=True)
class Quota:
    """A kind of rows, how they are found, and how many of them an owner may have; `maximum` 0: any number.

    `name` is the plural, which `extensions.limit` has; `rows` is what follows FROM, where `$1` is the owner, in the
    order of the index that counts them.
    """

    name: str
    rows: str
    maximum: int

    @property
    def statement(self) -> str:
        """Counts the rows of the owner `$1`, up to the maximum.

        Between bounds, in the index's order, and with a hidden limit: so PostgreSQL walks along the index and stops
        early, whatever its statistics know of the owner. With an equation it may read all of the owner's rows first.
        """
        return f"SELECT count(*) AS number FROM (SELECT 1 FROM {self.rows} LIMIT (SELECT {self.maximum:d})) AS counted"  # noqa: S608

    async def check(self, owner: str) -> None:
        """Checks that the owner may have one more, which the caller inserts in the same transaction.

        Holds a lock until that ends, so that of two at the last place one is refused. The count ends at the maximum,
        so an owner with a million rows costs no more than one who has just reached it. Raises QuotaExceeded.
        """
        if self.maximum == 0:
            return
        await take_advisory_lock(f"quota:{self.name}:{owner}")
        # In a statement of its own, which sees what was committed while the one before waited for the lock.
        (row,) = await run_sql(self.statement, owner)
        if row["number"] >= self.maximum:
            raise QuotaExceeded(self.name, self.maximum)


UNLIMITED = Quota("rows", "", 0)


def of_posts(maximum: int) -> Quota:
    """The quota of posts that an owner has made, by `createPost` or `clonePost`, in any state."""
    return Quota("posts", _POSTS, maximum)


def of_queues(maximum: int) -> Quota:
    """The quota of an owner's queues, in any state."""
    return Quota("queues", _QUEUES, maximum)
