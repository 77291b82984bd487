"""Reports each operation, with its outcome and duration, to the access log and the metrics."""

import time
from collections.abc import Iterator

from graphql import OperationDefinitionNode, get_operation_ast

from perennial.api.graphql.extensions._extension import Extension
from perennial.api.graphql.extensions.error_codes import NO_OPERATION
from perennial.api.middleware.access_log import Operation, record_operation
from perennial.core.errors import ErrorCode
from perennial.observe.metrics import OPERATION_LENGTH_MAX, operation_label

ANONYMOUS = "anonymous"
INVALID = "invalid"


class OperationLog(Extension):
    """Records operations. It comes before ErrorCodes in the list, and so sees the errors that the caller gets."""

    _executed: OperationDefinitionNode | None = None
    _has_no_operation = False  # the document had none that could be executed

    def on_operation(self) -> Iterator[None]:
        """Records the operation when it ends, also when it fails."""
        start = time.perf_counter()
        try:
            yield
        except NO_OPERATION:
            self._has_no_operation = True
            raise
        finally:
            record_operation(self._operation(), round((time.perf_counter() - start) * 1000, 1))

    def on_execute(self) -> Iterator[None]:
        """Remembers the operation that is executed: only a valid document has a name to be counted by."""
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
        # Callers without a token cannot use up the limited number of labels.
        label = operation_label(name, may_be_new=self.context.is_authenticated)
        return Operation(name[:OPERATION_LENGTH_MAX], label, kind, self._outcome())

    def _outcome(self) -> str:
        if self._has_no_operation:
            return ErrorCode.BAD_REQUEST
        errors = getattr(self.execution_context.result, "errors", None)
        extensions = (errors[0].extensions or {}) if errors else {"code": "ok"}
        return str(extensions.get("reason") or extensions.get("code", ErrorCode.INTERNAL_SERVER_ERROR))
