"""What the extensions have in common."""

from strawberry.extensions import SchemaExtension

from perennial.api.graphql.context import Context


class Extension(SchemaExtension):
    """One of Strawberry's extensions, that knows our context."""

    @property
    def context(self) -> Context:
        """The context of the operation's request, or of its WebSocket."""
        context: Context = self.execution_context.context
        return context
