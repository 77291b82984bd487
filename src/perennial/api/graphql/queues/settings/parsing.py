"""What createQueue and updateQueue are given, as `queues` takes it."""

from typing import Any

from strawberry import UNSET

from perennial.api.graphql._arguments import parse_id, unset_to_none
from perennial.api.graphql.queues.settings.inputs import CreateQueueInput, MissedRunsInput, UpdateQueueInput
from perennial.core.errors import InvalidInput
from perennial.queues.queues import QueueInput
from perennial.queues.settings.checks import MissedRunsGiven

_NO_SETTINGS = {"id", "original_post_id", "idempotency_key"}


def new_queue(given: CreateQueueInput) -> QueueInput:
    """The input of `queues`. Raises InvalidInput if the post is left out, NotFound."""
    post_id = unset_to_none(given.original_post_id)
    if post_id is None:
        raise InvalidInput("originalPostId", "A queue needs the id of the post that it repeats.")
    settings: dict[str, Any] = {"interval": None, "max_executions": None, **changes_of(given)}
    settings["excluded_dates"] = settings.get("excluded_dates") or ()
    return QueueInput(original_post_id=parse_id("post", post_id), **settings)


def changes_of(given: CreateQueueInput | UpdateQueueInput) -> dict[str, Any]:
    """The settings that are given, null or not, by the names of QueueInput."""
    settings = {name: one for name, one in vars(given).items() if one is not UNSET and name not in _NO_SETTINGS}
    missed_runs = settings.get("missed_runs")
    if isinstance(missed_runs, MissedRunsInput):
        settings["missed_runs"] = MissedRunsGiven(missed_runs.policy, unset_to_none(missed_runs.within_minutes))
    return settings
