"""PostRow: a post as lists read it, without the cost of a model instance."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import PostStatus
from perennial.db.models import Publication


class PostRow(NamedTuple):
    """The fields of models.Post. `publications` is None where the query did not ask for them."""

    id: UUID
    clerk_user_id: str
    status: PostStatus
    cloned_from_id: UUID | None
    created_by_queue_id: UUID | None
    earliest_time: datetime | None
    created_at: datetime
    updated_at: datetime
    publications: list[Publication] | None = None
