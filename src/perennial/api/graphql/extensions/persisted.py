"""Finds the document that a request names by its hash, and keeps one that came with its hash, once it is valid."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from graphql import DocumentNode, OperationDefinitionNode, OperationType

from perennial.api.graphql.context import Context
from perennial.api.graphql.extensions._extension import Extension
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
            context.hashes_to_keep[query] = sha
        return query
    _ = context.owner
    return await context.persisted_queries.find(sha, machine_now())


class Persisted(Extension):
    """Keeps the documents that are to be kept, once they are executed: only then are they known to be valid."""

    def on_operation(self) -> Iterator[None]:
        """Forgets, in the end, that the document was to be kept: a WebSocket has one context for all its operations."""
        try:
            yield
        finally:
            self.context.hashes_to_keep.pop(self.execution_context.query or "", None)

    async def on_execute(self) -> AsyncIterator[None]:
        """Keeps the document when what it asks for is done, unless what somebody wrote stands in it."""
        text, document = self.execution_context.query or "", self.execution_context.graphql_document
        sha = self.context.hashes_to_keep.get(text)
        yield
        if sha and document and not _writes_strings(text, document):
            await self.context.persisted_queries.keep(self.context.payer, sha, text, machine_now())


def _writes_strings(text: str, document: DocumentNode) -> bool:
    """Whether a mutation has strings in the document itself, such as a token or the text of a post.

    A query's are ids, and names of the schema.
    """
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return '"' in text and any(one.operation is OperationType.MUTATION for one in operations)
