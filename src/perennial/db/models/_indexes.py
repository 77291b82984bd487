"""Indexes that the ORM does not have."""

from typing import Any

from tortoise.indexes import Index


class ConditionalIndex(Index):
    """An index over the rows for which the condition `where` holds; the ORM's own has only equations in it."""

    def __init__(self, *, fields: list[str], name: str, where: str) -> None:
        super().__init__(fields=fields, name=name)
        self.where = where
        self.extra = f" WHERE {where}"

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The path, the positional and the named arguments with which the index is made again, for aerich."""
        path, arguments, options = super().deconstruct()
        return path, arguments, options | {"where": self.where}


class UniqueIndex(ConditionalIndex):
    """The same, and unique."""

    def get_sql(self, *arguments: Any, **options: Any) -> str:
        """The statement that creates the index; the arguments are those of the ORM's own indexes."""
        return super().get_sql(*arguments, **options).replace("CREATE INDEX", "CREATE UNIQUE INDEX", 1)
