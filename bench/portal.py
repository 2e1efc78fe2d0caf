"""What is held about a patron, and who looked, with ten thousand looks: over HTTP, as the patron gets it.

    python -m bench.portal [--looks 10000] [--repeats 20]

The looks are real entries of the ledger under real links, in pages as the desk makes them. The check-in of somebody with a
reading history is weighed beside one without. Figures are printed beside the bare transaction of the same run; this bench
claims nothing.
"""

from __future__ import annotations

import argparse
import contextlib
import time
from typing import Any

from bench.common import (
    add_items,
    bare_transactions,
    clerk,
    figures,
    invented,
    machine,
    make_home,
    make_house,
    on_its_own_core,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    home = make_home()
    house = make_house(home)
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind

    patron, other = register_many(house, Actor(ActorKind.JOB, "import"), invented(0, 2))
    print(machine())
    print(
        f"bare transaction of six statements, raw sqlite3, synchronous=FULL: {bare_transactions(home.data):.0f}/s\n"
    )
    look(house, patron, arguments.looks)
    pages(house, patron, arguments.repeats)
    print()
    histories(house, patron, other)


def look(house: Any, patron: int, count: int) -> None:
    """So many entries about the patron, four to a page at the desk; every tenth page refused."""
    from circumspect.records.circulation import serving
    from circumspect.trust.door.errors import Refused
    from circumspect.trust.policy.request import Actor, ActorKind, Circumstance

    stranger = Actor(ActorKind.STAFF, "9", frozenset({"finance"}), True, "2026-11")
    at = 0
    links = list(house.vault.links("ledger", patron).items())
    while len(house.ledger.entries_for_links(links, count)) < count:
        for _ in range(max(1, min(500, count // 4))):
            at += 1
            who = stranger if at % 10 == 0 else clerk()
            with contextlib.suppress(Refused):
                serving.serve(house, who, patron, circumstance=Circumstance.CARD_SCANNED)
        links = list(house.vault.links("ledger", patron).items())
    print(f"looks in the ledger about this patron: at least {count}")


def pages(house: Any, patron: int, repeats: int) -> None:
    """Each address, as often as said."""
    from django.conf import settings
    from django.test import Client

    from circumspect.faces.portal import sessions
    from circumspect.faces.public.house import served_by

    client = Client(headers={"host": "localhost"})
    client.cookies[settings.PATRON_COOKIE] = sessions.begin(house, patron, is_shared=False)
    with served_by(house):
        for name, path in (
            ("what we hold", "held/"),
            ("who looked, first page", "looks/"),
            ("who looked, last page", "looks/?page=99999"),
            ("all of it as JSON", "held/data.json"),
            ("all of it as PDF", "held/data.pdf"),
            ("proof of all looks", "looks/proof.json"),
        ):
            times, took = repeats if not path.endswith("pdf") else max(1, repeats // 10), []
            with on_its_own_core(times):
                for _ in range(times):
                    began = time.perf_counter()
                    answer = client.get(f"/my/{path}")
                    took.append(time.perf_counter() - began)
                    assert answer.status_code == 200, (path, answer.status_code)
                figures(f"{name}, {len(answer.content):,} bytes", took)


def histories(house: Any, with_one: int, without: int) -> None:
    """A check-in that fills a history, beside one that does not."""
    from circumspect.records.circulation import lending
    from circumspect.records.reading import history
    from circumspect.trust.policy.request import Actor, ActorKind

    history.turn_on(house, Actor(ActorKind.PATRON, str(with_one)), with_one, months=12)
    items = add_items(400)
    for name, patron in (("without a history", without), ("with a history", with_one)):
        took = []
        for start in range(0, len(items), 40):
            for item in items[start : start + 40]:
                lending.check_out(house, clerk(), patron, item, branch="main")
            for item in items[start : start + 40]:
                began = time.perf_counter()
                lending.check_in(house, clerk(), item, branch="main")
                took.append(time.perf_counter() - began)
        figures(f"check-in, {name}", took)


if __name__ == "__main__":
    main()
