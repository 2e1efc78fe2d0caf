"""Guarantee 9: can anything leave without paper, without the right person, or beyond what the paper names?

    python tests/attacks/disclosed_without_paper.py           every path of up to 8 steps through each kind's table
    python tests/attacks/disclosed_without_paper.py --full    up to 10 steps, and three people

Every kind is walked, each for ``--seconds`` at most (1,800 with --full, 120 without). What is printed says to which depth a
kind was walked whole, and for how long; one whose time was over before its depth was reached is not called whole.

Every kind of request is walked through in every order there is, by people who fill in a form whole, leave out a
field, answer a point with no, name a wider scope, or are the person who should not do this step. Each history in
which something has left is judged by a second reading of the law and the policy, which shares nothing with the
tables but the names of fields. A path that this reading cannot justify convicts.

Two histories that differ in nothing a table could look at are walked on once.

Exit codes: 0 nothing left without its paper; 1 something did.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import (
    SORT,
    Ask,
    Entered,
    Field,
    Machine,
    Moment,
    Standing,
    Step,
    StepError,
    standing_of,
    take,
)
from circumspect.offices.privacydesk.scopes import Identity, Line, Scope, identity_scope

ROSA, PIA = "staff:1", "staff:2"
TODAY = dt.date(2026, 11, 23)
OWN, OTHER = 11, 12
SECOND = frozenset({"court_order", "subpoena"})

IDENTITY = identity_scope(OWN, Identity).to_text()
ASKED = identity_scope(OWN, [Identity.NAME]).to_text()  # what the officer's request asks for
LOANS = Scope((Line(OWN, "loans", frozenset({"item"})),)).to_text()
STRANGERS = Scope((Line(OTHER, "registration", frozenset({"given_name"})),)).to_text()

_GOOD = {
    Ask.TEXT: "told",
    Ask.LONG: "told at length",
    Ask.DAY: "2026-12-24",
    Ask.MOMENT: "2026-11-23 10:05",
    Ask.YES_NO: "yes",
    Ask.MUST: "yes",
    Ask.INITIALS: "JK",
}


# what the law and the policy ask for, read a second time


OFFICER = {
    "officer_name",
    "officer_rank",
    "officer_agency",
    "officer_badge",
    "officer_address",
    "officer_phone",
}
STATEMENTS = {"s_act", "s_sworn", "s_impractical", "s_probable_cause", "s_identify", "s_no_use"}
REQUEST = {"crime_role", "already_has", "wanted", "signed_at", "form_version"}
PROOF = {"proof", "proof_by", "proof_at"}
DECISION = {"decision", "decision_why", "decider", "attorney"}
POINTS = {
    "p_court", "p_jurisdiction", "p_docket", "p_cause", "p_judge", "p_date", "p_clerk", "p_addressed", "p_particular",
    "p_period", "p_complete", "p_secrecy", "p_served",
}  # fmt: skip
PAPER = {"court", "docket", "issued_on", "served_by", "served_at"}
BEHIND = {
    "order_counsel",
    "order_counsel_at",
    "order_court",
    "order_number",
    "order_judge",
    "order_signed_on",
}
GROUNDS = {
    "addressee": {"g_addressee", "g_addressee_proof"},
    "consent": {"g_consenting", "g_consent_on", "g_consent_scope", "g_consent_paper"},
    "inadvertent": {"g_found_by", "g_found_at", "g_found_how", "g_crime", "g_found_agency"},
    "danger": {"g_danger", "g_belief", "g_immediate", "g_danger_at", "g_danger_agency"},
}
PERMISSION = {"recipient", "permission_text", "permission_on", "permission_until", "permission_seen"}
LEFT = {"deliver", "hand_over"}
_ONCE = ("counsel", "go")
_BESIDE = ("deadline", "tell", "inventory")
# Kinds on whose ground something may leave: a closed list (MP-6.1).
MAY_LEAVE = {"court_order", "search_warrant", "subpoena", "emergency", "permission", "own_access", "content"}


def judge(
    kind: str, history: Sequence[Entered], *, second: Iterable[str] = SECOND, today: dt.date = TODAY
) -> list[str]:
    """What is wrong with a history in which something left; empty where all of it is justified.

    Args:
        history: What was done since the case was sorted, in order, up to and with the step by which it left.
    """
    if kind not in MAY_LEAVE:
        return ["no ground: nothing may leave by this kind"]
    wrong: list[str] = []

    def last(*codes: str, before: int = len(history)) -> int:
        return max((at for at, each in enumerate(history[:before]) if each.step in codes), default=-1)

    def told(at: int, names: Iterable[str], why: str) -> None:
        if at < 0:
            wrong.append(f"{why}: missing")
        elif any(not history[at].values.get(name, "").strip() for name in names):
            wrong.append(f"{why}: not complete")

    left = len(history) - 1
    cut, scope = last("cut", "choose", before=left), last("scope", before=left)
    if cut < 0 or cut < last("back", before=left):
        wrong.append("no packet, or it went back after it was made")
    if kind != "content":
        if scope < 0 or scope > cut:
            wrong.append("the packet is not of the scope that was entered")
        else:
            wrong += _scope(kind, history, scope)
    if kind in ("court_order", "search_warrant", "subpoena"):
        check = last("check", before=left)
        told(check, PAPER | POINTS, "form check")
        if check >= 0 and any(history[check].values.get(point) != "yes" for point in POINTS):
            wrong.append("form check: a point is in doubt")
        if check > scope:
            wrong.append("form check: after the scope")
    if kind == "court_order" and last("counsel", "recheck", before=left) < 0:
        wrong.append("counsel: nobody spoke to counsel")
    if kind == "search_warrant":
        told(
            last("go", before=left),
            {"go_counsel", "go_copy", "go_escort", "go_nothing_lost", "go_officers", "go_at"},
            "go-now list",
        )
    if kind == "subpoena":
        told(last("order_stands", before=left), BEHIND, "court order behind the subpoena")
    if kind == "emergency":
        told(last("write", before=left), OFFICER | STATEMENTS | REQUEST, "officer's written request")
        told(last("prove", before=left), PROOF, "officer's identity")
        told(last("decide", before=left), DECISION, "decision")
        if not last("write") < last("prove") < scope < last("decide", before=left) < cut:
            wrong.append("the officer's request, proof, person, decision and answer are out of order")
    if kind in ("permission", "own_access"):
        told(last("identify", before=left), {"own_proof", "own_patron", "own_at"}, "patron's identity")
    if kind == "permission":
        permit = last("permit", before=left)
        told(permit, PERMISSION, "written permission")
        if permit >= 0 and history[permit].values.get("permission_until", "") < today.isoformat():
            wrong.append("the permission has ended")
        if last("take_back") >= 0:
            wrong.append("the patron took it back")
    if kind == "content":
        grounds = [code for code in GROUNDS if last(f"ground_{code}", before=left) >= 0]
        at, code = max(((last(f"ground_{code}", before=left), code) for code in grounds), default=(-1, ""))
        told(at, GROUNDS.get(code, set()), "ground for the content")
    if kind in second:
        look = last("review", before=left)
        if look < cut:
            wrong.append("no second person looked at this packet")
        elif history[look].by in {
            each.by for each in history[:look] if each.step in ("scope", "cut", "decide", "choose")
        }:
            wrong.append("the second person is the first")
    if kind != "emergency" and last("authorise", before=left) < cut:
        wrong.append("nobody authorised this packet")
    return wrong


def _scope(kind: str, history: Sequence[Entered], at: int) -> list[str]:
    lines = Scope.from_text(history[at].values["scope"]).lines
    people = {line.patron for line in lines}
    wrong = []
    if kind == "emergency":
        allowed = {
            "registration": {"given_name", "family_name", "street", "city", "region", "postcode", "phone", "email",
                             "birth_date", "driver_licence"},
            "cards": {"barcode"},
        }  # fmt: skip
        if len(people) != 1 or any(not line.fields <= allowed.get(line.series, set()) for line in lines):
            wrong.append("an emergency answer names more than who somebody is")
        if any(not line.fields <= {"given_name", "family_name"} for line in lines):
            wrong.append("an emergency answer names more than the officer asked for")
    if kind in ("permission", "own_access"):
        shown = next(
            (each.values.get("own_patron") for each in reversed(history) if each.step == "identify"), ""
        )
        if people != {int(shown or 0)}:
            wrong.append("somebody else's record is named")
    return wrong


# walking


@dataclass(slots=True)
class Walk:
    """What came of walking one kind's table.

    Attributes:
        paths: Different histories that were tried.
        left: Of these, those in which something left.
        depth: Every path of so many steps was walked.
        is_whole: The depth that was asked for was reached, or no path is longer.
        guilty: Histories that nothing justifies, with what is wrong.
    """

    kind: str
    paths: int = 0
    left: int = 0
    depth: int = 0
    is_whole: bool = True
    guilty: list[tuple[list[str], list[str]]] = field(default_factory=list)


def walk(
    machine: Machine,
    *,
    depth: int,
    people: Sequence[str] = (ROSA, PIA),
    second: frozenset[str] = SECOND,
    most_guilty: int = 3,
    choices: Callable[[Step], list[dict[str, str]]] | None = None,
    seconds: float = float("inf"),
) -> Walk:
    """Walk every path of up to ``depth`` steps through a table, shorter ones first, until the time is over."""
    ends = time.monotonic() + seconds
    machines = {machine.kind: machine}
    moment = Moment(TODAY, second)
    begun = standing_of(
        machines, [Entered("take_in", ROSA, 0), Entered(SORT, ROSA, 1, {"kind": machine.kind})]
    )
    found, seen, edge = Walk(machine.kind), {_key(begun)}, [begun]
    ways = {step.code: (choices or variants)(step) for step in machine.steps}
    for _ in range(depth):
        ahead: list[Standing] = []
        for standing in edge:
            if time.monotonic() > ends:
                found.is_whole = False
                return found
            for step in machine.offered(standing.state):
                if step.code in _ONCE and standing.did(step.code):
                    continue  # said twice it is said once
                if step.code in _BESIDE and standing.did(*_BESIDE):
                    continue  # one note beside the way stands for all of them
                for values in ways[step.code]:
                    for by in people:
                        after = _try(machines, standing, step, values, by, moment)
                        if after is None:
                            continue
                        found.paths += 1
                        if step.code in LEFT or (after.has_left and not standing.has_left):
                            found.left += 1
                            wrong = judge(machine.kind, after.done[1:], second=second)
                            if wrong and len(found.guilty) < most_guilty:
                                found.guilty.append(([each.step for each in after.done], wrong))
                                if len(found.guilty) == most_guilty:
                                    return found
                        key = _key(after)
                        if key not in seen:
                            seen.add(key)
                            ahead.append(after)
        edge = ahead
        found.depth += 1
    return found


def variants(step: Step) -> list[dict[str, str]]:
    """Ways to fill in a step's form: whole; each required field left out; each point answered with no; scopes."""
    whole = {each.name: _good(each) for each in step.fields}
    if step.code == "scope":
        asked = [ASKED] if "proved" in step.frm else []
        return [{"scope": each} for each in (*asked, IDENTITY, LOANS, STRANGERS)]
    ways = [whole]
    required = [each for each in step.fields if each.required]
    # Leaving out any one is the same to a table that asks for each: the first, the last and one between stand for them.
    for each in {0: None, len(required) // 2: None, len(required) - 1: None}:
        if required:
            ways.append({name: value for name, value in whole.items() if name != required[each].name})
    if len(required) < len(step.fields):
        ways.append({each.name: whole[each.name] for each in required})
    doubtful = [each for each in step.fields if each.ask is Ask.YES_NO]
    if doubtful:
        ways.append({**whole, doubtful[len(doubtful) // 2].name: "no"})
    if step.code == "permit":
        ways.append({**whole, "permission_until": "2026-11-01"})
    return ways


def _good(each: Field) -> str:
    if each.ask is Ask.CHOICE:
        return each.choices[0][0]
    if each.name in ("own_patron", "wanted"):
        return str(OWN) if each.name == "own_patron" else "name"
    return _GOOD.get(each.ask, "made")


def _try(
    machines: Mapping[str, Machine],
    standing: Standing,
    step: Step,
    values: Mapping[str, str],
    by: str,
    moment: Moment,
) -> Standing | None:
    try:
        entered = take(machines, standing, step.code, values, by=by, at=len(standing.done), moment=moment)
    except StepError:
        return None
    return standing_of(
        machines,
        [Entered("take_in", ROSA, 0, standing.intake), *standing.done, entered],
    )


def _key(standing: Standing) -> tuple[object, ...]:
    """All that a table's rules can look at: the state, what is known, who did what, and what was made last."""
    made = [each.step for each in standing.done if each.step in ("scope", "cut", "choose", "back")][-1:]
    doers = frozenset(
        (each.step, each.by)
        for each in standing.done
        if each.step in ("scope", "cut", "decide", "choose", "review")
    )
    grounds = tuple(each.step for each in standing.done if each.step.startswith("ground_"))[-1:]
    return (
        standing.state,
        tuple(sorted(standing.known.items())),
        doers,
        tuple(made),
        grounds,
        standing.has_left,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seconds", type=float, help="for each kind at most; 1,800 with --full, or 120")
    options = parser.parse_args()
    guilty = False
    people = (ROSA, PIA, "staff:3") if options.full else (ROSA, PIA)
    seconds = options.seconds or (1800 if options.full else 120)
    for machine in MACHINES.values():
        began = time.monotonic()
        result = walk(machine, depth=10 if options.full else 8, people=people, seconds=seconds)
        found = f"{result.left:>7,} in which something left, {len(result.guilty)} without paper"
        whole = f"whole to {result.depth} steps" + ("" if result.is_whole else ", then the time was over")
        took = time.monotonic() - began
        print(f"{machine.kind:16} {result.paths:>9,} paths, {found}; {whole}, {took:.0f} s", flush=True)
        for steps, wrong in result.guilty:
            print("   ", " > ".join(steps), ":", "; ".join(wrong))
        guilty = guilty or bool(result.guilty)
    return 1 if guilty else 0


if __name__ == "__main__":
    sys.exit(main())
