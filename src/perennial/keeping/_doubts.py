"""Which receipts a doubt may still need.

Whoever looks for a publication in doubt on its platform takes no post that some publication has as its receipt. The
texts of a queue are alike, so a receipt that is gone would be taken for that of the doubt. Hence what an account has
published since one of its publications is in doubt stays for as long as that is so.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from perennial.db.sql import as_id, as_time, run_sql

# By how much the times of a platform, of a look-up and of ours may differ.
SLACK = timedelta(days=1)

# For each account from which something is in doubt, and each that is the same on its platform, since when. A retry may
# wait for as long as its owner likes, and is in doubt all the time. A request that a killed worker left behind becomes
# a doubt when it is rescued, and is as old then as it is now.
_DOUBTS = """
    SELECT same.id, min(doubt.since) AS since
    FROM (
        SELECT connected_account_id AS account_id, COALESCE(unclear_since, request_started_time) AS since
        FROM publications WHERE status = 'unconfirmed'
        UNION ALL
        SELECT connected_account_id AS account_id, COALESCE(unclear_since, request_started_time) AS since
        FROM publications WHERE status = 'publishing'
        UNION ALL
        SELECT connected_account_id AS account_id, unclear_since AS since
        FROM publications WHERE status = 'scheduled' AND unclear_since IS NOT NULL
    ) AS doubt
    JOIN connected_accounts AS own ON own.id = doubt.account_id
    JOIN connected_accounts AS same ON same.platform = own.platform AND same.account_id = own.account_id
    WHERE doubt.since <= $1
    GROUP BY same.id
"""

# Since when each of these accounts has something in doubt.
Doubts = Mapping[UUID, datetime]


async def old_doubts(cutoff: datetime) -> Doubts:
    """The accounts with something that has been in doubt since `cutoff` or longer.

    A request that is begun later is younger than whatever is older than `cutoff`, so this holds until the call ends.
    """
    return {as_id(row["id"]): as_time(row["since"]) for row in await run_sql(_DOUBTS, cutoff)}


def needs(doubts: Doubts, account_id: UUID | None, published_time: datetime | None) -> bool:
    """Whether a doubt may need the receipt of what the account published at that time."""
    since = doubts.get(account_id) if account_id else None
    return since is not None and published_time is not None and published_time >= since - SLACK
