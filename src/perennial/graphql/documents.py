"""Documents that are known: clients send the same few texts again and again, with other variables."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

# A character can take 300 bytes once it is parsed: nobody can fill more than 80 MB with texts of their own.
KNOWN_MAX = 64
LENGTH_MAX = 4_000  # characters


class KnownDocuments(SchemaExtension):
    """Parses and validates a text once. Only documents without an error are kept, and nothing of what was answered."""

    known: ClassVar[OrderedDict[str, DocumentNode]] = OrderedDict()

    def on_parse(self) -> Iterator[None]:
        """Takes the document from those that are known."""
        context = self.execution_context
        if document := self.known.get(context.query or ""):
            self.known.move_to_end(context.query or "")
            context.graphql_document = document
        yield

    def on_validate(self) -> Iterator[None]:
        """Leaves the validation out for those that are known; keeps what turned out to be valid."""
        context = self.execution_context
        text, document = context.query or "", context.graphql_document
        if text in self.known and context.pre_execution_errors is None:
            context.pre_execution_errors = []
        yield
        if not context.pre_execution_errors and document and len(text) <= LENGTH_MAX:
            self.known[text] = document
            while len(self.known) > KNOWN_MAX:
                self.known.popitem(last=False)
