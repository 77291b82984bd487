"""What createQueue and updateQueue are given, as `queues` takes it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from strawberry import ID, UNSET

from perennial.api.graphql._arguments import unset_to_none, uuid_or_none
from perennial.api.graphql.queues.settings.inputs import CreateQueueInput, MissedRunsInput, UpdateQueueInput
from perennial.core.errors import InvalidInput, NotFound
from perennial.observe.logs import bind_log_ids
from perennial.queues.queues import QueueInput
from perennial.queues.rotation import POST_IDS
from perennial.queues.settings.checks import MissedRunsGiven
from perennial.queues.settings.schedules import with_one_pattern

_NO_SETTINGS = {"id", "original_post_id", "post_ids", "idempotency_key"}


def new_queue(given: CreateQueueInput) -> QueueInput:
    """The input of `queues`. Raises InvalidInput if the posts are left out, NotFound."""
    post_ids = _posts_of(given)
    if post_ids is None:
        raise InvalidInput("originalPostId", "A queue needs the id of the post that it repeats, or several as postIds.")
    # Here too, as an id that is none is not found, and a wrong value is told of first.
    settings = with_one_pattern({"interval": None, "max_executions": None, **_settings_of(given)})
    settings["excluded_dates"] = settings.get("excluded_dates") or ()
    return QueueInput(post_ids=_parsed(post_ids), **settings)


def changes_of(given: UpdateQueueInput) -> dict[str, Any]:
    """What is given, null or not, by the names of QueueInput. Raises InvalidInput, NotFound."""
    settings, post_ids = _settings_of(given), _posts_of(given)
    return settings if post_ids is None else settings | {"post_ids": _parsed(post_ids)}


def _settings_of(given: CreateQueueInput | UpdateQueueInput) -> dict[str, Any]:
    settings = {name: one for name, one in vars(given).items() if one is not UNSET and name not in _NO_SETTINGS}
    missed_runs = settings.get("missed_runs")
    if isinstance(missed_runs, MissedRunsInput):
        settings["missed_runs"] = MissedRunsGiven(missed_runs.policy, unset_to_none(missed_runs.within_minutes))
    return settings


def _posts_of(given: CreateQueueInput | UpdateQueueInput) -> list[ID] | None:
    """The posts of either input, in their order; None if they are left out. Raises InvalidInput."""
    single, several = unset_to_none(given.original_post_id), unset_to_none(given.post_ids)
    if isinstance(given, UpdateQueueInput):
        for field, one in (("originalPostId", given.original_post_id), ("postIds", given.post_ids)):
            if one is None:
                raise InvalidInput(field, "A queue needs a post. Leave the field out to keep its posts.")
    if single is not None and several is not None:
        raise InvalidInput("postIds", "Give either originalPostId or postIds, of which the first is for a single post.")
    return several if single is None else [single]


def _parsed(post_ids: Sequence[ID]) -> list[UUID]:
    """Parses the ids. Raises NotFound for a malformed one, as for one that does not exist."""
    ids = [found for one in post_ids if (found := uuid_or_none(one))]
    if len(ids) != len(post_ids):
        raise NotFound("post", POST_IDS)
    if len(ids) == 1:
        bind_log_ids(post=str(ids[0]))
    return ids


@contextmanager
def naming_posts(given: CreateQueueInput | UpdateQueueInput) -> Iterator[None]:
    """A list with a post that the owner does not have is bad input; such a post alone is not found."""
    try:
        yield
    except NotFound as error:
        if error.field != POST_IDS:
            raise
        if unset_to_none(given.post_ids) is None:
            raise NotFound("post") from error
        raise InvalidInput(POST_IDS, "Each id has to be that of one of your posts; one of these is not.") from error
