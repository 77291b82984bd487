"""The warnings of texts that a queue repeats too soon. They are read only where `warnings` are asked for."""

import asyncio
from datetime import datetime

from strawberry import ID

from perennial.api.graphql._payloads import MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.upcoming.enums import ObstacleCode
from perennial.api.graphql.queues.upcoming.types import read_obstacles, read_upcoming
from perennial.core.errors import WarningCode

LOOKED_AT = 5  # occurrences ahead


async def warnings_of_repeated_texts(info: Info, queue_id: ID, since: datetime | None = None) -> list[MutationWarning]:
    """One for each platform on which one of the queue's next occurrences repeats a text too soon: of the first.

    The next ones are those from that time on.
    """
    if not info.context.process.settings.duplicate_hours:
        return []
    foreseen = await read_upcoming(info.context, queue_id, LOOKED_AT, since=since)
    found = await asyncio.gather(*(read_obstacles(info.context, one) for one in foreseen))
    repeated = [one for each in found for one in each if one.code == ObstacleCode.DUPLICATE_TEXT]
    first = {one.platform: one.message for one in reversed(repeated)}
    return [MutationWarning(code=WarningCode.DUPLICATE_TEXT, message=first[one]) for one in sorted(first, key=str)]
