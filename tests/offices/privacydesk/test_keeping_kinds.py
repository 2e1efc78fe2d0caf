"""Preservation, CyberTipline, breach: every way through their tables, and twins that lack a bolt."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cases_support import in_charge, sorted_as, step, take_in
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

import circumspect
from circumspect.offices.privacydesk import cases, tipline, wording
from circumspect.offices.privacydesk.cases import PaperError, Upload
from circumspect.offices.privacydesk.cases_models import CasePacket, CasePaper
from circumspect.offices.privacydesk.keeping_kinds import (
    BREACH,
    KEEPING_MACHINES,
    PRESERVATION,
    TIPLINE,
    KeepingKind,
)
from circumspect.offices.privacydesk.machines import (
    Ask,
    Entered,
    Field,
    Machine,
    Moment,
    Standing,
    StepError,
    is_over,
    standing_of,
    take,
)
from circumspect.offices.privacydesk.scopes import Line, Scope

LONG = os.environ.get("ATTACKS") == "long"
DATABASES = ["default", "keys", "ledger"]
TODAY = Moment(__import__("datetime").date(2026, 11, 23))
SOURCE = Path(circumspect.__file__).parent
SCOPE = Scope((Line(7, "loans", frozenset({"item"})),)).to_text()
# What the house makes for a hidden field, where it makes it.
MADE = {
    "scope": SCOPE,
    "copy": "5",
    "copy_until": "2027-02-21 10:00",
    "keep_until": "2027-11-23",
    "destroyed_at": "",
    "reached": "records",
    "exposed": "name",
    "letters": "1",
    "affected": "12",
    "over_threshold": "yes",
}


def typed(field: Field, draw: Any) -> str:
    """What somebody may write into a field: right, wrong or nothing."""
    if field.ask is Ask.HIDDEN:
        return MADE.get(field.name, "")
    good = {
        Ask.DAY: ["2026-11-20", "2026-12-24"],
        Ask.MOMENT: ["2026-11-22 09:00", "2026-11-23 08:00", "2026-11-20 08:00"],
        Ask.YES_NO: ["yes", "no"],
        Ask.MUST: ["yes"],
        Ask.CHOICE: [code for code, _ in field.choices],
    }.get(field.ask, ["words"])
    return str(draw(st.sampled_from([*good * (12 // len(good)), ""])))


# Steps that lead nowhere, or out: seldom taken, so that walks get far.
BESIDE = ("refuse", "withdraw", "counsel", "deadline", "nobody")


def walk(machine: Machine, steps: int) -> type[RuleBasedStateMachine]:
    """Anybody takes any step with any form; the machine says what stands after it."""
    machines: Mapping[str, Machine] = {machine.kind: machine}

    class Walk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.history = [
                Entered("take_in", "staff:1", 0),
                Entered("sort", "staff:2", 1, {"kind": machine.kind}),
            ]

        @property
        def standing(self) -> Standing:
            return standing_of(machines, self.history)

        @rule(data=st.data(), who=st.sampled_from(["staff:2", "staff:3"]))
        def takes_a_step(self, data: st.DataObject, who: str) -> None:
            standing = self.standing
            offered = [each.code for each in machine.offered(standing.state) if each.code not in BESIDE]
            code = data.draw(st.sampled_from([*offered * 6, *(each.code for each in machine.steps)]))
            found = machine.step(code)
            form = {each.name: typed(each, data.draw) for each in found.fields} if found else {}
            try:
                entered = take(machines, standing, code, form, by=who, at=len(self.history), moment=TODAY)
            except StepError:
                return
            self.history.append(entered)

        @invariant()
        def what_has_to_hold(self) -> None:
            standing = self.standing
            HOLDS[machine.kind](standing, is_over(machines, standing))
            assert not standing.has_left

    return Walk


def _preservation_holds(standing: Standing, over: bool) -> None:
    if standing.did("keep"):
        assert all(
            standing.known.get(name) for name in ("agency", "requester", "contact", "requested_at", "copy")
        )
        assert standing.known["in_writing"] == standing.known["governmental"] == "yes"
        assert standing.state in ("kept", "renewed", "ended")
    assert len(standing.did("renew")) <= 1
    for renewed in standing.did("renew"):
        assert renewed.values["renewed_at"] > standing.known["requested_at"]
    assert not standing.did("end"), "only the house ends it"
    assert over == (standing.state in ("refused", "withdrawn"))


def _tipline_holds(standing: Standing, over: bool) -> None:
    if standing.did("report", "nothing_to_report"):
        assert standing.known.get("found_at")
        assert standing.known.get("attorney") in ("reached", "not")
        assert standing.known.get("attorney_word")
    if over:
        assert standing.known.get("report_number") or standing.known.get("decision")
        assert standing.did("report") or standing.did("nothing_to_report")


def _breach_holds(standing: Standing, _over: bool) -> None:
    if standing.state in ("telling", "told"):
        assert standing.did("assess")
        assert standing.known.get("no_number") == "yes"
        assert standing.known.get("over_threshold") != "yes" or standing.known.get("ag_told_at")
    if standing.state == "held_back":
        assert standing.known.get("delay_in_writing") == "yes"
        assert standing.known["delay_until"] > TODAY.today.isoformat()


HOLDS = {
    KeepingKind.PRESERVATION: _preservation_holds,
    KeepingKind.TIPLINE: _tipline_holds,
    KeepingKind.BREACH: _breach_holds,
}


def play(machine: Machine, examples: int) -> None:
    run(
        walk(machine, 25),
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            phases=[Phase.generate],
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.clause("MP-6.10", "MP-6.12", "MP-6.13", "MP-6.8")
@pytest.mark.parametrize("machine", KEEPING_MACHINES, ids=lambda each: each.kind)
def test_no_order_of_steps_and_no_form_gets_around_a_bolt(machine: Machine) -> None:
    """Any walk; short in every run, long with ATTACKS=long."""
    play(machine, 5000 if LONG else 50)


def _without(machine: Machine, code: str, **changed: Any) -> Machine:
    steps = tuple(replace(each, **changed) if each.code == code else each for each in machine.steps)
    return replace(machine, steps=steps)


TWINS = {
    "renews again and again": _without(PRESERVATION, "renew", frm=frozenset({"kept", "renewed"})),
    "renews on the old request": _without(PRESERVATION, "renew", guards=()),
    "keeps without a request": _without(
        PRESERVATION, "keep", frm=frozenset({"received"}), needs=(), guards=()
    ),
    "reports without counsel": _without(TIPLINE, "report", frm=frozenset({"found", "counselled"}), needs=()),
    "closes without a number": _without(TIPLINE, "close", frm=frozenset({"counselled"}), needs=()),
    "tells before the Attorney General": _without(BREACH, "send", guards=()),
    "waits for ever": _without(BREACH, "delay", guards=()),
}


@pytest.mark.parametrize("name", TWINS)
def test_broken_twins_are_caught(name: str) -> None:
    with pytest.raises((AssertionError, ExceptionGroup)):
        play(TWINS[name], 400)


def test_nothing_leaves_by_any_of_them() -> None:
    for machine in KEEPING_MACHINES:
        assert not machine.released
        assert not machine.uses_records
        assert not any(each.makes in ("packet", "content", "delivery") for each in machine.steps)


# the tipline


def ordinary(house: Any, who: Any) -> Any:
    return lambda seen, _row, form: tipline.report(house, who, seen, form)


@pytest.mark.clause("MP-6.10")
@pytest.mark.django_db(databases=DATABASES)
def test_counsel_not_reached_with_a_reason_does_not_hold_a_report_up(house: Any, clerk: Any) -> None:
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "tipline")
    step(house, rosa, case, "found")
    form = {"report_number": "192837465", "reported_at": "2026-11-23 12:00", "reported_by": "R. Diaz"}
    with pytest.raises(StepError):
        cases.do(house, rosa, case, "report", form, makes=ordinary(house, rosa))
    with pytest.raises(StepError):
        step(house, rosa, case, "attorney", attorney="not", attorney_word="")

    step(house, rosa, case, "attorney", attorney="not", attorney_word="Called three times since nine")
    cases.do(house, rosa, case, "report", form, makes=ordinary(house, rosa))

    assert cases.do(house, rosa, case, "close", {}).standing.state == "kept"


@pytest.mark.clause("MP-6.8", "MP-6.9")
@pytest.mark.django_db(databases=DATABASES)
def test_a_report_closes_with_a_number_and_makes_no_release(house: Any, clerk: Any) -> None:
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "tipline")
    step(house, rosa, case, "found")
    step(house, rosa, case, "attorney")
    form = {"reported_at": "2026-11-23 12:00", "reported_by": "R. Diaz"}
    for wrong in (
        {**form, "report_number": ""},
        {**form, "report_number": "1", "reported_at": "2026-11-01 12:00"},
    ):
        with pytest.raises(StepError):
            cases.do(house, rosa, case, "report", wrong, makes=ordinary(house, rosa))
        with pytest.raises(StepError):
            cases.do(house, rosa, case, "close", {})

    seen = cases.do(house, rosa, case, "report", {**form, "report_number": "1"}, makes=ordinary(house, rosa))

    assert seen.standing.known["keep_until"] == "2027-11-23"
    assert not CasePacket.objects.exists()


@pytest.mark.clause("MP-6.8")
@pytest.mark.django_db(databases=DATABASES)
def test_no_file_is_ever_put_with_a_report(house: Any, clerk: Any) -> None:
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "tipline")

    with pytest.raises(PaperError):
        cases.add_paper(house, rosa, case, Upload("x.jpg", b"\xff\xd8\xff"))

    assert not CasePaper.objects.exists()
    assert not any(field.ask.value == "file" for each in TIPLINE.steps for field in each.fields)


@pytest.mark.clause("MP-6.11")
@pytest.mark.django_db(databases=DATABASES)
def test_the_text_on_good_faith_is_the_librarys_to_approve(house: Any) -> None:
    assert all(wording.words(*tipline.TEXTS).values())
    assert set(tipline.TEXTS) <= set(wording.NAMES)


# nothing looks into what anybody stores or sends

_LOOKING = re.compile(
    r"^(PIL|cv2|magic|imghdr|filetype|puremagic|pytesseract|imagehash|yara|clamd|pyclamd|pdfminer|pypdf|exifread"
    r"|face_recognition|nudenet|sklearn|torch|tensorflow|email\.parser|mailbox|extract_msg)(\.|$)"
)


def _imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def looks_inside(source: Path) -> list[str]:
    return [
        f"{path.relative_to(source)}: {name}"
        for path in sorted(source.rglob("*.py"))
        for name in _imported(path)
        if _LOOKING.match(name)
    ]


@pytest.mark.clause("MP-6.6", "MP-6.8")
def test_nothing_in_the_program_can_look_into_pictures_mail_or_documents(tmp_path: Path) -> None:
    """No library that could is imported anywhere; a twin that imports one is found."""
    assert looks_inside(SOURCE) == []

    (tmp_path / "spy.py").write_text(
        "def scan(data):\n    import imagehash\n    return imagehash.phash(data)\n"
    )
    assert looks_inside(tmp_path) == ["spy.py: imagehash"]


@pytest.mark.django_db(databases=DATABASES)
def test_an_intake_can_be_sorted_as_each_of_them(house: Any, clerk: Any) -> None:
    rosa = in_charge()
    for machine in KEEPING_MACHINES:
        case = take_in(house, clerk)
        assert cases.do(house, rosa, case, "sort", {"kind": machine.kind}).standing.state == "received"
