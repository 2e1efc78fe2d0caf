"""Who is designated now, who is on duty, who is called next, and which opening hours nobody covers.

Pure: no Django, no clock. Days are the library's own, a shift is local time of a weekday; whoever calls
has turned a moment into the two. A designation stands from its first day to its last, and not a moment
beyond one at which it was ended: nothing has to run for it to lapse.

Order of a call: those on duty, Privacy In Charge before Deputy Directors; then those off duty in the same
order; then the Executive Director. Somebody who is away comes after everybody who is not.

Source: clauses MP-5.1, MP-7.1, MP-7.2, MP-7.13.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from circumspect.trust.policy.request import Role

LONGEST_DAYS = 731
MOST = 4
EXECUTIVE = Role.EXECUTIVE_DIRECTOR.value
_MIDNIGHT = dt.time()
_DAY = 24 * 60


class Title(StrEnum):
    """What the Executive Director can name somebody; the role of the same name rests without it."""

    PRIVACY_IN_CHARGE = "privacy_in_charge"
    DEPUTY_DIRECTOR = "deputy_director"


TITLES = frozenset(title.value for title in Title)
NAMES = {
    Title.PRIVACY_IN_CHARGE.value: "Privacy In Charge",
    Title.DEPUTY_DIRECTOR.value: "Deputy Director",
    EXECUTIVE: "Executive Director",
}


@dataclass(frozen=True, slots=True)
class Term:
    """For how long one member holds one title.

    Attributes:
        last_on: The last day, included.
        ended_at: Ended before that, at this moment.
        place: Among those called who hold the same title, 1 first.
    """

    member: int
    title: str
    first_on: dt.date
    last_on: dt.date
    ended_at: dt.datetime | None = None
    place: int = 1

    def stands(self, now: dt.datetime, today: dt.date) -> bool:
        """Whether it counts at this moment of this day."""
        if self.ended_at is not None and now >= self.ended_at:
            return False
        return self.first_on <= today <= self.last_on


@dataclass(frozen=True, slots=True)
class Shift:
    """One weekly spell of duty, in minutes since midnight of a weekday (0 for Monday); the end is not included."""

    member: int
    weekday: int
    start: int
    end: int


def effective(held: Collection[str], current_titles: Collection[str]) -> frozenset[str]:
    """The roles that count: a designated title's role rests while no designation stands."""
    return frozenset(role for role in held if role not in TITLES or role in current_titles)


def on_duty(
    terms: Iterable[Term], shifts: Iterable[Shift], away: Collection[int], now: dt.datetime
) -> list[int]:
    """Members to turn to at a local moment, in the order of a call."""
    standing = _in_order(terms, now)
    minute = now.hour * 60 + now.minute
    here = {
        each.member for each in shifts if each.weekday == now.weekday() and each.start <= minute < each.end
    }
    return [member for member in standing if member in here and member not in away]


def call_order(
    terms: Sequence[Term],
    shifts: Sequence[Shift],
    away: Collection[int],
    directors: Sequence[int],
    now: dt.datetime,
) -> list[int]:
    """Whom to call at a local moment, one after the other. Nobody twice; everybody who may be called."""
    first = on_duty(terms, shifts, away, now)
    rest = [*_in_order(terms, now), *directors]
    present = [member for member in rest if member not in away]
    return list(dict.fromkeys([*first, *present, *rest]))


def uncovered(
    open_spells: Sequence[tuple[int, int]], covered: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """What is left of one day's opening hours when those with somebody on duty are taken out, in minutes."""
    left = sorted(open_spells)
    for start, end in covered:
        left = [
            piece
            for opens, closes in left
            for piece in ((opens, min(closes, start)), (max(opens, end), closes))
            if piece[0] < piece[1]
        ]
    return sorted(set(left))


def minutes(moment: dt.time, *, is_end: bool = False) -> int:
    """Minutes since midnight; midnight as an end is the end of the day."""
    return _DAY if is_end and moment == _MIDNIGHT else moment.hour * 60 + moment.minute


def _in_order(terms: Iterable[Term], now: dt.datetime) -> list[int]:
    rank = {title.value: number for number, title in enumerate(Title)}
    standing = [term for term in terms if term.stands(now, now.date())]
    standing.sort(key=lambda term: (rank.get(term.title, len(rank)), term.place, term.member))
    return list(dict.fromkeys(term.member for term in standing))
