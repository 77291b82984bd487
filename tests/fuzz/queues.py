"""Inputs of queues that fit: settings that go together, and occurrences that a queue has."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from random import Random

from graphql import IntValueNode, NameNode, ObjectFieldNode, ObjectValueNode, StringValueNode, ValueNode

KEPT = 20
SETTING = {"Mutation.createQueue", "Mutation.updateQueue"}
STEERING = {"Mutation.skipOccurrence", "Mutation.moveOccurrence", "Mutation.restoreOccurrence"}
# Of these a queue has one or the other; what else is left out may be.
EITHER = (("originalPostId", "postIds"), ("interval", "rule"))
KEPT_ALWAYS = {"id", "originalPostId", "postIds", "interval", "rule", "nextScheduledTime", "idempotencyKey"}
RULES = ["FREQ=DAILY", "FREQ=WEEKLY", "RRULE:FREQ=MONTHLY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"]
ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]

# When each queue runs next, by its id; the latest last.
next_times: dict[str, str] = {}


def keep_time(queue: Mapping[str, object]) -> None:
    """Remembers when the queue of an answer runs next."""
    queue_id, time = queue.get("id"), queue.get("nextScheduledTime")
    if isinstance(queue_id, str) and isinstance(time, str):
        next_times.pop(queue_id, None)
        next_times[queue_id] = time
        for old in list(next_times)[:-KEPT]:
            del next_times[old]


def fitted_input(operation: str, node: ValueNode, random: Random) -> tuple[ValueNode, set[str]]:
    """The input with settings that go together or an occurrence that is there, and the fields that are right then."""
    if not isinstance(node, ObjectValueNode):
        return node, set()
    if operation in STEERING and next_times:
        return _of_occurrence(node, random)
    if operation not in SETTING:
        return node, set()
    found = _that_goes_together(node, random)
    return (_with_what_is_needed(found) if operation == "Mutation.createQueue" else found), set()


def _of_occurrence(node: ObjectValueNode, random: Random) -> tuple[ObjectValueNode, set[str]]:
    soon = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    ahead = [one for one in next_times.items() if one[1] > soon] or list(next_times.items())
    queue_id, time = random.choice(ahead)
    to = datetime.fromisoformat(time) + timedelta(minutes=random.randint(1, 60))
    values = {"queueId": queue_id, "scheduledTime": time, "to": to.isoformat()}
    fields = [
        ObjectFieldNode(name=one.name, value=StringValueNode(value=values.get(one.name.value, "")))
        for one in node.fields
        if one.name.value in values
    ]
    return ObjectValueNode(fields=tuple(fields)), set(values)


def _that_goes_together(node: ObjectValueNode, random: Random) -> ObjectValueNode:
    """The input with one of each two that exclude each other, and with a third of what may be left out."""
    fields = {one.name.value: one for one in node.fields}
    for pair in EITHER:
        given = [name for name in pair if name in fields]
        for name in given[1:] if random.random() < 0.5 else given[:-1]:
            del fields[name]
    for name in fields.keys() - KEPT_ALWAYS:
        if random.random() < 0.7:
            del fields[name]
    if "rule" in fields or "timezone" in fields:
        fields.pop("cadence", None)
    return ObjectValueNode(fields=tuple(fields.values()))


def _with_what_is_needed(node: ObjectValueNode) -> ObjectValueNode:
    """The input with a post, and with an interval, where it has none; whose post it is, is fitted later."""
    names, more = {one.name.value for one in node.fields}, list[ObjectFieldNode]()
    if not names & set(EITHER[0]):
        more.append(ObjectFieldNode(name=NameNode(value="originalPostId"), value=StringValueNode(value="")))
    if not names & set(EITHER[1]):
        more.append(ObjectFieldNode(name=NameNode(value="interval"), value=IntValueNode(value="7")))
    return ObjectValueNode(fields=(*node.fields, *more))


def text_of(name: str, random: Random) -> str | None:
    """A rule, a zone or a name that fits; None where anything may stand."""
    fitting = {"rule": RULES, "timezone": ZONES, "name": ["Tips", "A queue"], "reason": ["Holidays"]}
    return random.choice(fitting[name]) if name in fitting else None
