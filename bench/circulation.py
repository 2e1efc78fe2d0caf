"""Check-out, check-in, patron information as use-cases; the door alone; the price of sealing and ledger.

    python -m bench.circulation [--patrons 2000] [--items 4000]

The price is measured against a twin of the same path whose vault seals nothing and whose ledger
writes nothing. The twin lives here and nowhere else: the house has no such switch.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
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
    timed,
)

# How many items one visit takes home; the ledger enters the errand once.
VISIT = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patrons", type=int, default=2000)
    parser.add_argument("--items", type=int, default=4000)
    arguments = parser.parse_args()
    home = make_home()
    house = make_house(home)
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind

    job = Actor(ActorKind.JOB, "import")
    patrons: list[int] = []
    for start in range(0, arguments.patrons, 500):
        patrons += register_many(house, job, invented(start, min(500, arguments.patrons - start)))
    items = add_items(arguments.items)
    print(machine())
    bare = bare_transactions(home.data)
    print(f"bare transaction of six statements, raw sqlite3, synchronous=FULL: {bare:.0f}/s\n")
    door(house, patrons)
    print()
    spent = path(house, patrons, items)
    print("\nthe same path with sealing and ledger off (a twin made for this bench):")
    free = path(twin(home), patrons, items)
    print()
    for name, seconds in spent.items():
        rate = len(seconds) / sum(seconds)
        ratio = statistics.median(seconds) / statistics.median(free[name])
        share = f"{rate:6.0f}/s = {100 * rate / bare:4.1f} % of the bare rate"
        print(f"{name:<22} {share};  with / without sealing and ledger: {ratio:.2f}x")


def door(house: Any, patrons: list[int]) -> None:
    """The door's three steps together, and the decision alone (never from memory)."""
    from circumspect.trust.policy.request import Action, Circumstance, Purpose, Request

    who = clerk()
    fields = ("given_name", "family_name", "standing", "phone", "email")

    def ask() -> None:
        house.door.ask(
            who,
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="registration",
            subjects=[random.choice(patrons)],
            fields=fields,
            circumstance=Circumstance.CARD_SCANNED,
        )

    figures("door: decision, durable entry, opening", timed(ask, 3000)[100:])
    request = Request(
        who,
        Action.VIEW,
        Purpose.SERVE,
        "registration",
        frozenset(fields),
        Circumstance.CARD_SCANNED,
        None,
        False,
        1,
        "2026-11",
    )
    figures(
        "decision, as the desk asks it (remembered)", timed(lambda: house.policy.decide(request), 3000)[100:]
    )
    if hasattr(house.policy, "_answer_afresh"):
        figures(
            "decision, worked out afresh by Cedar",
            timed(lambda: house.policy._answer_afresh(request), 3000)[100:],
        )


def path(house: Any, patrons: list[int], items: list[str]) -> dict[str, list[float]]:
    """Seconds of each check-out, patron information and check-in."""
    from circumspect.records.circulation import lending, serving
    from circumspect.trust.policy.request import Circumstance

    who = clerk()
    spent: dict[str, list[float]] = {
        "check-out": [],
        "  first of a visit": [],
        "  further ones": [],
        "patron information": [],
        "check-in": [],
    }

    def one(name: str, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        begin = time.perf_counter()
        answer = work(house, who, *arguments, **named)
        spent[name].append(time.perf_counter() - begin)
        return answer

    for number, item in enumerate(items):
        patron = patrons[number // VISIT % len(patrons)]
        lent = one("check-out", lending.check_out, patron, item, branch="main")
        assert isinstance(lent, lending.CheckedOut), lent
        spent["  further ones" if number % VISIT else "  first of a visit"].append(spent["check-out"][-1])
    for patron in patrons:
        shown = one("patron information", serving.serve, patron, circumstance=Circumstance.CARD_SCANNED)
        assert shown.standing.category
    for item in items:
        assert one("check-in", lending.check_in, item, branch="main").was_out
    for name, seconds in spent.items():
        figures(name, seconds)
    return spent


def twin(home: Any) -> Any:
    """A house whose ledger writes nothing and whose sealed values are left sealed: decisions and statements only."""
    from dataclasses import replace

    from circumspect.records.patrons.standing import Standing
    from circumspect.trust.door.door import Part
    from circumspect.trust.door.house import build_house
    from circumspect.trust.ledger.store import Receipt
    from circumspect.trust.policy.request import Action
    from circumspect.trust.vault.vault import Link

    house = build_house(home, lambda: "2026-11")
    plain = {"standing": Standing("resident_adult", "main", None).to_text(), "birth_date": "1970-01-01"}

    class NoLedger:
        def append(self, _body: object, _marks: object) -> Receipt:
            return Receipt(0, b"")

    class NoDoor:
        """Decides, and opens without key or entry."""

        def ask_all(
            self, actor: Any, parts: Any, *, circumstance: Any, reason: Any = None, **_: Any
        ) -> list[Any]:
            for request in house.door._requests(actor, parts, circumstance, reason):
                assert house.policy.decide(request).allowed
            return [self] * len(parts)

        def ask(self, actor: Any, *, circumstance: Any, reason: Any = None, **asked: Any) -> Any:
            part = Part(
                asked["action"],
                asked["purpose"],
                asked["series"],
                tuple(asked["subjects"]),
                frozenset(asked["fields"]),
            )
            return self.ask_all(actor, [part], circumstance=circumstance, reason=reason)[0]

        def ask_to_use(self, actor: Any, *, subject: int, **asked: Any) -> Any:
            return self.ask(actor, action=Action.USE, subjects=[subject], **asked)

        def permit(self, actor: Any, **asked: Any) -> Any:
            return self.ask(actor, subjects=[0], **asked)

        @staticmethod
        def read(sealed: Any) -> str:
            return plain.get(sealed.field, "x")

    class NoVault:
        """A link is the patron's number in the clear, as in a system that has no links."""

        def link(self, _series: str, subject: int) -> Link:
            return Link(1, subject.to_bytes(16, "big"), b"")

        def links(self, _series: str, subject: int) -> dict[int, bytes]:
            return {1: subject.to_bytes(16, "big")}

    return replace(house, door=NoDoor(), vault=NoVault(), ledger=NoLedger())


if __name__ == "__main__":
    main()
