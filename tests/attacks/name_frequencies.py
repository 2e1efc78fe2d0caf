"""Guarantee 1: can names be told from how often index tokens occur, and together with which?

    python -m tests.attacks.name_frequencies            8 towns of 3,000
    python -m tests.attacks.name_frequencies --full     20 towns of 3,000, and 3 of 20,000

The thief has the index tables and no key. They know the program, and exactly how common each name is.
They look tokens up as plain values and as digests without a key; they match tokens to names by how many
patrons a token stands for; and they join tokens that stand for nearly the same patrons, slot after
slot, to undo the slots and match the clusters.

Whoever guesses a common name is right now and then without having stolen anything. So what counts is
by how much the thief does better than the same guesses dealt out at random.

Exit codes: 0 at most one name in a hundred recovered and no contact; 1 more.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

HOLD_PER_CENT = 1.0
Token = bytes

# Common family and given names of the United States, most common first as far as that is known.
FAMILY = """
    Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez
    Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark
    Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen Hill Flores Green Adams
    Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez Phillips Evans Turner Diaz Parker
    Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers Gutierrez Ortiz Morgan Cooper
    Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez Wood James
    Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez
    Powell Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Gonzales Fisher Vasquez
    Simmons Romero Jordan Patterson Alexander Hamilton Graham Reynolds Griffin Wallace Moreno West Cole
    Hayes Bryant Herrera Gibson Ellis Tran Medina Aguilar Stevens Murray Ford Castro Marshall Owens
    Harrison Fernandez McDonald Woods Washington Kennedy Wells Vargas Henry Chen Freeman Webb Tucker
    Guzman Burns Crawford Olson Simpson Porter Hunter Gordon Mendez Silva Shaw Snyder Mason Dixon Munoz
    Hunt Hicks Holmes Palmer Wagner Black Robertson Boyd Rose Stone Salazar Fox Warren Mills Meyer Rice
    Schmidt Garza Daniels Ferguson Nichols Stephens Soto Weaver Ryan Gardner Payne Grant Dunn Kelley
    Spencer Hawkins Arnold Pierce Hansen Peters Santos Hart Bradley Knight Elliott Cunningham Duncan
    Armstrong Hudson Carroll Lane Riley Andrews Alvarado Ray Delgado Berry Perkins Hoffman Johnston
    Matthews Pena Richards Contreras Willis Carpenter Lawrence Sandoval
""".split()  # noqa: SIM905 - a list of words reads best as words
GIVEN = """
    Mary John Maria James Robert Michael William David Jennifer Linda Elizabeth Patricia Barbara Richard
    Joseph Susan Thomas Charles Christopher Daniel Jessica Sarah Karen Matthew Lisa Nancy Anthony Mark
    Betty Donald Steven Margaret Sandra Ashley Paul Kimberly Andrew Emily Donna Michelle Joshua Carol
    Kenneth Amanda Kevin Dorothy Brian Melissa George Deborah Edward Stephanie Ronald Rebecca Timothy
    Sharon Jason Laura Jeffrey Cynthia Ryan Kathleen Jacob Amy Gary Angela Nicholas Shirley Eric Anna
    Jonathan Brenda Stephen Pamela Larry Emma Justin Nicole Scott Helen Brandon Samantha Benjamin
    Katherine Samuel Christine Gregory Debra Frank Rachel Alexander Carolyn Raymond Janet Patrick
    Catherine Jack Heather Dennis Diane Jerry Ruth Tyler Julie Aaron Olivia Jose Joyce Adam Virginia
    Nathan Victoria Henry Kelly Douglas Lauren Zachary Christina Peter Joan Kyle Evelyn
""".split()  # noqa: SIM905 - a list of words reads best as words

_ONSETS = "b br c ch d dr f fl g gr h j k kl kr l m n p pr r s sch sk st sz t tr v w z".split()  # noqa: SIM905
_VOWELS = "a e i o u ie ou ei".split()  # noqa: SIM905
_ENDINGS = "ski wicz man er son ez ini ov ak ic ley ford ton ham ard ell in o as berg stein mann".split()  # noqa: SIM905


def _rarer_names(count: int) -> list[str]:
    """Invented family names for the long tail that every town has."""
    draw = random.Random(11)
    made: dict[str, None] = {}
    while len(made) < count:
        middle = draw.choice(["l", "n", "r", "s", "t", "m", "k", "d", "rn", "lk", "nd", "v", ""])
        made[(draw.choice(_ONSETS) + draw.choice(_VOWELS) + middle + draw.choice(_ENDINGS)).capitalize()] = (
            None
        )
    return [name for name in made if name not in FAMILY]


FAMILY_NAMES = FAMILY + _rarer_names(4700)
FAMILY_WEIGHTS = [1 / (rank + 6) ** 0.95 for rank in range(len(FAMILY_NAMES))]
GIVEN_WEIGHTS = [1 / (rank + 12) ** 0.9 for rank in range(len(GIVEN))]


@dataclass(frozen=True)
class Neighbour:
    """Somebody of the town."""

    given_name: str
    family_name: str
    birth_year: int

    @property
    def email(self) -> str:
        """As everybody's would be guessed."""
        return f"{self.given_name}.{self.family_name}@example.org".lower()


