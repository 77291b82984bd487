"""What holds whatever happens: random lives of queues and publications, lived against a notebook that knows the rules.

`make chaos` lives the same lives each time. For others: `LAWS_EXAMPLES=500 pytest tests/chaos --hypothesis-seed=0`.
"""

import os
import random

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule, run_state_machine_as_test
from support.laws.account_rules import AccountRules
from support.laws.far import Answer
from support.laws.noted.patterns import Pattern
from support.laws.noted.queue import ENDED
from support.laws.noted.will import EXCLUDED_DATE
from support.laws.post_rules import PostRules
from support.laws.queues import AllQueueRules
from support.laws.queues.editing import EDITED
from support.laws.queues.making import Wishes, maxima, patterns, wishes
from support.laws.queues.replanning import BEYOND, WAITING
from support.laws.scene import numbers, pick
from support.laws.weather_rules import ClockRules, FarRules
from support.laws.worker_rules import WorkerRules
from support.laws.world import world
from support.stores.catalogs import Postgres, Sqlite

from perennial.core.states import Cadence
from perennial.queues.recurrence.changes import ResumeFrom

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES", "0"))
SAME_EACH_TIME = settings(max_examples=120, derandomize=True, database=None)
LIVES_SIDE_BY_SIDE = 25
PARTS = 5  # which may be lived by several processes at once
# What all lives together come to, of all that queues can meet.
REACHED = (
    *(f"edit of the {what}{late}" for what in EDITED for late in ("", ", overdue")),
    *("left to a tick", "given up by an edit", BEYOND, WAITING, ENDED, EXCLUDED_DATE),
    *("run_latest, ran late", "skip, MISSED", "run_if_within, ran late", "run_if_within, MISSED"),
    *(f"resumed{together} from {start}" for together in ("", " with all") for start in (None, *ResumeFrom)),
    *("paused with all", "paused with all until a time", "foreseen"),
)
OTHERS = settings(max_examples=EXAMPLES or 1, database=None, print_blob=True)


class Life(PostRules, AccountRules, AllQueueRules, ClockRules, FarRules, WorkerRules):
    """All rules together."""

    @initialize(
        refreshable=st.booleans(),
        pattern=patterns,
        maximum=maxima,
        cadence=st.sampled_from(Cadence),
        wishes=wishes,
    )
    def begin(self, refreshable: bool, pattern: Pattern, maximum: int | None, cadence: Cadence, wishes: Wishes) -> None:
        self.everybody_is_connected(refreshable)
        self.everybody_has_posts()
        self.create_queues_for_one_instant(0, pattern, 1, maximum, cadence, wishes)

    @precondition(lambda self: self.in_doubt("unconfirmed"))
    @rule(number=numbers, answer=st.sampled_from([Answer.DUPLICATE, Answer.ACCEPT, Answer.LOSE]))
    def a_person_retries_and_the_platform_answers(self, number: int, answer: Answer) -> None:
        """Among others that it has it already."""
        row = pick(self.in_doubt("unconfirmed"), number)
        self.world.far[row.platform].answers.appendleft(answer)
        self.retry(self.in_doubt("unconfirmed", "failed", "published").index(row))
        self.publish(1)


def chosen(base: settings) -> settings:
    return settings(base, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_laws_hold_whatever_happens(migrated_sqlite: Sqlite, redis_url: str) -> None:
    with world(migrated_sqlite, redis_url) as opened:
        Life.world = opened
        run_state_machine_as_test(Life, settings=chosen(OTHERS if EXAMPLES else SAME_EACH_TIME))
        never = [what for what in REACHED if not opened.reached[what]]
        assert EXAMPLES or not never, "the laws say nothing of what no life has come to"


@pytest.mark.parametrize("part", range(PARTS))
def test_they_hold_of_workers_that_run_side_by_side(part: int, migrated_postgres: Postgres, redis_url: str) -> None:
    """A life that begins as another one did need not go on like it, so each is lived by itself.

    Of the two examples of each run the first is the empty one.
    """
    once = settings(chosen(OTHERS if EXAMPLES else SAME_EACH_TIME), max_examples=2, phases=[Phase.generate])
    with world(migrated_postgres, redis_url) as opened:
        Life.world = opened
        for number in range(part, EXAMPLES or LIVES_SIDE_BY_SIDE, PARTS):
            kind = seed(random.getrandbits(32) if EXAMPLES else number)(Life)
            run_state_machine_as_test(kind, settings=once)
