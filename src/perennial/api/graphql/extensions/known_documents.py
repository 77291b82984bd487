"""A cache of parsed and validated documents: clients repeat the same few texts, with other variables.

Strawberry's own ParserCache and ValidationCache are not enough: the second overrides an extension that has already
refused the document, both keep texts of any length, and a lookup hashes the document, which takes a tenth of a
millisecond for one of our longer queries.
"""

from collections import OrderedDict
from collections.abc import Iterator
from typing import ClassVar

from graphql import DocumentNode, GraphQLError, GraphQLSchema, validate
from strawberry import Schema
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from perennial.api.graphql.extensions._extension import Extension
from perennial.api.graphql.extensions.most_errors import ERRORS_MAX

# A character can take 300 bytes once it is parsed, so the cache cannot grow beyond 80 MB.
KNOWN_MAX = 64
LENGTH_MAX = 4_000  # characters
# The rules that Strawberry adds to those of the GraphQL specification.
STRAWBERRYS_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)


class KnownDocuments(Extension):
    """Parses and validates a text once. It keeps only valid documents, and nothing of their results."""

    known: ClassVar[OrderedDict[str, DocumentNode]] = OrderedDict()

    def on_parse(self) -> Iterator[None]:
        """Takes the document from the cache, if it is there."""
        context = self.execution_context
        if document := self.known.get(context.query or ""):
            self.known.move_to_end(context.query or "")
            context.graphql_document = document
        yield

    def on_validate(self) -> Iterator[None]:
        """Validates a document that is neither cached nor refused by another extension, and caches it if it is valid.

        Strawberry would validate it after this hook, but cannot pass on `hide_suggestions`.
        """
        context = self.execution_context
        text, document = context.query or "", context.graphql_document
        if document and context.pre_execution_errors is None:
            context.pre_execution_errors = [] if text in self.known else self._validated(document)
        yield
        if not context.pre_execution_errors and document and len(text) <= LENGTH_MAX:
            self.known[text] = document
            while len(self.known) > KNOWN_MAX:
                self.known.popitem(last=False)

    def _validated(self, document: DocumentNode) -> list[GraphQLError]:
        """The document's validation errors, with suggestions if the caller may see the schema."""
        execution = self.execution_context
        rules = (*execution.validation_rules, *STRAWBERRYS_RULES)
        hides = not self.context.may_have_suggestions
        errors = validate(core_schema(execution.schema), document, rules, ERRORS_MAX, hide_suggestions=hides)
        return self.context.discreet(errors)


def core_schema(schema: Schema) -> GraphQLSchema:
    """graphql-core's schema, for which Strawberry's has no public name."""
    return schema._schema