def a_town(size: int, seed: int) -> list[Neighbour]:
    """People whose names are as common as names are."""
    draw = random.Random(seed)
    return [
        Neighbour(
            draw.choices(GIVEN, GIVEN_WEIGHTS)[0],
            draw.choices(FAMILY_NAMES, FAMILY_WEIGHTS)[0],
            draw.randint(1940, 2015),
        )
        for _ in range(size)
    ]


def expected_counts(size: int) -> Counter[str]:
    """What the public lists say: how many of a town bear each name, family and given alike."""
    counts: Counter[str] = Counter()
    for names, weights in ((FAMILY_NAMES, FAMILY_WEIGHTS), (GIVEN, GIVEN_WEIGHTS)):
        total = sum(weights)
        for name, weight in zip(names, weights, strict=True):
            counts[name.lower()] += size * weight / total  # type: ignore[assignment]
    return counts


# the thief

Guess = dict[int, str]
Stolen = Sequence[tuple[Token, int]]


def patrons_by_token(rows: Stolen) -> list[set[int]]:
    """Whom each token stands for; the order says nothing."""
    members: defaultdict[Token, set[int]] = defaultdict(set)
    for token, patron in rows:
        if patron:
            members[token].add(patron)
    return sorted(members.values(), key=lambda some: (-len(some), min(some)))


def by_count(tokens: list[set[int]], counts: Counter[str]) -> Guess:
    """The token of most patrons is the most common name, and so on down."""
    guess: Guess = {}
    for patrons, (name, _) in zip(tokens, counts.most_common(), strict=False):
        for patron in patrons:
            guess.setdefault(patron, name)
    return guess


def by_company(smallest: int, share: float, least: int, *, by_prefix: bool) -> Callable[..., Guess]:
    """Join tokens that stand for the same patrons into clusters; the largest is the most common name."""

    def attack(tokens: list[set[int]], counts: Counter[str]) -> Guess:
        clusters = _clusters([patrons for patrons in tokens if len(patrons) >= smallest], share, least)
        names = [name for name, _ in counts.most_common()]
        guess: Guess = {}
        for patrons, name in zip(clusters, _prefix_leaders(counts) if by_prefix else names, strict=False):
            for patron in patrons:
                guess.setdefault(patron, name)
        return guess

    return attack


def _prefix_leaders(counts: Counter[str]) -> list[str]:
    """For each three letters, the commonest first, the commonest name that begins so."""
    of_prefix: Counter[str] = Counter()
    leader: dict[str, str] = {}
    for name, count in counts.most_common():
        of_prefix[name[:3]] += count
        leader.setdefault(name[:3], name)
    return [leader[prefix] for prefix, _ in of_prefix.most_common()]


