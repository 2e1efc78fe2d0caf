"""Which looks at patrons' records deserve a second one. Pure: no Django, no clock, no names.

A look is one member's view of one record, as far as the ledger tells: who, when, in which circumstance, and whether
something was done on that record around it. A look *answers to something* where a live circumstance explains it
(a card or an item just scanned, a transaction that is open) and an act follows; it is *idle* otherwise. Most
idle looks are honest too: somebody telephones, or asks at the desk what they have out. So an idle look by itself
is no finding. It is one where the record is the member's own, a colleague's, of their household or of their name, or
where many of them together make a pattern that colleagues' looks do not make:

    one look       own record, colleague, household, same family name, after hours, decoy
    many looks     the same person again and again, a person many look at, minors, slow bulk

Families, households and ages come as tokens and flags that the review works out for itself and keeps to itself.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import median

DAY = 86_400
WINDOW_DAYS = 28
# Somebody comes early and leaves late: so long around opening hours a look is not out of hours.
MARGIN_SECONDS = 3600
# How unlikely a member's own pattern must be, going by their colleagues' looks.
CHANCE = 1e-6


class Why(StrEnum):
    """What makes a look worth a second one."""

    OWN = "own record"
    COLLEAGUE = "a colleague's record"
    HOUSEHOLD = "somebody of the same household"
    SURNAME = "somebody of the same family name"
    AFTER_HOURS = "while the library was closed"
    DECOY = "a decoy: nobody has business with it"
    REPEATED = "the same person again and again"
    MUCH_LOOKED_AT = "a person many have looked at lately"
    MINORS = "more minors than colleagues look at"
    SLOW_BULK = "a few more each day than colleagues"
    SAMPLE = "drawn by lot"


@dataclass(frozen=True, slots=True)
class Traits:
    """What the review works out about a record. Tokens say nothing but "the same".

    Attributes:
        household: Token of street and postcode; b"" where none is held.
        surname: Token of the family name.
        is_minor: Under eighteen.
    """

    household: bytes = b""
    surname: bytes = b""
    is_minor: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """One member's view of one record.

    Attributes:
        index: Its entry in the ledger.
        at: Seconds since 1970.
        actor: As the ledger names them.
        subject: A token; the same record has the same one.
        is_explained: The circumstance says by itself why.
        acted: Something was done on the record by the same member around it.
        is_stranger: Nobody has done anything on this record for four weeks.
    """

    index: int
    at: int
    actor: str
    subject: bytes
    is_explained: bool
    acted: bool
    is_stranger: bool = False
    is_minor: bool = False

    @property
    def is_idle(self) -> bool:
        """Nothing was done on the record."""
        return not self.acted

    @property
    def is_bare(self) -> bool:
        """Idle, and nothing speaks for it but the reason that was chosen."""
        return not self.acted and not self.is_explained


@dataclass(frozen=True, slots=True)
class Known:
    """What one look is judged by.

    Attributes:
        cards: Each member's own record, where they tied it: actor to subject.
        traits: By subject: of the looks' records and of the members' own.
        decoys: Subjects that nobody has business with.
        is_open: Whether the library is open at a moment, give or take a margin in seconds.
        common: Family names so frequent that having one says little.
    """

    cards: Mapping[str, bytes]
    traits: Mapping[bytes, Traits]
    decoys: Collection[bytes]
    is_open: Callable[[int, int], bool]
    common: Collection[bytes] = field(default_factory=frozenset)


def about_one(look: Look, known: Known) -> frozenset[Why]:
    """What this one look alone is flagged for."""
    found: set[Why] = set()
    own = known.cards.get(look.actor)
    if look.subject in known.decoys:
        found.add(Why.DECOY)
    if look.subject == own:
        found.add(Why.OWN)
    elif look.is_idle:
        found |= _kin(look, known, own)
    if not known.is_open(look.at, MARGIN_SECONDS):
        found.add(Why.AFTER_HOURS)
    return frozenset(found)


def _kin(look: Look, known: Known, own: bytes | None) -> set[Why]:
    found: set[Why] = set()
    if look.subject in known.cards.values():
        found.add(Why.COLLEAGUE)
    mine = known.traits.get(own, Traits()) if own is not None else Traits()
    theirs = known.traits.get(look.subject, Traits())
    if mine.household and mine.household == theirs.household:
        found.add(Why.HOUSEHOLD)
    # Of a name that many bear, a look that a card explains says nothing; one without any reason to see still does.
    if mine.surname and mine.surname == theirs.surname and (look.is_bare or mine.surname not in known.common):
        found.add(Why.SURNAME)
    return found


def common_names(traits: Iterable[Traits], share: float = 0.003) -> frozenset[bytes]:
    """Family names borne by more than a share of the records looked at."""
    counted = Counter(each.surname for each in traits if each.surname)
    total = sum(counted.values())
    return frozenset(name for name, times in counted.items() if times > max(2, share * total))


def patterns(idle: Sequence[Look], totals: Mapping[str, int]) -> dict[int, set[Why]]:
    """What idle looks of one window are flagged for together.

    Whether there is a pattern is judged by looks for which nothing spoke but a reason. Where there is one, looks that
    a card seemed to explain are flagged with them: a number can be typed as if it had been scanned.

    Args:
        idle: Looks on which nothing was done, of ``WINDOW_DAYS``.
        totals: How many looks each member made in that window, idle or not.

    Returns:
        By ledger index; looks that make no pattern are missing.
    """
    by_actor: defaultdict[str, list[Look]] = defaultdict(list)
    for look in idle:
        by_actor[look.actor].append(look)
    found: defaultdict[int, set[Why]] = defaultdict(set)
    for looks, why in (
        (_repeated(idle), Why.REPEATED),
        (_much_looked_at(idle), Why.MUCH_LOOKED_AT),
        (_minors(by_actor), Why.MINORS),
        (_slow_bulk(by_actor, totals), Why.SLOW_BULK),
    ):
        for look in looks:
            found[look.index].add(why)
    return dict(found)


def _repeated(idle: Iterable[Look]) -> list[Look]:
    """Looks of one member at one person on three days or more, most of them without a card."""
    by_pair: defaultdict[tuple[str, bytes], list[Look]] = defaultdict(list)
    for look in idle:
        by_pair[look.actor, look.subject].append(look)
    return [
        look
        for looks in by_pair.values()
        if len(looks) >= 3
        and len({each.at // DAY for each in looks}) >= 3
        and sum(each.is_bare for each in looks) * 2 > len(looks)
        for look in looks
    ]


def _much_looked_at(idle: Iterable[Look], most: int = 4, days: int = 7) -> list[Look]:
    """Looks at a person whom at least four members looked at within a week, with little to explain it.

    All but one of the four had no card to scan; or all looked without one or at somebody who had not come for long.
    """
    by_subject: defaultdict[bytes, list[Look]] = defaultdict(list)
    for look in idle:
        by_subject[look.subject].append(look)
    found: dict[int, Look] = {}
    for looks in by_subject.values():
        if _how_many(looks) < most:
            continue
        looks.sort(key=lambda each: each.at)
        for first in range(len(looks)):
            week = [each for each in looks[first:] if each.at - looks[first].at < days * DAY]
            if _how_many(week) >= most and (
                _how_many(each for each in week if each.is_bare) >= most - 1
                or _how_many(each for each in week if each.is_bare or each.is_stranger) >= most
            ):
                found |= {each.index: each for each in week}
    return list(found.values())


def _how_many(looks: Iterable[Look]) -> int:
    return len({each.actor for each in looks})


def _minors(by_actor: Mapping[str, Sequence[Look]]) -> list[Look]:
    """A member's looks at minors, where they are more of their looks than chance makes of colleagues'."""
    bare = {actor: [each for each in looks if each.is_bare] for actor, looks in by_actor.items()}
    minors = {actor: sum(each.is_minor for each in looks) for actor, looks in bare.items()}
    shares = {actor: minors[actor] / len(looks) for actor, looks in bare.items() if looks}
    found: list[Look] = []
    for actor in shares:
        usual = 1.15 * _usual(shares, actor)
        if minors[actor] >= 8 and is_unlikely(minors[actor], len(bare[actor]), usual):
            weeks = _weeks(each for each in bare[actor] if each.is_minor)
            found += [each for each in by_actor[actor] if each.is_minor and _week(each) in weeks]
    return found


def _slow_bulk(by_actor: Mapping[str, Sequence[Look]], totals: Mapping[str, int]) -> list[Look]:
    """A member's looks at strangers and without a card, where strangers are far more than among colleagues' looks."""
    strangers = {
        actor: sum(each.is_bare and each.is_stranger for each in looks) for actor, looks in by_actor.items()
    }
    shares = {actor: strangers.get(actor, 0) / total for actor, total in totals.items() if total > 0}
    found: list[Look] = []
    for actor in shares:
        times = strangers.get(actor, 0)
        if times >= 15 and is_unlikely(times, totals[actor], 2.0 * _usual(shares, actor)):
            weeks = _weeks(each for each in by_actor[actor] if each.is_bare and each.is_stranger)
            found += [
                each
                for each in by_actor[actor]
                if (each.is_bare or each.is_stranger) and _week(each) in weeks
            ]
    return found


def _week(look: Look) -> int:
    return look.at // (7 * DAY)


def _weeks(looks: Iterable[Look], least: int = 6) -> set[int]:
    """The weeks of the window in which a pattern lies: those with a third of the worst week's looks or more."""
    counted = Counter(map(_week, looks))
    return {week for week, times in counted.items() if times >= max(least, max(counted.values()) / 3)}


def _usual(shares: Mapping[str, float], actor: str) -> float:
    """What is usual among the others; of somebody alone, next to nothing is."""
    others = [share for each, share in shares.items() if each != actor]
    return max(median(others), 0.001) if others else 0.001


def is_unlikely(times: int, of: int, share: float) -> bool:
    """Whether so many of a number are less likely than ``CHANCE``, each having a share's chance.

    By Chernoff's bound, which never calls likely unlikely.
    """
    seen = times / of
    if seen <= share or share >= 1:
        return False
    distance = seen * math.log(seen / share)
    if seen < 1:
        distance += (1 - seen) * math.log((1 - seen) / (1 - share))
    return -of * distance < math.log(CHANCE)
