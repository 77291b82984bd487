"""What an operation costs its caller, in points: it is charged before it is executed, and told in every answer."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from graphql import DocumentNode, GraphQLError
from strawberry.types.graphql import OperationType

from perennial.api.graphql.extensions._extension import Extension
from perennial.api.graphql.extensions.known_documents import core_schema
from perennial.api.limits.cost import cost
from perennial.api.limits.points import Charge
from perennial.api.limits.request_cost import NOT_VALID, request_cost
from perennial.core.errors import ErrorCode

TOO_COSTLY = "This costs {:,} points; {:,} are allowed. Ask for smaller pages, or for less at a time."


class Charging(Extension):
    """Charges an operation, or refuses it. It comes after KnownDocuments in the list, so its documents are valid."""

    _charge: Charge | None = None
    _unused = 0  # the points that are given back unless the operation is begun
    _points_of_event: int | None = None  # of a subscription that was begun

    async def on_validate(self) -> AsyncIterator[None]:
        """Charges a valid document, before anything of it is executed."""
        execution = self.execution_context
        if execution.graphql_document and not execution.pre_execution_errors:
            try:
                error = await self._refusal_or_charge(execution.graphql_document)
            except Exception as bug:  # a stream of Strawberry's lets it through
                error = GraphQLError(str(bug), original_error=bug)
            execution.pre_execution_errors = [error] if error else []
        yield

    def on_execute(self) -> Iterator[None]:
        """Notes that it is begun. An operation for which the process has no place is not."""
        self._unused = 0
        yield

    async def get_results(self) -> dict[str, Any]:
        """The cost, in the `extensions` of the answer. What is not valid, and each event, is charged here."""
        if self._charge is None:
            self._charge = await self.context.charge(self._request_cost() + NOT_VALID)
        elif self._points_of_event is not None and not self._charge.is_refused:
            self._charge = await self.context.charge(self._points_of_event)
        elif self._unused:
            self._charge = await self.context.refund(self._charge, self._unused)
            self._unused = 0
        return self._charge.extensions

    def on_stream_result(self, result: Any) -> Iterator[None]:  # noqa: ARG002 (Strawberry's signature)
        """Ends a subscription for whose event too few points remain."""
        if self._points_of_event is not None and self._charge and self._charge.is_refused:
            self._points_of_event = None
            raise self._charge.error
        yield

    async def _refusal_or_charge(self, document: DocumentNode) -> GraphQLError | None:
        execution, settings = self.execution_context, self.context.process.settings
        variables, page_size = execution.variables or {}, settings.page_size_max
        answer = cost(core_schema(execution.schema), document, execution.operation_name, variables, page_size)
        least = self._request_cost()
        points = max(answer, least)
        maximum = min(settings.query_cost_max, settings.points_per_minute or points)
        if points > maximum:
            extensions: dict[str, Any] = {"code": ErrorCode.BAD_REQUEST, "limit": "cost", "max": maximum}
            return GraphQLError(TOO_COSTLY.format(points, maximum), extensions=extensions)
        self._charge = charge = await self.context.charge(points, least)
        if charge.is_refused:
            return GraphQLError(str(charge.error), original_error=charge.error)
        self._unused = points - least
        if execution.operation_type is OperationType.SUBSCRIPTION:
            self._points_of_event = answer
        return None

    def _request_cost(self) -> int:
        execution, settings = self.execution_context, self.context.process.settings
        document = execution.graphql_document
        return request_cost(execution.query or "", document, execution.variables, settings.document_comparisons_max)
