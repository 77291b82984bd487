"""What every resolver is given: who calls, and the open process."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple
from uuid import UUID

import strawberry
from strawberry.dataloader import DataLoader

from perennial.api.auth.bearer_tokens import LEEWAY_SECONDS, Authenticator, Owner
from perennial.api.limits.rates import Allowance, Rates
from perennial.core.clock import machine_now
from perennial.core.errors import BEARER_EXPIRED, TooManyRequests, Unauthenticated
from perennial.observe.logs import bind_log_ids
from perennial.process import Process
from perennial.settings import Introspection

Row = TypeVar("Row")
Args = TypeVarTuple("Args")


@dataclass
class Context:
    """One request's, or one WebSocket connection's. `caller` is who calls, or why that is not known."""

    process: Process
    authenticator: Authenticator
    rates: Rates
    caller: Owner | Exception = field(default_factory=Unauthenticated)
    connection_params: Any = None
    _loaders: dict[Any, DataLoader[UUID, Any]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The authenticated user. Raises Unauthenticated."""
        if isinstance(self.caller, Exception):
            raise self.caller
        # A WebSocket may have shown it long ago.
        if machine_now() > _end(self.caller):
            raise Unauthenticated(BEARER_EXPIRED)
        return self.caller.id

    @property
    def is_authenticated(self) -> bool:
        """Whether the caller has shown a good token."""
        return not isinstance(self.caller, Exception)

    @property
    def seconds_left(self) -> float:
        """How long the caller's token is good for still."""
        if isinstance(self.caller, Exception):
            return 0.0
        return max(0.0, (_end(self.caller) - machine_now()).total_seconds())

    @property
    def page_size_max(self) -> int:
        """How many entries a page has at most."""
        return self.process.settings.page_size_max

    @property
    def may_introspect(self) -> bool:
        """Whether the caller may ask for the schema itself."""
        wanted = self.process.settings.introspection
        return wanted == Introspection.OPEN or (wanted == Introspection.TOKEN and isinstance(self.caller, Owner))

    @property
    def may_have_suggestions(self) -> bool:
        """Whether errors may name what of the schema the caller may have meant."""
        return self.process.settings.field_suggestions and self.may_introspect

    async def authenticate(self, authorization: Any) -> None:
        """Finds out who calls; what is wrong with the token is said by the first resolver that asks."""
        try:
            self.caller = await self.authenticator.authenticate(authorization)
            bind_log_ids(owner=self.caller.id)
        except Exception as error:
            self.caller = error

    async def count_request(self) -> Allowance | None:
        """What the owner has left of this minute's requests, this one taken. None where nobody is counted.

        Raises TooManyRequests where this is one too many.
        """
        if isinstance(self.caller, Exception):
            return None
        allowance = await self.rates.take(self.caller.id, machine_now())
        if allowance and allowance.is_exceeded:
            words = f"{allowance.limit} requests a minute are allowed; go on in {allowance.reset_seconds} seconds."
            raise TooManyRequests(words, allowance.reset_seconds, allowance.headers)
        return allowance

    def loader(
        self,
        read: Callable[[str, Sequence[UUID], *Args], Awaitable[list[Row]]],
        *args: *Args,
    ) -> DataLoader[UUID, Row]:
        """The loader that reads all ids that are asked for at the same time by one call: `read(owner, ids, *args)`."""
        key = (read, *args)
        if key not in self._loaders:
            owner = self.owner
            self._loaders[key] = DataLoader(lambda ids: read(owner, ids, *args), cache=False)
        return self._loaders[key]


def _end(owner: Owner) -> datetime:
    return owner.token_expires_at + timedelta(seconds=LEEWAY_SECONDS)


Info = strawberry.Info[Context, None]
