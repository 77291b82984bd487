"""The private parts of other libraries that we touch: each stands in one place, and breaks here before it breaks there.

PARTS is the whole list. A new one is found by reading our sources, and has to be listed with its reason.
"""

import ast
import inspect
import re
import tomllib
from collections.abc import AsyncIterator, Iterator
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import asyncpg
import h11
import pytest
import strawberry
from aerich import Command
from arq.worker import Worker
from graphql import GraphQLError, GraphQLSchema, GraphQLSyntaxError, Source
from graphql.validation.rules import overlapping_fields_can_be_merged
from h11 import _readers, _receivebuffer
from packaging.requirements import Requirement
from redis.asyncio import Connection, ConnectionPool, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.types import ExecutionContext
from support.private_names import overridden, touched
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import TransactionWrapper

import perennial
from perennial.api.graphql._selection import is_selected
from perennial.api.graphql.extensions.known_documents import core_schema
from perennial.db import bulk
from perennial.db.models import Post

SOURCE = Path(perennial.__file__).parent
ROOT = SOURCE.parents[1]
# What arq documents, although it begins with an underscore: the options of a job that is enqueued.
ARQ_OPTIONS = {"_job_id", "_defer_until"}


class Part(NamedTuple):
    """A private part: whose, its name, the one module that touches it, and why there is no other way."""

    library: str
    name: str
    module: str
    reason: str


PARTS = [
    Part("tortoise-orm", "_enable_global_fallback", "db.connection",
         "the ORM is opened in one task and used in others; the argument is not documented"),
    Part("tortoise-orm", "_meta", "db.bulk", "a model's table, columns and their SQL types have no public name"),
    Part("tortoise-orm", "_connection", "db.pool.client",
         "a transaction of ours has to say on which connection of the pool it is"),
    Part("asyncpg", "_cancel", "db.connecting.connector",
         "behind a pooler no request to cancel is sent: the driver has no option for that"),
    Part("aerich", "_upgrade", "db.migrating_on_postgres.applying",
         "one migration at a time: between two of them it is checked that we may go on"),
    Part("strawberry", "_schema", "api.graphql.extensions.known_documents",
         "graphql-core's schema, for validating and for weighing"),
    Part("strawberry", "_provided_operation_name", "api.graphql.extensions.document_limits",
         "whether the request names an operation: the public operation_name falls back to the first one"),
    Part("strawberry", "_raw_info", "api.graphql._selection",
         "the field's nodes and the document's fragments: selected_fields expands each fragment at each use"),
    Part("strawberry", "_execute_operation", "api.graphql.schema",
         "the one method by which queries and mutations of every transport go, for the limit on their time"),
    Part("arq", "_poll_iteration", "worker.running",
         "the worker's loop without INFO and DBSIZE, which arq sends for a line of its log"),
    Part("redis", "_connect", "jobs._redis_connections",
         "one attempt to connect: the Sentinels are asked before each, as the master may be another one by then"),
    Part("redis", "_in_use_connections", "jobs._redis_pool",
         "how many connections are in use: counting by ourselves would be a second truth"),
    Part("redis", "_available_connections", "jobs._redis_pool",
         "how many are idle"),
    Part("h11", "_receivebuffer", "process.connections._lines",
         "where lines end: h11 takes more than RFC 9112 lets a server take, and has no option for that"),
    Part("strawberry", "_get_pre_execution_close_reason", "api.http._websocket",
         "a syntax error would close the WebSocket, with all its other operations"),
]  # fmt: skip