def _clusters(tokens: list[set[int]], share: float, least: int) -> list[set[int]]:
    of_patron: defaultdict[int, list[int]] = defaultdict(list)
    for number, patrons in enumerate(tokens):
        for patron in patrons:
            of_patron[patron].append(number)
    together: Counter[tuple[int, int]] = Counter()
    for numbers in of_patron.values():
        together.update((one, other) for place, other in enumerate(numbers) for one in numbers[:place])
    leader = list(range(len(tokens)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for (one, other), count in together.items():
        if count >= least and count >= share * min(len(tokens[one]), len(tokens[other])):
            leader[find(one)] = find(other)
    joined: defaultdict[int, set[int]] = defaultdict(set)
    for number, patrons in enumerate(tokens):
        joined[find(number)] |= patrons
    return sorted(joined.values(), key=lambda some: (-len(some), min(some)))


ATTACKS: dict[str, Callable[..., Guess]] = {
    "by count": by_count,
    "by company": by_company(5, 0.5, 3, by_prefix=False),
    "by close company": by_company(4, 0.75, 3, by_prefix=False),
    "by loose company": by_company(8, 0.3, 2, by_prefix=False),
    "by company and prefix": by_company(5, 0.5, 3, by_prefix=True),
    "by company of the common and prefix": by_company(6, 0.5, 3, by_prefix=True),
}


def right(guess: Guess, town: Sequence[Neighbour]) -> int:
    """How many are called as guessed. Patron n is the n-th of the town, from 1."""
    return sum(
        name in (town[patron - 1].given_name.lower(), town[patron - 1].family_name.lower())
        for patron, name in guess.items()
    )


def advantage(guess: Guess, town: Sequence[Neighbour]) -> float:
    """How many more, in per cent of the town, than the same guesses would be dealt out at random."""
    called: Counter[str] = Counter()
    for one in town:
        called.update({one.given_name.lower(), one.family_name.lower()})
    by_chance = sum(called[name] / len(town) for name in guess.values())
    return 100 * (right(guess, town) - by_chance) / len(town)


def recovered(rows: Stolen, town: Sequence[Neighbour]) -> dict[str, float]:
    """What each attack recovers, in per cent above chance."""
    tokens, counts = patrons_by_token(rows), expected_counts(len(town))
    return {name: advantage(attack(tokens, counts), town) for name, attack in ATTACKS.items()}


def looked_up(rows: Stolen, values: Iterable[str]) -> int:
    """How many tokens are a public value, plain or as a digest that needs no key."""
    tokens = {bytes(token) for token, _ in rows}
    found = 0
    for value in values:
        plain = value.encode()
        forms = [plain, *(hashlib.new(name, plain).digest() for name in ("md5", "sha1", "sha256", "blake2b"))]
        found += any(form[:size] in tokens for form in forms for size in (16, 20, 32, 64, len(form)))
    return found


def public_values(town: Sequence[Neighbour]) -> set[str]:
    """What a thief would try: every name of the lists as the program indexes it, and every likely address."""
    from circumspect.records.patrons import finding

    values = {f"{value}#{slot}" for one in town for slot in range(3) for value in _indexed(one)}
    values |= {
        value for name in [*FAMILY_NAMES, *GIVEN] for value in (name, name.lower(), f"={name.lower()}")
    }
    for one in town:
        values.update((one.email, *finding.contact_values(one.email, "")))
    return values


def _indexed(one: Neighbour) -> list[str]:
    from circumspect.records.patrons import finding

    return finding.name_values(one.given_name, one.family_name, one.birth_year)


# the library that is robbed


def index(vault: object, town: Sequence[Neighbour]) -> tuple[Stolen, Stolen]:
    """Put a town into the indexes through the program's own code; the rows of both tables, as stolen."""
    from django.db import transaction

    from circumspect.records.patrons import finding
    from circumspect.records.patrons.models import ContactIndex, NameIndex

    slots = finding.NameSlots(vault)  # type: ignore[arg-type]
    with transaction.atomic():
        NameIndex.objects.all().delete()
        ContactIndex.objects.all().delete()
        for patron, one in enumerate(town, start=1):
            contacts = finding.contact_values(one.email, "")
            finding.insert_index(
                *finding.index_rows(vault, slots, patron, _indexed(one), contacts)  # type: ignore[arg-type]
            )
    return tuple(  # type: ignore[return-value]
        [(bytes(token), patron) for token, patron in model.objects.values_list("token", "patron")]
        for model in (NameIndex, ContactIndex)
    )


def mean(results: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean over several towns, by attack."""
    return {name: sum(each[name] for each in results) / len(results) for name in results[0]}


def main() -> int:
    """Towns are indexed, stolen and guessed at."""
    from attack_home import a_home, a_house

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    options = parser.parse_args()
    good = True
    with a_home() as home:
        vault = a_house(home).vault
        for size, count in ((3000, 20), (20_000, 3)) if options.full else ((3000, 8),):
            results, known = [], 0
            for seed in range(1, count + 1):
                town = a_town(size, seed)
                names, contacts = index(vault, town)
                results.append(recovered(names, town))
                known += looked_up([*names, *contacts], public_values(town))
            print(f"{count} towns of {size:,}: {known} values looked up")
            for name, per_cent in mean(results).items():
                print(f"  {name}: {per_cent:+.2f} % of names, above chance")
                good = good and per_cent <= HOLD_PER_CENT
            good = good and known == 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
