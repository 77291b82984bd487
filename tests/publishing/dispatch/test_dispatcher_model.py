"""The dispatcher under drawn interleavings: its steps end, fail and are broken off in any order, and nothing is lost.

What must never happen is checked when a step begins (support.dispatching.world); what must happen, after each event
(support.dispatching.interleaving). The loop's time is its own: "at once" means within a number of steps of the loop.
The same interleavings are tried each time; `DISPATCHER_LIVES=1000` makes them more. Of one that fails, its seed and
what happened in it are told.
"""

import os
import warnings
from random import Random

import pytest
from support.dispatching.interleaving import Interleaving

PARTS = 8
LIVES = int(os.environ.get("DISPATCHER_LIVES", "50"))  # in each part


@pytest.mark.parametrize("part", range(PARTS))
def test_no_interleaving_loses_a_publication_or_a_place(part: int) -> None:
    for seed in range(part * LIVES, (part + 1) * LIVES):
        life = Interleaving(Random(seed))
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                life.live()
            except AssertionError as error:
                error.add_note(f"Seed {seed}: {', '.join(life.story)}")
                raise
            finally:
                life.loop.dispose()
        assert not [one.message for one in warned if one.category is RuntimeWarning], "something is never awaited"