def _trees() -> Iterator[tuple[str, ast.Module]]:
    """Our modules, by their names below `perennial`."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield ".".join(path.relative_to(SOURCE).with_suffix("").parts), ast.parse(path.read_text())


def test_our_sources_touch_these_parts_and_no_others() -> None:
    found = [(module, name) for module, tree in _trees() for name in [*touched(tree), *overridden(module, tree)]]
    assert sorted(found) == sorted((part.module, part.name) for part in PARTS)


@pytest.mark.parametrize("folder", ["bench", "tests/support"])
def test_benchmarks_and_what_tests_stand_on_touch_none(folder: str) -> None:
    trees = [(path.name, ast.parse(path.read_text())) for path in sorted((ROOT / folder).rglob("*.py"))]
    assert [(name, one) for name, tree in trees for one in touched(tree) if one not in ARQ_OPTIONS] == []


# What we use of these has no underscore, but is not documented either.
UNDOCUMENTED = {"asyncpg", "graphql-core", "uvicorn"}
DISTRIBUTIONS = {"strawberry": "strawberry-graphql"}


def test_no_next_version_of_these_libraries_is_taken_by_whoever_installs_without_our_pins() -> None:
    given = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = {one.name: one.specifier for one in map(Requirement, given)}
    for name in {DISTRIBUTIONS.get(part.library, part.library) for part in PARTS} | UNDOCUMENTED:
        major, minor = version(name).split(".")[:2]
        assert wanted[name].contains(version(name))
        assert not wanted[name].contains(f"{major}.{int(minor) + 1}"), name


def test_arqs_loop_can_be_run_by_its_single_steps() -> None:
    assert list(inspect.signature(Worker._poll_iteration).parameters) == ["self"]
    assert "self._poll_iteration()" in inspect.getsource(Worker.main)


def test_each_attempt_to_connect_to_redis_passes_the_method_that_we_override() -> None:
    for kind in (Connection, SSLConnection, UnixDomainSocketConnection):
        assert list(inspect.signature(kind._connect).parameters) == ["self"]
    assert "call_with_retry(\n                lambda: self._connect()" in inspect.getsource(AbstractConnection.connect)


def test_whatever_breaks_a_statement_off_passes_the_method_that_we_override() -> None:
    assert list(inspect.signature(asyncpg.Connection._cancel).parameters) == ["self", "waiter", "cancel_waiter"]
    assert "self._cancel(waiter, cancel_waiter)" in inspect.getsource(asyncpg.Connection._cancel_current_command)
    assert inspect.getsource(asyncpg.connection).count("._cancel(") == 2  # the other one sends the request


async def test_a_pool_of_redis_knows_its_connections() -> None:
    pool = ConnectionPool()
    one, other = pool.get_available_connection(), pool.get_available_connection()
    await pool.release(one)
    assert (pool._in_use_connections, pool._available_connections) == ({other}, [one])


def test_a_single_migration_can_be_applied() -> None:
    assert list(inspect.signature(Command._upgrade).parameters)[1:] == [
        "conn",
        "version_file",
        "fake",
        "version_module",
    ]


def test_the_orm_can_be_opened_for_all_tasks() -> None:
    assert "_enable_global_fallback" in inspect.signature(Tortoise.init).parameters


def test_a_model_knows_its_table_and_its_columns() -> None:
    meta = bulk._meta(Post)
    assert meta.db_table == "posts"
    assert meta.fields_map["id"].get_for_dialect("postgres", "SQL_TYPE") == "UUID"


async def test_a_transaction_works_on_the_connection_that_it_was_given() -> None:
    pool: Any = SimpleNamespace(_connection=None, log=None, connection_name="default")
    within, connection = TransactionWrapper(pool), object()
    within._connection = connection  # type: ignore[assignment]
    async with within.acquire_connection() as acquired:
        assert acquired is connection


@strawberry.type
class Below:
    a: bool
    b: bool


@strawberry.type
class Query:
    @strawberry.field
    def below(self, info: strawberry.Info) -> Below:
        """Says in `a` whether `b` is asked for."""
        return Below(a=is_selected(info, "b"), b=True)


class Schema(strawberry.Schema):
    """Counts the operations that pass the method that we override."""

    passed = 0

    async def _execute_operation(self, execution_context: ExecutionContext, *rest: Any) -> Any:
        self.passed += 1
        assert execution_context.query
        return await super()._execute_operation(execution_context, *rest)


async def test_queries_pass_one_method_whether_they_are_executed_or_streamed() -> None:
    schema = Schema(Query)
    assert (await schema.execute("{ below { a } }")).errors is None
    stream: AsyncIterator[Any] = await schema.stream("{ below { a } }")  # type: ignore[assignment]
    assert [result.errors for result in [one async for one in stream]] == [None]
    assert schema.passed == 2


async def test_a_resolver_sees_what_is_selected_below_it_fragments_included() -> None:
    schema = strawberry.Schema(Query)
    b_in_a_fragment = "{ below { a ...F } } fragment F on Below { b }"
    for document, asked in (("{ below { a } }", False), ("{ below { a b } }", True), (b_in_a_fragment, True)):
        found = await schema.execute(document)
        assert found.data, found.errors
        assert found.data["below"]["a"] is asked


def test_a_schema_of_strawberrys_holds_one_of_graphql_cores() -> None:
    assert isinstance(core_schema(strawberry.Schema(Query)), GraphQLSchema)


def test_an_execution_context_knows_whether_the_request_named_an_operation() -> None:
    schema = strawberry.Schema(Query)
    for name in ("A", None):
        context = ExecutionContext("", schema, (), provided_operation_name=name)
        assert context._provided_operation_name == name


def test_a_syntax_error_would_close_a_socket_but_for_the_method_that_we_override() -> None:
    reason = BaseGraphQLTransportWSHandler._get_pre_execution_close_reason
    assert reason(GraphQLSyntaxError(Source("{"), 1, "Expected Name")) is not None
    assert reason(GraphQLError("Wrong.")) is None


def test_h11_reads_every_line_from_the_buffer_that_we_give_it() -> None:
    connection = h11.Connection(h11.SERVER)
    assert type(connection._receive_buffer) is _receivebuffer.ReceiveBuffer
    readers = inspect.getsource(_readers)
    assert set(re.findall(r"buf\.(\w+)\(", readers)) == {
        "maybe_extract_lines",
        "maybe_extract_next_line",
        "maybe_extract_at_most",
        "is_next_line_obviously_invalid_request_line",
    }


def test_the_limit_on_comparisons_is_where_we_set_it() -> None:
    """It has no underscore, but is no option of graphql-core's either."""
    assert isinstance(overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET, int)
