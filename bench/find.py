"""Find a patron by card, e-mail, telephone and name among many; flat from ten thousand to a million?

    python -m bench.find [--sizes 10000,1000000]

Names are invented so that common ones are common: see ``common.invented``.
"""

from __future__ import annotations

import argparse
import random
import time
from typing import Any

from bench.common import figures, invented, machine, make_home, make_house


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000")
    sizes = [int(size) for size in parser.parse_args().sizes.split(",")]
    house = make_house(make_home())
    from circumspect.records.patrons.finding import NameSlots
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind

    job = Actor(ActorKind.JOB, "import")
    slots = NameSlots(house.vault)
    print(machine())
    there = 0
    for size in sizes:
        begin = time.perf_counter()
        added = size - there
        while there < size:
            register_many(house, job, invented(there, min(500, size - there)), slots=slots)
            there += min(500, size - there)
        spent = time.perf_counter() - begin
        print(f"\n{size:,} patrons ({added:,} registered in {spent:.0f} s, {added / spent:.0f}/s)")
        search(house, size)


def search(house: Any, size: int) -> None:
    """A thousand searches of each sort, for people who are there."""
    from circumspect.records.patrons import cards, finding

    vault = house.vault
    spent: dict[str, list[float]] = {}
    for _ in range(1000):
        one = invented(random.randrange(size), 1)[0]
        sorts = {
            "by card": lambda one=one: cards.find_card(house, one.card_number),
            "by e-mail": lambda one=one: finding.find_contact(vault, one.email, 25),
            "by telephone": lambda one=one: finding.find_contact(vault, one.phone, 25),
            "by name prefix": lambda one=one: finding.find_name(vault, one.family_name[:4], 25),
            "by family name": lambda one=one: finding.find_name(vault, one.family_name, 25),
            "by family name, first letters": lambda one=one: finding.find_name(
                vault, f"{one.family_name}, {one.given_name[:3]}", 25
            ),
            "by family name and birth year": lambda one=one: finding.find_name(
                vault, f"{one.family_name} {one.birth_date.year}", 25
            ),
        }
        for name, work in sorts.items():
            begin = time.perf_counter()
            found = work()
            spent.setdefault(name, []).append(time.perf_counter() - begin)
            assert found, name
    for name, seconds in spent.items():
        figures(name, seconds)


if __name__ == "__main__":
    main()
