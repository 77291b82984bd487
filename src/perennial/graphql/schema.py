"""The schema, and `python -m perennial.graphql.schema`, which writes it down as schema.graphql."""

from datetime import datetime
from pathlib import Path

import strawberry
from strawberry.schema.config import StrawberryConfig

from perennial.graphql.documents import KnownDocuments
from perennial.graphql.errors import ErrorCodes
from perennial.graphql.mutations import Mutation
from perennial.graphql.operations import Operations
from perennial.graphql.queries import Query
from perennial.graphql.scalars import DATE_TIME

SCHEMA_FILE = Path(__file__).parents[3] / "schema.graphql"


class Schema(strawberry.Schema):
    """Strawberry's, without its own log of errors: ErrorCodes writes one."""

    def process_errors(self, errors: object, execution_context: object = None) -> None:
        """Nothing."""


schema = Schema(
    query=Query,
    mutation=Mutation,
    extensions=[Operations, ErrorCodes, KnownDocuments],
    config=StrawberryConfig(scalar_map={datetime: DATE_TIME}),
)

if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema.as_str() + "\n")
