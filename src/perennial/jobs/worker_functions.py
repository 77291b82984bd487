"""Pure: the names of the worker's functions, and of the jobs that call them at an instant."""

from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from perennial.core.instants import instant


class WorkerFunction(StrEnum):
    """The worker's functions. The job ids of their alarms begin with these values."""

    PROCESS_QUEUES = "process-queues"
    PUBLISH = "publish"


# The names under which arq calls them.
FUNCTIONS = {WorkerFunction.PROCESS_QUEUES: "process_due_queues", WorkerFunction.PUBLISH: "publish_due"}


@lru_cache(1024)  # thousands of publications share an instant
def alarm_id(function: WorkerFunction, time: datetime) -> str:
    """The job id of the function's alarm for the instant."""
    return f"{function}:{instant(time)}"
