"""A look at all tables."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.models import Model

from perennial.core.states import Platform
from perennial.db.models import ConnectedAccount, PlatformBreaker, Post, Publication, QueueExecution, RecurringQueue


@dataclass(frozen=True)
class Seen:
    """All tables, at one moment."""

    posts: dict[UUID, Post]
    publications: dict[UUID, Publication]
    queues: dict[UUID, RecurringQueue]
    ledger: dict[UUID, QueueExecution]
    accounts: dict[tuple[str, Platform], ConnectedAccount]
    breakers: dict[Platform, PlatformBreaker]

    def of_post(self, post_id: UUID) -> dict[Platform, Publication]:
        """The post's publications."""
        return {row.platform: row for row in self.publications.values() if row.post_id == post_id}


class Glass:
    """Looks at all tables; reads closely only what has changed since it looked last."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[dict[str, Any], Any]] = {}

    async def look(self) -> Seen:
        """What there is."""
        models = (Post, Publication, RecurringQueue, QueueExecution)
        posts, publications, queues, ledger = [{row.id: row for row in await self._rows(model)} for model in models]
        accounts = {(row.clerk_user_id, row.platform): row for row in await self._rows(ConnectedAccount)}
        breakers = {row.platform: row for row in await PlatformBreaker.all()}
        return Seen(posts, publications, queues, ledger, accounts, breakers)

    async def _rows(self, model: type[Model]) -> list[Any]:
        connection = Tortoise.get_connection("default")
        found = {
            UUID(row["id"]): row for row in await connection.execute_query_dict(f"SELECT * FROM {model.Meta.table}")
        }
        changed = [key for key, raw in found.items() if key not in self._known or self._known[key][0] != raw]
        read = {row.pk: row for row in await model.filter(id__in=changed)} if changed else {}
        self._known |= {key: (found[key], read[key]) for key in changed}
        return [self._known[key][1] for key in found]
