"""The context that every resolver gets: the caller, and the open process."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

import strawberry
from graphql import GraphQLError
from strawberry.dataloader import DataLoader

from perennial.api.auth.bearer_tokens import LEEWAY_SECONDS, Authenticator, Caller
from perennial.api.limits.points import Charge, PointsLimiter
from perennial.api.limits.sockets import SocketLimit
from perennial.api.limits.work import WorkLimit
from perennial.api.persisted_queries import PersistedQueries
from perennial.core.clock import machine_now
from perennial.core.errors import BEARER_EXPIRED, Unauthenticated
from perennial.observe.logs import bind_log_ids
from perennial.process import Process
from perennial.settings import Introspection

Key = TypeVar("Key")
Row = TypeVar("Row")
Args = TypeVarTuple("Args")


@dataclass
class Context:
    """The context of one HTTP request or one WebSocket. `caller` is the owner, or the error why there is none."""

    process: Process
    authenticator: Authenticator
    points_limiter: PointsLimiter
    work_limit: WorkLimit
    socket_limit: SocketLimit
    persisted_queries: PersistedQueries
    caller: Caller | Exception = field(default_factory=Unauthenticated)
    connection_params: Any = None
    is_counted_socket: bool = False
    hashes_to_keep: dict[str, str] = field(default_factory=dict)  # of documents, by their texts
    last_charge: Charge | None = None
    _loaders: dict[Any, DataLoader[Any, Any]] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """The caller's id. Raises Unauthenticated, or IssuerUnavailable."""
        if isinstance(self.caller, Exception):
            raise self.caller
        # On a WebSocket the token was verified when the connection began.
        if machine_now() > _accepted_until(self.caller):
            raise Unauthenticated(BEARER_EXPIRED)
        return self.caller.id

    @property
    def is_authenticated(self) -> bool:
        """Whether the caller's token was accepted."""
        return not isinstance(self.caller, Exception)

    @property
    def payer(self) -> str:
        """Whose share of the limits the caller uses: the owner's id, even of an expired token; "" without one."""
        return self.caller.id if isinstance(self.caller, Caller) else ""

    @property
    def seconds_left(self) -> float:
        """The seconds until the caller's token expires; 0.0 without one."""
        if isinstance(self.caller, Exception):
            return 0.0
        return max(0.0, (_accepted_until(self.caller) - machine_now()).total_seconds())

    @property
    def page_size_max(self) -> int:
        """The largest number of entries of a page."""
        return self.process.settings.page_size_max

    @property
    def may_introspect(self) -> bool:
        """Whether the caller may query the schema itself."""
        setting = self.process.settings.introspection
        return setting == Introspection.OPEN or (setting == Introspection.TOKEN and isinstance(self.caller, Caller))

    @property
    def may_have_suggestions(self) -> bool:
        """Whether errors may suggest names of the schema to the caller."""
        return self.process.settings.field_suggestions and self.may_introspect

    def discreet(self, errors: list[GraphQLError]) -> list[GraphQLError]:
        """The errors in a document or its variables, or in their place, for a caller whom we do not know, that alone.

        They name types and fields, which such callers may not ask for unless introspection is open.
        """
        if not errors or self.may_introspect or not isinstance(self.caller, Exception):
            return errors
        return [GraphQLError(str(self.caller), original_error=self.caller)]

    async def authenticate(self, authorization: Any) -> None:
        """Authenticates the caller. An error is kept, and raised by the first resolver that reads `owner`."""
        try:
            self.caller = await self.authenticator.authenticate(authorization)
            bind_log_ids(owner=self.caller.id)
        except Exception as error:
            self.caller = error

    def check_points(self) -> None:
        """Raises TooManyRequests if the caller is known to have no points left."""
        spent = self.points_limiter.refusal(self.caller.id, machine_now()) if isinstance(self.caller, Caller) else None
        if spent:
            self.last_charge = spent
            raise spent.error

    async def charge(self, points: int, least: int | None = None) -> Charge:
        """Charges the caller so many points, or `least` if too few remain; without a token nobody is counted."""
        if isinstance(self.caller, Caller):
            counted = self.points_limiter.charge(self.caller.id, points, least or points, machine_now())
            self.last_charge = charge = await counted
        else:
            self.last_charge = charge = Charge(points)
        return charge

    async def refund(self, charge: Charge, points: int) -> Charge:
        """Gives the caller so many points back of a charge; returns what it is then."""
        self.last_charge = charge = await self.points_limiter.refund(self.payer, charge, points, machine_now())
        return charge

    def kept_connection(self) -> AbstractContextManager[None]:
        """Counts the connection that a subscription keeps for as long as it runs. A WebSocket is counted already.

        Raises QuotaExceeded if the owner has as many as it may have.
        """
        return nullcontext() if self.is_counted_socket else self.socket_limit.place(self.payer)

    def loader(
        self,
        read: Callable[[str, Sequence[Key], *Args], Awaitable[list[Row]]],
        *args: *Args,
    ) -> DataLoader[Key, Row]:
        """A loader that batches the keys requested at the same time into one call: `read(owner, keys, *args)`."""
        key = (read, *args)
        if key not in self._loaders:
            owner = self.owner
            self._loaders[key] = DataLoader(lambda keys: read(owner, keys, *args), cache=False)
        return self._loaders[key]


def _accepted_until(caller: Caller) -> datetime:
    return caller.token_expires_at + timedelta(seconds=LEEWAY_SECONDS)


Info = strawberry.Info[Context, None]
