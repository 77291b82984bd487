"""The interface Node, which every type with an id implements."""

import strawberry
from strawberry import ID


@strawberry.interface(
    description=(
        "Everything that has an id, which no two objects share. `node` and `nodes` read it by that, whatever it is."
    )
)
class Node:
    id: ID = strawberry.field(description="A UUID that identifies this object.")
