"""What every resolver is given: who calls, and the open process."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from perennial.auth import LEEWAY_SECONDS, Authenticator, Owner
from perennial.clock import machine_now
from perennial.errors import Unauthenticated
from perennial.graphql import loading
from perennial.logs import about
from perennial.models import Post, QueueExecution
from perennial.process import Process


@dataclass
class Context:
    """One request's, or one WebSocket connection's. `caller` is who calls, or why that is not known."""

    process: Process
    authenticator: Authenticator
    caller: Owner | Exception = field(default_factory=Unauthenticated)
    connection_params: Any = None
    _executions: dict[int, DataLoader[UUID, list[QueueExecution]]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The authenticated user. Raises Unauthenticated."""
        if isinstance(self.caller, Exception):
            raise self.caller
        # A WebSocket may have shown it long ago.
        if machine_now() > self.caller.token_expires_at + timedelta(seconds=LEEWAY_SECONDS):
            raise Unauthenticated("The bearer token has expired.")
        return self.caller.id

    @property
    def is_authenticated(self) -> bool:
        """Whether the caller has shown a good token."""
        return not isinstance(self.caller, Exception)

    async def authenticate(self, authorization: Any) -> None:
        """Finds out who calls; what is wrong with the token is said by the first resolver that asks."""
        try:
            self.caller = await self.authenticator.authenticate(authorization)
            about(owner=self.caller.id)
        except Exception as error:
            self.caller = error

    async def post(self, post_id: UUID) -> Post | None:
        """The owner's post; all that are asked for at the same time are read in one query."""
        if not hasattr(self, "_posts"):
            self._posts: DataLoader[UUID, Post | None] = DataLoader(loading.posts_of(self.owner), cache=False)
        return await self._posts.load(post_id)

    async def newest_executions(self, queue_id: UUID, count: int) -> list[QueueExecution]:
        """The newest ledger rows of the owner's queue, in one query with those of its neighbours."""
        if count not in self._executions:
            load = loading.newest_executions_of(self.owner, count)
            self._executions[count] = DataLoader(load, cache=False)
        return await self._executions[count].load(queue_id)


Info = strawberry.Info[Context, None]
