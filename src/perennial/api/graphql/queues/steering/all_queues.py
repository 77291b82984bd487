"""The mutations of all queues of the caller, with their inputs and payloads."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET, argument

from perennial.api.graphql._arguments import unset_to_none
from perennial.api.graphql._payloads import WARNINGS, MutationWarning
from perennial.api.graphql.context import Info
from perennial.api.graphql.queues.enums import ResumeFrom
from perennial.api.graphql.queues.inputs import PAUSE_REASON, PAUSE_UNTIL, RESUME_FROM
from perennial.core import clock
from perennial.queues.pausing.all_queues import AllQueues
from perennial.queues.pausing.pauses import Pause


@strawberry.input(description="Until when all queues are paused, why, and what becomes of what waits to be sent.")
class PauseAllQueuesInput:
    until: datetime | None = strawberry.field(default=UNSET, description=PAUSE_UNTIL)
    reason: str | None = strawberry.field(default=UNSET, description=PAUSE_REASON)
    hold_scheduled: bool = strawberry.field(
        default=False,
        description=(
            "Whether posts that queues have made, and that wait to be sent, are unscheduled, as by `unschedulePost`: "
            "those of all the caller's queues, whatever their state. They stay drafts when the queues are resumed."
        ),
    )


@strawberry.input(description="When the queues that were paused together run next.")
class ResumeAllQueuesInput:
    resume_from: ResumeFrom | None = strawberry.field(name="from", default=UNSET, description=RESUME_FROM)


@strawberry.type(description="What `pauseAllQueues` answers.")
class PauseAllQueuesPayload:
    count: int = strawberry.field(description="How many queues were active, and are paused now.")
    warnings: list[MutationWarning] = strawberry.field(description=WARNINGS)


@strawberry.type(description="What `resumeAllQueues` answers.")
class ResumeAllQueuesPayload:
    count: int = strawberry.field(description="How many queues are active again.")
    warnings: list[MutationWarning] = strawberry.field(description=WARNINGS)


@strawberry.type
class AllQueuesMutations:
    @strawberry.mutation(
        description=(
            "Pauses all active queues of the caller at once; their `statusReason` is PAUSED_WITH_ALL. Those that it "
            "has paused before have the new `until` and `reason`; what is left out is gone. Queues that `pauseQueue` "
            "or the service has paused stay as they are: a warning says how many of them go on by themselves while "
            "the others are paused. What queues have scheduled still goes out, unless `holdScheduled` is true, but "
            "for what is being sent just now: a warning says how much that is. Another says of how many an occurrence "
            "had fallen due and not yet run: it does not run any more. Errors: BAD_USER_INPUT if the time is not in "
            "the future or the reason too long."
        )
    )
    async def pause_all_queues(
        self,
        info: Info,
        input: Annotated[PauseAllQueuesInput, argument("The pause.")],  # noqa: A002 (the API's name)
    ) -> PauseAllQueuesPayload | None:
        queues, now = _all(info), await clock.now()
        pause = Pause.checked(unset_to_none(input.until), unset_to_none(input.reason), now)
        done = await queues.pause(pause, now, hold_scheduled=input.hold_scheduled)
        return PauseAllQueuesPayload(count=done.count, warnings=[MutationWarning.of(one) for one in done.notices])

    @strawberry.mutation(
        description=(
            "Makes the queues active again that `pauseAllQueues` has paused, unless they were paused by themselves "
            "since. What they passed over is in their ledgers. One that cannot run any more is completed, and not "
            "counted; with NOW, one that ends before it would run stays paused: warnings say how many. What was "
            "held back stays unscheduled: a warning says how much that is. Errors: BAD_USER_INPUT if "
            "`from` does not go with one of the queues: then none is resumed."
        )
    )
    async def resume_all_queues(
        self,
        info: Info,
        input: Annotated[ResumeAllQueuesInput, argument("When they run next.")],  # noqa: A002
    ) -> ResumeAllQueuesPayload | None:
        done = await _all(info).resume(unset_to_none(input.resume_from), await clock.now())
        return ResumeAllQueuesPayload(count=done.count, warnings=[MutationWarning.of(one) for one in done.notices])


def _all(info: Info) -> AllQueues:
    """The operations on all queues of the caller."""
    process = info.context.process
    # What a request has done by the time at which it is broken off, nobody would hear.
    seconds_max = process.settings.request_seconds_max / 2
    return AllQueues(process.alarms, process.events, info.context.owner, seconds_max, process.queues.missed_after)
