"""Guarantee 11: does somebody who is curious go unnoticed?

    python -m tests.attacks.curiosity            three months, 30,000 looks
    python -m tests.attacks.curiosity --full     a year, 1,000,000 looks

A town of patrons with families, households and children; staff who live in it; honest days at the desk, some of whose looks
have no act behind them, since people telephone and ask. Among them snooping is planted, kind by kind: own record,
colleague, household, same family name, a person in the news, minors, after hours, a few more each day, decoys. Most of
it goes by name and a reason, one in seven by a card number typed as if it had been scanned. The review then goes
through it night by night, with the window it has in the library, and never sees what was planted.

How often an honest look has no act behind it is assumed, not measured: ``Manners`` says what is assumed.

Exit codes: 0 the holds are met; 1 they are not.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "src"))

from circumspect.offices.review import detecting  # noqa: E402
from circumspect.offices.review.detecting import DAY, WINDOW_DAYS, Known, Look, Traits, Why  # noqa: E402

RECALL, HONEST_FLAGGED = 0.95, 0.005
OPENS, CLOSES = 9 * 3600, 20 * 3600


@dataclass(frozen=True)
class Manners:
    """What is assumed of honest work.

    Attributes:
        bare: Share of honest looks that begin with a name and a reason; each member's differs by a quarter.
        idle_bare: Share of these without an act.
        idle_card: Share of looks with a card without an act.
        stranger: Share of idle looks by name at somebody for whom nothing was done in four weeks.
        stranger_card: The same of idle looks with a card: whoever stands there mostly has something out.
        late: Share of honest looks more than an hour outside opening hours.
    """

    bare: float = 0.08
    idle_bare: float = 0.3
    idle_card: float = 0.08
    stranger: float = 0.25
    stranger_card: float = 0.1
    late: float = 0.0002


@dataclass
class Town:
    """Who lives there. Tokens are small numbers: the review only compares them."""

    chance: random.Random
    patrons: int
    staff: int
    traits: dict[bytes, Traits] = field(default_factory=dict)
    weights: list[float] = field(default_factory=list)
    cards: dict[str, bytes] = field(default_factory=dict)
    households: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    namesakes: dict[bytes, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    minors: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        draw, names = self.chance, 4000
        by_name = list(accumulate(1 / (rank + 8) for rank in range(names)))
        number = home = 0
        while number < self.patrons:
            home += 1
            name = bisect(by_name, draw.random() * by_name[-1])
            for place in range(draw.choice((1, 1, 2, 2, 3, 4))):
                subject = number.to_bytes(4, "big")
                # One in five of a household bears another name.
                own = name if draw.random() < 0.8 else bisect(by_name, draw.random() * by_name[-1])
                traits = Traits(b"h%d" % home, b"s%d" % own, place >= 2 or draw.random() < 0.06)
                self.traits[subject] = traits
                self.households[traits.household].append(subject)
                self.namesakes[traits.surname].append(subject)
                if traits.is_minor:
                    self.minors.append(subject)
                self.weights.append((1 / (1 + draw.random() * self.patrons)) ** 0.5)
                number += 1
        self.weights = list(accumulate(self.weights))
        grown = [each for each, traits in self.traits.items() if not traits.is_minor]
        for member in range(self.staff):
            self.cards[f"staff:{member + 1}"] = draw.choice(grown)

    def anybody(self) -> bytes:
        """Somebody, those who come often more often."""
        return bisect(self.weights, self.chance.random() * self.weights[-1]).to_bytes(4, "big")

    def stranger(self) -> bytes:
        """Somebody, whoever they are."""
        return self.chance.randrange(len(self.traits)).to_bytes(4, "big")


@dataclass
class Year:
    """A stretch of looks, honest and planted."""

    town: Town
    days: int
    looks_each_day: int
    manners: Manners = Manners()
    looks: list[Look] = field(default_factory=list)
    planted: dict[int, Why] = field(default_factory=dict)
    decoys: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        draw = self.town.chance
        self.leanings = {actor: draw.lognormvariate(0, 0.25) for actor in self.town.cards}
        for day in range(self.days):
            for _ in range(self.looks_each_day):
                self._honest(day)

    def _moment(self, day: int) -> int:
        draw = self.town.chance
        if draw.random() < self.manners.late:
            return day * DAY + draw.randrange(3 * 3600, 7 * 3600)
        return day * DAY + draw.randrange(OPENS - 1800, CLOSES + 1200)

    def _honest(self, day: int) -> None:
        draw, manners = self.town.chance, self.manners
        actor = draw.choice(list(self.town.cards))
        bare = draw.random() < manners.bare * self.leanings[actor]
        acted = draw.random() >= (manners.idle_bare if bare else manners.idle_card)
        subject = self.town.anybody()
        while subject == self.town.cards[actor]:
            subject = self.town.anybody()  # the door does not let anybody serve themselves
        stranger = draw.random() < (manners.stranger if bare else manners.stranger_card)
        self._add(self._moment(day), actor, subject, not bare, acted, stranger)

    def _add(self, at: int, actor: str, subject: bytes, explained: bool, acted: bool, stranger: bool) -> int:
        index = len(self.looks)
        minor = self.town.traits.get(subject, Traits()).is_minor
        self.looks.append(Look(index, at, actor, subject, explained, acted, not acted and stranger, minor))
        return index

    def snoop(self, why: Why, day: int, actor: str, subject: bytes, *, at: int = -1) -> None:
        """One look out of curiosity: by name and a reason, or by a number typed as if a card had been scanned."""
        draw = self.town.chance
        typed = draw.random() < 1 / 7
        moment = self._moment(day) if at < 0 else at
        stranger = draw.random() < 0.7
        self.planted[self._add(moment, actor, subject, typed, acted=False, stranger=stranger)] = why

    def plant(self, scale: float, *, lasts: float = 1.0) -> None:
        """Every kind of snooping there is on the list.

        Args:
            lasts: What goes on for weeks goes on for so much of its usual time: in a quarter of a year it would
                otherwise be most of what there is.
        """
        draw, town = self.town.chance, self.town
        staff = list(town.cards)

        def some(times: float, least: int = 3) -> range:
            return range(max(least, round(times * scale)))

        for _ in some(150):
            actor, day = draw.choice(staff), draw.randrange(self.days)
            self.snoop(Why.OWN, day, actor, town.cards[actor])
            other = draw.choice([each for each in staff if each != actor])
            self.snoop(Why.COLLEAGUE, day, actor, town.cards[other])
            for why, group in (
                (Why.HOUSEHOLD, town.households[town.traits[town.cards[actor]].household]),
                (Why.SURNAME, town.namesakes[town.traits[town.cards[actor]].surname]),
            ):
                kin = [each for each in group if each != town.cards[actor]]
                if kin:
                    self.snoop(why, day, actor, draw.choice(kin))
            night = day * DAY + draw.choice((draw.randrange(0, 7 * 3600), draw.randrange(CLOSES + 5400, DAY)))
            self.snoop(Why.AFTER_HOURS, day, actor, town.anybody(), at=night)
        for number in range(max(3, round(12 * scale))):
            decoy = b"d%d" % number
            self.decoys.add(decoy)
            for _ in range(3):
                self.snoop(Why.DECOY, draw.randrange(self.days), draw.choice(staff), decoy)
        for _ in some(12):  # somebody is in the news: most of the staff are curious within a few days
            first, subject = draw.randrange(self.days - 5), town.stranger()
            for actor in draw.sample(staff, max(5, len(staff) * 2 // 3)):
                self.snoop(Why.MUCH_LOOKED_AT, first + draw.randrange(5), actor, subject)
        for _ in some(2, 1):
            actor, first = draw.choice(staff), draw.randrange(max(1, self.days - 40))
            for day in range(first, min(self.days, first + round(30 * lasts))):
                for _ in range(4):
                    self.snoop(Why.MINORS, day, actor, draw.choice(town.minors))
        for _ in some(3, 1):
            actor, first = draw.choice(staff), draw.randrange(max(1, self.days - 60))
            for day in range(first, min(self.days, first + round(50 * lasts))):
                for _ in range(8):
                    self.snoop(Why.SLOW_BULK, day, actor, town.stranger())


@dataclass(frozen=True)
class Outcome:
    """What the review found.

    Attributes:
        recall: Of what was planted, by kind; a kind that was not planted is missing.
        honest_flagged: Share of the honest looks.
    """

    looks: int
    planted: int
    recall: dict[Why, float]
    recall_of_all: float
    honest_flagged: float
    honest_by: dict[Why, int]
    decoys: float
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether the guarantee's holds are met."""
        return (
            self.recall_of_all >= RECALL
            and min(self.recall.values()) >= RECALL - 0.1
            and self.honest_flagged <= HONEST_FLAGGED
            and self.decoys == 1
        )

    def lines(self) -> Iterable[str]:
        """For a screen."""
        yield f"{self.looks:,} looks, {self.planted:,} of them planted, reviewed in {self.seconds:.1f} s"
        yield f"recall {self.recall_of_all:.2%} (hold: 95 %)"
        for why, share in sorted(self.recall.items()):
            yield f"    {why.value:<42} {share:.1%}"
        yield f"honest looks flagged {self.honest_flagged:.3%} (hold: 0.5 %)"
        for why, times in sorted(self.honest_by.items()):
            yield f"    {why.value:<42} {times}"
        yield f"decoys reported {self.decoys:.0%} (hold: all)"


