"""Pure: the slots of a rule in a time zone: which comes after another, and at which instants they are.

A slot is a wall time without an offset. All slots of a series have the time of day of the slot that is given, which
also sets the phase of the rule's interval, as DTSTART does in RFC 5545: so one slot is all that is remembered of a
series. A slot that the clock skips is moved by the length of the gap. One that it shows twice is the first of the two.
Where a zone has skipped a day, as Apia did on 30 December 2011, two slots fall on one instant, and are one.
"""

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cached_property
from typing import NamedTuple

from perennial.queues.calendar._rule import Rule
from perennial.queues.calendar._rule_days import RuleDays
from perennial.queues.calendar._years import YEAR_MAX, ends, stretches
from perennial.queues.calendar.days import NO_DAYS, Days

_DAY = timedelta(days=1)
_HALF_A_DAY = timedelta(hours=12)
_LAST_DAY = date(YEAR_MAX, 12, 30)


class Stretch(NamedTuple):
    """Neighbouring slots of which one thing is true: the first, the last, and how many they are (`size`).

    `place` is that of the set of days in which they are; None: they are in none.
    """

    first: datetime
    last: datetime
    size: int
    place: int | None


@dataclass(frozen=True)
class Calendar:
    """A rule in a time zone, which is UTC for a rule without one. Slots are naive; instants are aware."""

    rule: Rule
    zone: tzinfo

    def instant(self, slot: datetime) -> datetime:
        """When the slot is, in UTC; the nearest instant that can be written, if it lies beyond the year 9999."""
        try:
            return slot.replace(tzinfo=self.zone, fold=0).astimezone(UTC)
        except OverflowError:
            return _at_the_end(slot).replace(tzinfo=UTC)

    def slot_of(self, instant: datetime) -> datetime:
        """The wall time of the instant; the nearest that can be written, if it lies beyond the year 9999."""
        try:
            return instant.astimezone(self.zone).replace(tzinfo=None, fold=0)
        except OverflowError:
            return _at_the_end(instant)

    def is_second_of_two(self, instant: datetime) -> bool:
        """Whether the clock shows the wall time of the instant for the second time."""
        try:
            return instant.astimezone(self.zone).fold == 1
        except OverflowError:
            return False

    def contains(self, slot: datetime) -> bool:
        """Whether the slot's day satisfies the BY… parts of the rule. The interval is counted from the slot itself."""
        return RuleDays(self.rule, None).has(slot.date())

    def next(self, slot: datetime) -> datetime | None:
        """The slot after this one, at a later instant; None if there is none within 100 years."""
        if self._step and slot.date() < _LAST_DAY - self._step:  # as nearly always
            return slot + self._step
        rule_days = RuleDays(self.rule, slot.date())
        following = _at(rule_days.after(slot.date()), slot)
        if following and self._is_one(slot, following):
            following = _at(rule_days.after(following.date()), slot)
        return following

    def previous(self, slot: datetime) -> datetime | None:
        """The slot before this one, at an earlier instant; None if there is none within 100 years."""
        rule_days = RuleDays(self.rule, slot.date())
        before = _at(rule_days.before(slot.date()), slot)
        if before and self._is_one(before, slot):
            before = _at(rule_days.before(before.date()), slot)
        return before and self._first_of_one(rule_days, before)

    def latest(self, slot: datetime, now: datetime) -> datetime:
        """The last slot from `slot` on whose instant has come. ValueError if that of `slot` itself has not."""
        if self.instant(slot) > now:
            raise ValueError(f"the slot {slot} has not come at {now}")
        rule_days = RuleDays(self.rule, slot.date())
        # A clock that is put back over midnight shows yesterday again, after slots of today.
        tomorrow = min(self.slot_of(now).date(), _LAST_DAY) + _DAY
        found = _at(rule_days.before(tomorrow + _DAY), slot)
        while found and found > slot and self.instant(found) > now:
            found = _at(rule_days.before(found.date()), slot)
        return self._first_of_one(rule_days, found) if found and found > slot else slot

    def first_after(self, slot: datetime, instant: datetime) -> datetime | None:
        """The first slot from `slot` on whose instant is later than this one; None as for `next`."""
        return slot if self.instant(slot) > instant else self.next(self.latest(slot, instant))

    def has(self, slot: datetime, other: datetime) -> bool:
        """Whether `other` is a later slot of the series that begins with `slot`."""
        if other <= slot or other.time() != slot.time():
            return False
        rule_days = RuleDays(self.rule, slot.date())
        return rule_days.has(other.date()) and self._first_of_one(rule_days, other) == other

    def first_outside(self, slot: datetime, without: Days) -> datetime | None:
        """The first slot from `slot` on whose day is not in the set; None as for `next`."""
        rule_days = RuleDays(self.rule, slot.date())
        found = _at(rule_days.first_outside(slot.date(), without), slot)
        if found and found > slot and self._first_of_one(rule_days, found) != found:
            found = _at(rule_days.first_outside(rule_days.after(found.date()), without), slot)
        return found

    def last_outside(self, slot: datetime, without: Days) -> datetime | None:
        """The last slot up to `slot` whose day is not in the set; None as for `previous`."""
        rule_days = RuleDays(self.rule, slot.date())
        found = _at(rule_days.last_outside(slot.date(), without), slot)
        if found and self._first_of_one(rule_days, found) != found:
            found = _at(rule_days.last_outside(rule_days.before(found.date()), without), slot)
        return found

    def count(self, first: datetime, last: datetime, without: Days = NO_DAYS) -> int:
        """How many slots lie from `first` to `last`, which are slots and count too; two on one instant are one.

        Those whose days are in the set do not count.
        """
        return sum(days.bit_count() for _, days in self._between(first, last, without))

    def stretches(self, first: datetime, last: datetime, sets: Sequence[Days]) -> Iterator[Stretch]:
        """The slots that `count` counts, those together that are neighbours and in one of the sets, the first that has
        their days, or in none.
        """
        found: Stretch | None = None
        for year, days in self._between(first, last):
            for place, one in stretches(days, [each.of(year) for each in sets]):
                begun, ended = (datetime.combine(day, first.time()) for day in ends(year, one))
                if found and found.place == place:
                    found = found._replace(last=ended, size=found.size + one.bit_count())
                    continue
                if found:
                    yield found
                found = Stretch(begun, ended, one.bit_count(), place)
        if found:
            yield found

    def nearest(self, slot: datetime) -> tuple[datetime | None, datetime | None]:
        """The last slot before this wall time and the first one after it that `contains` accepts, on other days."""
        rule_days = RuleDays(self.rule, None)
        return _at(rule_days.before(slot.date()), slot), _at(rule_days.after(slot.date()), slot)

    @cached_property
    def _step(self) -> timedelta | None:
        """How far each slot lies from the next, if that is always the same: of plain days without a time zone."""
        return timedelta(self.rule.interval) if self.rule.is_plain and self.zone is UTC else None

    def _is_one(self, slot: datetime, following: datetime) -> bool:
        """Whether two slots fall on one instant: those of a day that the zone skipped and of the next one."""
        return following - slot == _DAY and self.instant(following) <= self.instant(slot)

    def _first_of_one(self, rule_days: RuleDays, slot: datetime) -> datetime:
        """The slot of the day before if it falls on the same instant; otherwise the slot itself."""
        before = slot - _DAY
        return before if self._is_one(before, slot) and rule_days.has(before.date()) else slot

    def _between(self, first: datetime, last: datetime, without: Days = NO_DAYS) -> Iterator[tuple[int, int]]:
        """The slots from one to another, but those of some days: each year, and the others' days as a set."""
        rule_days = RuleDays(self.rule, first.date())
        years = rule_days.between(first.date(), last.date())
        same = self._same_as_before(rule_days, first, last)
        left_out = without | Days(same) if same else without
        return ((year, days & ~left_out.of(year)) for year, days in years) if left_out else years

    def _same_as_before(self, rule_days: RuleDays, first: datetime, last: datetime) -> list[date]:
        """The day whose slot is one with that of the day before, if there is: no zone skipped two days since 1970."""
        offset = self._offset(first)
        if self._offset(last) - offset < _HALF_A_DAY:
            return []
        days = range((last - first).days + 1)
        morrow = first + _DAY * bisect(
            days, False, key=lambda day: self._offset(first + _DAY * day) - offset > _HALF_A_DAY
        )
        return [morrow.date()] if self._first_of_one(rule_days, morrow) != morrow else []

    def _offset(self, slot: datetime) -> timedelta:
        return slot - self.instant(slot).replace(tzinfo=None)


def _at(day: date | None, slot: datetime) -> datetime | None:
    """The slot of this day, with the time of day of another one."""
    return datetime.combine(day, slot.time()) if day else None


def _at_the_end(moment: datetime) -> datetime:
    """The first or the last moment that can be written, whichever is nearer."""
    return datetime.combine(date.min if moment.year == 1 else date.max, moment.time())
