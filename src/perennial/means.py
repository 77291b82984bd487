"""What the runs of publish_due of a process share."""

import asyncio
from dataclasses import dataclass, field

from perennial.alarms import Alarms
from perennial.events import Events
from perennial.gate import Gate
from perennial.sending import Sender
from perennial.traffic import Traffic


@dataclass
class Means:
    """`stopping` is set when the process is to end."""

    sender: Sender
    alarms: Alarms
    events: Events
    traffic: Traffic
    stopping: asyncio.Event
    gate: Gate = field(default_factory=lambda: Gate(1), kw_only=True)  # one at a time claims, and hears who knocks