Judge = Callable[[Sequence[Look], Known, dict[str, int]], dict[int, set[Why]]]


def as_in_the_library(night: Sequence[Look], known: Known, totals: dict[str, int]) -> dict[int, set[Why]]:
    """What a night's review flags of a window: the last day's looks one by one, and all idle ones together."""
    return detecting.patterns(night, totals)


def is_open(at: int, margin: int) -> bool:
    """Every day from nine to eight."""
    return OPENS - margin <= at % DAY < CLOSES + margin


def review(
    year: Year,
    together: Judge = as_in_the_library,
    one: Callable[[Look, Known], frozenset[Why]] = detecting.about_one,
) -> Outcome:
    """Go through it night by night, and compare with what was planted."""
    began = time.perf_counter()
    by_day: defaultdict[int, list[Look]] = defaultdict(list)
    for look in year.looks:
        by_day[look.at // DAY].append(look)
    known = Known(
        year.town.cards,
        year.town.traits,
        year.decoys,
        is_open,
        detecting.common_names(year.town.traits.values()),
    )
    flagged: defaultdict[int, set[Why]] = defaultdict(set)
    idle: list[Look] = []
    totals: Counter[str] = Counter()
    for day in range(year.days):
        for look in by_day[day]:
            totals[look.actor] += 1
            found = one(look, known)
            if found:
                flagged[look.index] |= found
        idle += [look for look in by_day[day] if look.is_idle]
        if day >= WINDOW_DAYS:
            totals.subtract(look.actor for look in by_day[day - WINDOW_DAYS])
            idle = [look for look in idle if look.at // DAY > day - WINDOW_DAYS]
        for index, whys in together(idle, known, dict(totals)).items():
            flagged[index] |= whys
    return _outcome(year, flagged, time.perf_counter() - began)


def _outcome(year: Year, flagged: dict[int, set[Why]], seconds: float) -> Outcome:
    wanted, hit = (
        Counter(year.planted.values()),
        Counter(why for index, why in year.planted.items() if index in flagged),
    )
    honest = len(year.looks) - len(year.planted)
    recall = {why: hit[why] / times for why, times in wanted.items()}
    return Outcome(
        len(year.looks),
        len(year.planted),
        recall,
        sum(hit.values()) / sum(wanted.values()),
        len(set(flagged) - set(year.planted)) / honest,
        Counter(why for index, whys in flagged.items() if index not in year.planted for why in whys),
        recall.get(Why.DECOY, 0.0),
        seconds,
    )


def short(seed: int = 11) -> Year:
    """Three months of a library with eight at the desk: about 30,000 looks."""
    year = Year(Town(random.Random(seed), 8_000, 8), 92, 324)
    year.plant(0.25, lasts=0.6)
    return year


def long(seed: int = 11) -> Year:
    """A year of a library with fourteen: about 1,000,000 looks."""
    year = Year(Town(random.Random(seed), 50_000, 14), 365, 2_730)
    year.plant(1.0)
    return year


def main() -> int:
    """Run the attack; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    outcome = review(long(options.seed) if options.full else short(options.seed))
    print("\n".join(outcome.lines()))
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
