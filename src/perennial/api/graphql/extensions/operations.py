"""What a request asked for, and how it went, for the log and for /metrics."""

import time
from collections.abc import Iterator

from graphql import OperationDefinitionNode, get_operation_ast
from strawberry.extensions import SchemaExtension

from perennial.api.graphql.extensions.error_codes import BAD_REQUEST, INTERNAL, NO_OPERATION
from perennial.api.middleware.access_log import Operation, note
from perennial.observe.metrics import OPERATION_LENGTH_MAX, operation_label

ANONYMOUS = "anonymous"
INVALID = "invalid"


class OperationLog(SchemaExtension):
    """Stands before the extension that gives errors their codes, so that it sees what the caller gets."""

    _executed: OperationDefinitionNode | None = None
    _refused = False  # as there was no operation to be executed

    def on_operation(self) -> Iterator[None]:
        """Takes the operation down once it is over, whatever becomes of it."""
        begun = time.perf_counter()
        try:
            yield
        except NO_OPERATION:
            self._refused = True
            raise
        finally:
            note(self._operation(), round((time.perf_counter() - begun) * 1000, 1))

    def on_execute(self) -> Iterator[None]:
        """Only what is executed has a name that counts: its document is well-formed."""
        context = self.execution_context
        if context.graphql_document:
            self._executed = get_operation_ast(context.graphql_document, context.operation_name)
        yield

    def _operation(self) -> Operation:
        found = self._executed
        if found is None:
            return Operation(INVALID, INVALID, None, self._outcome())
        kind = found.operation.value
        if found.name is None:
            return Operation(ANONYMOUS, ANONYMOUS, kind, self._outcome())
        name = found.name.value
        # Who has no token cannot use up the names that are counted by themselves.
        label = operation_label(name, may_be_new=self.execution_context.context.is_authenticated)
        return Operation(name[:OPERATION_LENGTH_MAX], label, kind, self._outcome())

    def _outcome(self) -> str:
        if self._refused:
            return BAD_REQUEST
        errors = getattr(self.execution_context.result, "errors", None)
        extensions = (errors[0].extensions or {}) if errors else {"code": "ok"}
        return str(extensions.get("reason") or extensions.get("code", INTERNAL))
