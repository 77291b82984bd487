"""A look at all tables."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise import Tortoise
from tortoise.models import Model

from perennial.core.states import AccountStatus, Platform
from perennial.db.models import ConnectedAccount, PlatformBreaker, Post, Publication, QueueExecution, RecurringQueue
from perennial.db.sql import as_id


@dataclass(frozen=True)
class Seen:
    """All tables, at one moment."""

    posts: dict[UUID, Post]
    publications: dict[UUID, Publication]
    queues: dict[UUID, RecurringQueue]
    ledger: dict[UUID, QueueExecution]
    accounts: dict[UUID, ConnectedAccount]
    breakers: dict[Platform, PlatformBreaker]

    @property
    def present(self) -> dict[tuple[str, Platform], ConnectedAccount]:
        """The accounts that are connected, by owner and platform."""
        connected = [one for one in self.accounts.values() if one.status != AccountStatus.DISCONNECTED]
        return {(one.clerk_user_id, one.platform): one for one in connected}

    def account_of(self, row: Publication) -> ConnectedAccount | None:
        """The account that the publication names."""
        return self.accounts[row.connected_account_id] if row.connected_account_id else None

    def owner_of(self, row: Publication) -> str:
        """Whose publication it is."""
        return self.posts[row.post_id].clerk_user_id

    def of_post(self, post_id: UUID) -> dict[Platform, Publication]:
        """The post's publications."""
        return {row.platform: row for row in self.publications.values() if row.post_id == post_id}


class Glass:
    """Looks at all tables; reads closely only what has changed since it looked last."""

    def __init__(self) -> None:
        self._known: dict[UUID, tuple[dict[str, Any], Any]] = {}

    async def look(self) -> Seen:
        """What there is."""
        models = (Post, Publication, RecurringQueue, QueueExecution, ConnectedAccount)
        tables = [{row.id: row for row in await self._rows(model)} for model in models]
        return Seen(*tables, {row.platform: row for row in await PlatformBreaker.all()})

    async def _rows(self, model: type[Model]) -> list[Any]:
        connection = Tortoise.get_connection("default")
        rows = await connection.execute_query_dict(f"SELECT * FROM {model.Meta.table} ORDER BY id")
        found = {as_id(row["id"]): row for row in rows}
        changed = [key for key, raw in found.items() if key not in self._known or self._known[key][0] != raw]
        read = {row.pk: row for row in await model.filter(id__in=changed)} if changed else {}
        self._known |= {key: (found[key], read[key]) for key in changed}
        return [self._known[key][1] for key in found]
