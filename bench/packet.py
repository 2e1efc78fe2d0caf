"""How long does everything about one patron take, every series, through the door?

    python -m bench.packet [--patrons 2000] [--loans 50]

One patron with so many loans, and a hold, a fee, a note and a request among so many other patrons; asked for as the
patron's own page does, whole and as a court order's packet does. The hold is one second.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from bench.common import add_items, clerk, figures, invented, machine, make_home, make_house


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patrons", type=int, default=2000)
    parser.add_argument("--loans", type=int, default=50)
    options = parser.parse_args()
    house = make_house(make_home())
    from circumspect import composition
    from circumspect.offices.privacydesk.scopes import nameable
    from circumspect.records.circulation import lending
    from circumspect.records.patrons.registration import register, register_many
    from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose

    print(machine())
    register_many(house, Actor(ActorKind.JOB, "import"), invented(1, options.patrons))
    patron = register(house, clerk(), invented(0, 1)[0])
    out = 0
    for item in add_items(options.loans):
        answer = lending.check_out(house, clerk(), patron, item, branch="main")
        out += isinstance(answer, lending.CheckedOut)
    collectors = composition.collectors()
    wanted = nameable(frozenset(), collectors)
    ways: dict[str, dict[str, Any]] = {
        "the patron's own page": {
            "actor": Actor(ActorKind.PATRON, str(patron)),
            "action": Action.VIEW,
            "purpose": Purpose.OWN_RECORD,
            "circumstance": Circumstance.OWN_SIGN_IN,
        },
        "a court order's packet": {
            "actor": Actor(ActorKind.STAFF, "7", frozenset({"privacy_in_charge"}), True, "2026-11"),
            "action": Action.DISCLOSE,
            "purpose": Purpose.DISCLOSE,
            "circumstance": Circumstance.CASE,
        },
    }
    from circumspect.records.gathering import gather

    for name, how in ways.items():
        actor = how.pop("actor")
        spent = []
        for _ in range(100):
            begin = time.perf_counter()
            found = gather(house, actor, patron, wanted, collectors=collectors, **how)
            spent.append(time.perf_counter() - begin)
        print(f"\n{name}: {len(wanted)} series, {len(found.held)} values, {out} loans")
        figures(name, spent)


if __name__ == "__main__":
    main()
