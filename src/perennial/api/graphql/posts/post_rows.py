"""A post as the list of queues reads it: a plain row with the names of the model."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from perennial.core.states import PostStatus
from perennial.db.models import Publication


class PostRow(NamedTuple):
    """What models.Post is of a post. `publications` is None where nobody asked for them."""

    id: UUID
    clerk_user_id: str
    status: PostStatus
    cloned_from_id: UUID | None
    created_by_queue_id: UUID | None
    created_at: datetime
    updated_at: datetime
    publications: list[Publication] | None = None
