"""What a row of the ledger says of then is true whenever it is read."""

import re
from datetime import UTC, datetime

import pytest

from perennial.core.publication_codes import PUBLICATION_CODES
from perennial.core.states import Platform, PublicationStatus
from perennial.queues.ledger.explanation import REASONS, REASONS_OF_SEVERAL
from perennial.queues.ledger.published import Sent, sentence

NOW = datetime(2027, 3, 24, 8, tzinfo=UTC)
PRESENT = r"\b(is|are|has|lets|asks|serves|cannot|does|goes|finds)\b"
ONLY_WAITS = {
    "CREDITS_DEPLETED",
    "DISCONNECTING",
    "OUTCOME_UNKNOWN",
    "RATE_LIMITED",
    "REFRESHING",
    "TOKEN_NOT_READY",
    "VERSION_RETIRED",
}


def failed(code: str) -> str:
    """What is said of a publication that failed with this code."""
    return sentence(Sent(Platform.X, PublicationStatus.FAILED, code=code), NOW, str).removeprefix("X: it failed, as ")


@pytest.mark.parametrize(
    "words",
    [*REASONS.values(), *REASONS_OF_SEVERAL.values(), *map(failed, sorted({*PUBLICATION_CODES} - ONLY_WAITS))],
)
def test_the_reason_is_past_and_what_helps_is_no_command(words: str) -> None:
    """A command would stand there still once it was obeyed."""
    then, _, helps = words.partition("; ")
    assert not re.findall(PRESENT, then)
    assert not re.match(r"(call|raise|connect|look|change|see|choose|shorten) ", helps)
