"""Finds the document that a request names by its hash, and keeps one that came with its hash, once it is valid."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from strawberry.extensions import SchemaExtension

from perennial.api.graphql.context import Context
from perennial.api.persisted_queries import check_hash, hash_in
from perennial.core.clock import machine_now


async def whole_document(context: Context, query: str | None, extensions: Mapping[str, Any] | None) -> str | None:
    """The request's document: its own, or the one that it names by a hash; None if it has neither.

    Raises HashRefused, PersistedQueryNotFound, another UserError if none are kept, and for hashes of callers whom we do
    not know what `Context.owner` raises.
    """
    sha = hash_in(extensions)
    if sha is None:
        return query
    if query:
        check_hash(sha, query)
        if context.is_authenticated:
            context.documents_to_keep[query] = sha
        return query
    _ = context.owner
    return await context.persisted_queries.find(sha, machine_now())


class PersistedDocuments(SchemaExtension):
    """Keeps the documents that are to be kept, once they have come to their execution."""

    def on_operation(self) -> Iterator[None]:
        """Forgets, in the end, that the document was to be kept."""
        try:
            yield
        finally:
            self._context.documents_to_keep.pop(self.execution_context.query or "", None)

    async def on_execute(self) -> AsyncIterator[None]:
        """Keeps the document, which is valid when it comes to this."""
        execution, context = self.execution_context, self._context
        sha = context.documents_to_keep.get(execution.query or "")
        if sha:
            await context.persisted_queries.keep(context.payer, sha, execution.query or "", machine_now())
        yield

    @property
    def _context(self) -> Context:
        context: Context = self.execution_context.context
        return context
