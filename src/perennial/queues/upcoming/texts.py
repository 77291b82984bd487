"""The texts of posts that queues repeat, and when those of an occurrence go out."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import Platform
from perennial.db import bulk
from perennial.db.models import Publication
from perennial.db.sql import run_sql
from perennial.posts.scheduling import clone_times
from perennial.queues.upcoming.occurrences import Foreseen


class Text(NamedTuple):
    """A text of a post, and its time, which gives the distances between a clone's times."""

    post_id: UUID
    platform: Platform
    content: str
    scheduled_time: datetime | None


Texts = Mapping[UUID, list[Text]]

_TEXTS = """
    SELECT row.post_id, row.platform, row.content, row.scheduled_time
    FROM publications AS row JOIN posts AS post ON post.id = row.post_id
    WHERE post.id = ANY($1) AND post.clerk_user_id || '' = $2
    ORDER BY row.id
"""


async def texts_of(owner: str, post_ids: Collection[UUID]) -> Texts:
    """The texts of each of these posts of the owner's; those that were deleted are left out."""
    found: dict[UUID, list[Text]] = defaultdict(list)
    for row in await run_sql(_TEXTS, list(post_ids), owner) if post_ids else ():
        text = bulk.row_reader(Publication, Text)(row)
        found[text.post_id].append(text)
    return dict(found)


def publication_times(one: Foreseen, texts: Texts) -> list[tuple[Text, datetime]]:
    """When each text of the occurrence goes out; nothing where it is skipped, or its post was deleted."""
    given = texts.get(one.post_id, []) if one.post_id else []
    times = clone_times({text.platform: text.scheduled_time for text in given}, one.occurrence.time)
    return [(text, times[text.platform]) for text in given]
