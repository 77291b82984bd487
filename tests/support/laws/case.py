"""What the laws judge."""

from dataclasses import dataclass
from uuid import UUID

from perennial.platforms.transport import Receipt

from .far import Delivery, acceptances
from .notebook import Notebook
from .seen import Seen


@dataclass(frozen=True)
class Case:
    """What is judged: the tables, the notebook, and what reached the platforms."""

    seen: Seen
    notebook: Notebook
    deliveries: list[Delivery]
    accepted: dict[UUID, list[Receipt]]

    @classmethod
    def of(cls, seen: Seen, notebook: Notebook, deliveries: list[Delivery]) -> "Case":
        """The case, with the acceptances picked out."""
        return cls(seen, notebook, deliveries, acceptances(deliveries))
