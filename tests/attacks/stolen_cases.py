"""The privacy desk of the library that is robbed: requests in every state, with papers, packets, gags and deadlines.

Whatever of it could name somebody: who asked, what was said, what a paper holds, whose record a scope names, what a
packet was cut from, what was told and to whom; and that there is a sealed request at all.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

# Who asked, what a paper says, and what is due: each begins with letters that stand nowhere by chance.
ASKER, SWORN, DUE_WORDS = "Yhqzvkwt", "Nzqwjkvx", "Rqzjxwkt"
MARKS = (ASKER, SWORN, DUE_WORDS)
# Every step that leads on, in an order that suits all of these kinds.
_ORDER = (
    "check", "counsel", "identify", "permit", "write", "prove", "ground_consent", "scope", "decide", "cut", "choose",
    "review", "authorise", "hand_over", "deliver", "to_counsel", "refuse",
)  # fmt: skip
KINDS = ("court_order", "emergency", "sealed_process", "permission", "content", "informal")


def use_cases(house: Any, clerk: Any, patrons: Sequence[int], log: logging.Logger) -> None:
    """One request of each kind, worked on as far as it goes; some are refused, one is under a gag."""
    from dataclasses import replace

    from attack_home import staff

    from circumspect import composition
    from circumspect.offices.privacydesk import calling, cases
    from circumspect.offices.privacydesk.kinds import MACHINES

    who, second = (
        replace(staff(role), id=number)
        for role, number in (("executive_director", "41"), ("privacy_in_charge", "42"))
    )
    ways = calling.Ways(lambda: [], lambda: [calling.Callee(42, "Pia", "pia@example.org")], lambda *_: 0)
    for kind, patron in zip(KINDS, patrons, strict=False):
        told = {
            "what": "paper",
            "who": f"{ASKER} of the county",
            "said": f"{ASKER} said so",
            "came_at": "2026-11-23 10:00",
            "urgent": "yes",
        }
        paper = cases.Upload(f"{SWORN}.pdf", f"{SWORN} in re somebody".encode())
        case = cases.take_in(
            house,
            clerk,
            told,
            [paper],
            patron=patron,
            keeps=composition.guard,
            told=lambda which, urgent: calling.tell(house, ways, which, urgent),
        )
        cases.do(house, who, case, "sort", {"kind": kind})
        cases.do(house, who, case, "deadline", {"due_on": "2026-12-01", "due_what": f"{DUE_WORDS} motion"})
        if kind == "content":
            cases.add_paper(house, who, case, paper, "content")
        _work(house, who, second, case, patron, log)
        if kind == "court_order":
            cases.put_gag(house, who, case, [42], house.today())
        log.info("%s %s", cases.open_case(house, who, case), MACHINES[kind].title)
    log.info("%s %s", cases.list_cases(house, who), cases.list_cases(house, second, closed=True))


def _work(house: Any, who: Any, second: Any, case: int, patron: int, log: logging.Logger) -> None:
    from circumspect import composition
    from circumspect.offices.privacydesk import cases, packets
    from circumspect.offices.privacydesk.machines import Ask, StepError
    from circumspect.offices.privacydesk.scopes import Identity, Line, Scope, identity_scope

    wide = Scope(
        (
            Line(patron, "registration", frozenset({"given_name", "family_name", "street", "email"})),
            Line(patron, "loans", frozenset({"item"})),
            Line(patron, "notes", frozenset({"text"})),
        )
    )

    def makes(seen: Any, step: Any, _typed: Any) -> Any:
        emergency = seen.standing.kind == "emergency"
        if step.makes == "scope":
            few = [each for each in Identity if each is not Identity.LICENCE]
            return {"scope": (identity_scope(patron, few) if emergency else wide).to_text()}
        if step.makes == "packet":
            return packets.cut(house, who, seen, composition.collectors())
        if step.makes == "content":
            chosen = [paper.id for paper in seen.papers if paper.role == "content"]
            return packets.choose(house, who, seen, chosen)
        if step.makes == "delivery":
            return packets.check_delivery(house, who, seen)
        return {
            "own_patron": str(patron),
            "wanted": ",".join(each.name.lower() for each in Identity),
            "form_version": "1",
        }

    said = {
        Ask.DAY: "2027-12-01",
        Ask.MOMENT: "2026-11-23 10:00",
        Ask.YES_NO: "yes",
        Ask.MUST: "yes",
        Ask.INITIALS: "JK",
    }
    for code in _ORDER:
        seen = cases.open_case(house, who, case)
        step = next((each for each in _machine(seen).steps if each.code == code), None)
        if step is None or seen.is_over:
            continue
        values = {
            each.name: each.choices[0][0] if each.choices else said.get(each.ask, f"{ASKER} told")
            for each in step.fields
        }
        try:
            cases.do(house, second if code == "review" else who, case, code, values, makes=makes)
        except StepError as problem:
            log.exception("%s", problem)


def _machine(seen: Any) -> Any:
    from circumspect.offices.privacydesk.kinds import MACHINES

    return MACHINES[seen.standing.kind]
