"""What the runs of publish_due of a process share."""

import asyncio
from dataclasses import dataclass, field

from perennial.events.publisher import EventPublisher
from perennial.jobs.alarms import Alarms
from perennial.jobs.single_flight import SingleFlight
from perennial.publishing.dispatch.concurrency import Traffic
from perennial.publishing.sending import Sender


@dataclass
class Means:
    """`stopping` is set when the process is to end."""

    sender: Sender
    alarms: Alarms
    events: EventPublisher
    traffic: Traffic
    stopping: asyncio.Event
    single_flight: SingleFlight = field(
        default_factory=lambda: SingleFlight(1), kw_only=True
    )  # one at a time claims, and hears who knocks
