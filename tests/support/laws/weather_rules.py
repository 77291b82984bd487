"""What nobody here decides: how time goes on, and what the platforms do."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from perennial.core.states import Platform

from .far import IN_DOUBT, Answer
from .scene import Scene, numbers, owners, pick, platforms

# Doubt matters most.
answers = st.sampled_from([*Answer, *IN_DOUBT, Answer.DUPLICATE])
moods = st.sampled_from(
    [Answer.UNREACHABLE, Answer.LATER_AT, Answer.OUT_OF_CREDITS, Answer.ACCEPT_SILENTLY, Answer.LOSE]
)

AHEAD = [timedelta(**step) for step in (
    {"milliseconds": 1}, {"seconds": 6}, {"seconds": 40}, {"minutes": 2}, {"minutes": 4}, {"minutes": 20},
    {"hours": 5}, {"days": 1}, {"days": 2}, {"days": 7}, {"days": 45},
)]  # fmt: skip
BACK = [timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1), timedelta(days=3)]


class ClockRules(Scene):
    """Time goes on, mostly."""

    @rule(step=st.sampled_from(AHEAD))
    def time_passes(self, step: timedelta) -> None:
        self.world.clock.now += step

    @precondition(lambda self: self.upcoming())
    @rule()
    def time_passes_until_something_is_due(self) -> None:
        self.world.clock.now = min(self.upcoming())

    @rule(step=st.sampled_from(BACK))
    def the_clock_steps_back(self, step: timedelta) -> None:
        self.world.clock.now -= step


class FarRules(Scene):
    """The platforms do as they like."""

    @rule(platform=platforms, answers=st.lists(answers, min_size=1, max_size=4), mood=st.none() | moods)
    def the_platform_does_as_it_likes(self, platform: Platform, answers: list[Answer], mood: Answer | None) -> None:
        """It has some answers in store, and then goes on in some mood."""
        self.world.far[platform].answers.extend(answers)
        self.world.far[platform].mood = mood or Answer.ACCEPT

    @precondition(lambda self: self.seen.publications)
    @rule(number=numbers)
    def a_person_writes_the_same_by_hand(self, number: int) -> None:
        """On the account of the day."""
        row = pick(list(self.seen.publications.values()), number)
        if account := self.seen.present.get((self.seen.owner_of(row), row.platform)):
            self.world.far[row.platform].write_by_hand(str(account.handle), row.content)

    @rule(owner=owners, platform=platforms, kinds=st.sampled_from([("access",), ("",)]))
    def the_platform_rejects_tokens(self, owner: str, platform: Platform, kinds: tuple[str, ...]) -> None:
        self.world.far[platform].reject(owner, kinds)
