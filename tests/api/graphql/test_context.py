"""Who calls: found out once for a connection, and asked again for each operation on it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from perennial.api.auth.bearer_tokens import LEEWAY_SECONDS, Caller
from perennial.api.graphql.context import Context
from perennial.core.errors import Unauthenticated


def context(token_expires_at: datetime) -> Context:
    nothing: Any = None
    return Context(nothing, nothing, nothing, Caller("alice", token_expires_at))


def test_a_token_that_is_good_speaks_for_its_owner() -> None:
    assert context(datetime.now(UTC) + timedelta(minutes=1)).owner == "alice"


def test_a_connection_that_outlives_its_token_speaks_for_nobody() -> None:
    with pytest.raises(Unauthenticated, match="expired"):
        _ = context(datetime.now(UTC) - timedelta(seconds=LEEWAY_SECONDS + 1)).owner
