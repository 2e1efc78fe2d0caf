"""Requests for public records: answered in time, from public records alone, and denied in a letter that names nobody."""

from __future__ import annotations

import datetime as dt
import io
import os
from dataclasses import replace
from typing import Any

import pytest
from cases_support import in_charge
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run
from pypdf import PdfReader

from circumspect.offices.privacydesk import foia
from circumspect.offices.privacydesk.clocks import Periods
from circumspect.offices.privacydesk.foia import Found
from circumspect.offices.privacydesk.foia_models import Denial, RecordsRequestEvent
from circumspect.offices.privacydesk.foia_redaction import APART, private_spans, redacted
from circumspect.offices.privacydesk.foia_rules import (
    FOIA,
    FOIA_MACHINE,
    DenialLetter,
    due_on,
    first_due,
    names_in,
    responsible_of,
)
from circumspect.offices.privacydesk.machines import (
    Ask,
    Entered,
    Moment,
    StepError,
    is_over,
    standing_of,
    take,
)
from circumspect.trust.door.errors import Refused

LONG = os.environ.get("ATTACKS") == "long"
DATABASES = ["default", "keys", "ledger"]
ASKED = {
    "asked": "Please send the registration record of Ada Lovelace and what she borrowed.",
    "requester": "C. Babbage\n1 Dorset St\nElgin, IL 60120",
    "received_at": "2026-11-20 10:00",
    "came_by": "letter",
}
DENIAL = {
    "record_type": "registration",
    "basis_foia_7_1_a": "The Act forbids the library to make registration records public.",
    "responsible": "R. Diaz, Executive Director\nM. Okoye, FOIA officer",
    "no_patron": "yes",
}


@pytest.fixture
def officer() -> Any:
    return in_charge("foia_officer", "31")


def public(_house: Any, _actor: Any, terms: str) -> list[Found]:
    """A source with one suggestion in it."""
    text = "Open on Sundays! Call me: 847-555-0119 or ida@example.org. Ida Noddack, 12 Elm Street"
    return [Found("letters", "5", "A suggestion", text)] if terms.lower() in text.lower() else []


SOURCES = {"letters": public}


@pytest.mark.clause("TH-1.6", "MP-7.8")
@pytest.mark.django_db(databases=DATABASES)
def test_a_request_for_registrations_is_denied_in_a_whole_letter_that_names_no_patron(house, clerk, officer):
    """Due five business days after receipt, Thanksgiving among them; complete, and with no data."""
    request = foia.take_in(house, clerk, ASKED)
    assert foia.open_request(house, officer, request).due_on == dt.date(2026, 11, 30)

    seen = foia.do(house, officer, request, "deny", DENIAL)

    assert seen.standing.state == "denied"
    text = " ".join(PdfReader(io.BytesIO(foia.denial_print(house, seen))).pages[0].extract_text().split())
    for must in (
        "5 ILCS 140/7(1)(a)",
        "75 ILCS 70/1",
        "forbids the library",
        "R. Diaz, Executive Director; M. Okoye, FOIA officer",
        "Public Access Counselor",
        "877-299-3642",
        "section 11",
        "C. Babbage",
    ):
        assert must in text
    assert "Lovelace" not in text


@pytest.mark.clause("TH-1.6")
@pytest.mark.django_db(databases=DATABASES)
def test_the_open_file_of_denials_names_neither_patron_nor_requester(house, clerk, officer):
    foia.do(house, officer, foia.take_in(house, clerk, ASKED), "deny", DENIAL)

    [(citation, [filed])] = foia.denials_by_exemption().items()

    assert citation.startswith("5 ILCS 140/7(1)(a)")
    assert filed.record_type == "Registration records of library users"
    for name in ("Lovelace", "Babbage", "Dorset"):
        assert name not in filed.letter


@pytest.mark.clause("TH-1.6")
@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize(
    "wrong",
    [
        {"basis_foia_7_1_a": ""},
        {"basis_foia_7_1_a": "Ms. Lovelace has not permitted it."},
        {"basis_foia_7_1_a": "The patron at 847-555-0119 has not permitted it."},
        {"basis_foia_7_1_a": "See ada@example.org."},
        {"responsible": ""},
        {"responsible": "R. Diaz"},
        {"no_patron": ""},
        {"record_type": ""},
    ],
)
def test_a_denial_that_lacks_something_or_names_somebody_is_not_made(house, clerk, officer, wrong):
    request = foia.take_in(house, clerk, ASKED)

    with pytest.raises(StepError) as problem:
        foia.do(house, officer, request, "deny", {**DENIAL, **wrong})

    assert "Lovelace" not in str(problem.value)
    assert not Denial.objects.exists()
    assert not foia.open_request(house, officer, request).is_over


@pytest.mark.parametrize("lacking", ["reasons", "responsible", "counselor", "review", "intro"])
def test_a_letter_knows_what_it_lacks(lacking: str) -> None:
    whole = DenialLetter(
        dt.date(2026, 11, 23), False, "registration", (("5 ILCS 140/7(1)(a)", "facts"),), (("R. Diaz", "Director"),),
        "The library denies it.", "500 South 2nd Street, 62701, 877-299-3642", "section 11",
    )  # fmt: skip
    assert whole.missing() == []

    empty: Any = () if lacking in ("reasons", "responsible") else ""
    assert len(replace(whole, **{lacking: empty}).missing()) == 1


# the clock


@pytest.mark.clause("TH-1.6")
@pytest.mark.parametrize(
    ("sort", "extended", "due"),
    [
        ("ordinary", False, "2026-12-31"),
        ("ordinary", True, "2027-01-08"),
        ("commercial", False, "2027-01-26"),
        ("recurrent", False, "2027-01-26"),
        ("voluminous", False, "2027-01-15"),
    ],
)
def test_each_sort_has_its_clock_over_christmas_and_the_year_end(sort: str, extended: bool, due: str) -> None:
    received = dt.date(2026, 12, 23)

    assert due_on(received, sort, extended=extended, periods=Periods()) == dt.date.fromisoformat(due)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)))
@settings(deadline=None, max_examples=60)
def test_an_extension_never_shortens(received: dt.date) -> None:
    periods = Periods()
    plain = due_on(received, "ordinary", extended=False, periods=periods)

    assert received < first_due(received, "ordinary", periods) == plain
    assert plain < due_on(received, "ordinary", extended=True, periods=periods)


@pytest.mark.django_db(databases=DATABASES)
def test_time_is_extended_once_within_the_first_period_for_a_listed_reason(house, clock, clerk, officer):
    request = foia.take_in(house, clerk, ASKED)
    told = {"extension_reason": "many", "extension_told_on": "2026-11-23"}
    for wrong in (
        {"extension_reason": "we are busy"},
        {"extension_told_on": ""},
        {"extension_told_on": "2026-12-01"},
    ):
        with pytest.raises(StepError):
            foia.do(house, officer, request, "extend", {**told, **wrong})

    assert foia.do(house, officer, request, "extend", told).due_on == dt.date(2026, 12, 7)

    with pytest.raises(StepError):
        foia.do(house, officer, request, "extend", told)
    late = foia.take_in(house, clerk, ASKED)
    clock.forward(days=8)
    with pytest.raises(StepError):
        foia.do(house, officer, late, "extend", {**told, "extension_told_on": "2026-12-01"})
    assert foia.open_request(house, officer, late).is_late


@pytest.mark.django_db(databases=DATABASES)
def test_the_register_shows_the_most_pressing_first_and_to_the_right_people(house, clerk, officer):
    second = foia.take_in(house, clerk, {**ASKED, "received_at": "2026-11-23 09:00"})
    first = foia.take_in(house, clerk, ASKED)

    assert [each.id for each in foia.register(house, officer)] == [first, second]
    for who in (clerk, in_charge("system"), in_charge("privacy_in_charge"), in_charge("trustee")):
        with pytest.raises(Refused):
            foia.register(house, who)
        with pytest.raises(Refused):
            foia.open_request(house, who, first)


@pytest.mark.django_db(databases=DATABASES)
def test_nothing_of_a_request_rests_in_the_clear(house, clerk):
    foia.take_in(house, clerk, ASKED)

    raw = b"".join(
        bytes(each) for each in RecordsRequestEvent.objects.values_list("sealed_request", flat=True)
    )
    assert raw
    assert not any(word in raw for word in (b"Lovelace", b"Babbage", b"Dorset"))


@pytest.mark.django_db(databases=DATABASES)
def test_an_answered_request_is_disposed_of_after_its_time(house, clock, clerk, officer):
    request = foia.take_in(house, clerk, ASKED)
    foia.do(house, officer, request, "withdraw", {})
    assert foia.due_for_disposal(house) is None
    clock.forward(days=1097)

    due = foia.due_for_disposal(house)
    assert due is not None
    assert due[0] == foia.dispose(house, due[2]) == 1
    assert not RecordsRequestEvent.objects.exists()


# searching and taking out


@pytest.mark.clause("TH-4.4")
@pytest.mark.django_db(databases=DATABASES)
def test_what_is_released_was_found_among_public_records_read_and_cut(house, clerk, officer):
    request = foia.take_in(house, clerk, ASKED)
    assert [each.id for each in foia.search(house, officer, "sundays", SOURCES)] == ["5"]
    assert foia.search(house, officer, "sundays", {}) == []
    choice = {"source": "letters", "id": "5", "also": ["Ida Noddack"], "leave": []}
    with pytest.raises(StepError):
        foia.do(house, officer, request, "grant", {"granted_on": "2026-11-23"})
    with pytest.raises(StepError):
        foia.do(house, officer, request, "release", {"read_through": ""}, records=[choice])

    foia.do(house, officer, request, "release", {"read_through": "yes"}, records=[choice])
    foia.do(house, officer, request, "grant", {"granted_on": "2026-11-23"})

    [(_title, text)] = foia.released(house, officer, request, SOURCES)
    assert text.startswith("Open on Sundays!")
    assert not any(word in text for word in ("847", "ida@", "Noddack", "Elm"))


@pytest.mark.clause("TH-4.4")
@pytest.mark.parametrize(
    ("private", "kind"),
    [
        ("847-555-0119", "telephone number"),
        ("(847) 555 0119", "telephone number"),
        ("+48 600 123 456", "telephone number"),
        ("ida.noddack@poczta.example.pl", "e-mail address"),
        ("1200 N. Main Street", "street address"),
        ("7 Święcisławy Ave.", "street address"),
        ("123-45-6789", "Social Security number"),
        ("D123-4567-8901", "licence number"),
        ("2 1234 00000001 8", "card number"),
        ("4111 1111 1111 1111", "card number"),
        ("plate AB 12 345", "licence plate"),
    ],
)
def test_what_has_a_private_shape_is_taken_out(private: str, kind: str) -> None:
    text = f"It concerns {private}, as said on 2026-11-23 in 2025."

    assert [span.kind for span in private_spans(text)] == [kind]
    assert redacted(text) == (f"It concerns {APART}, as said on 2026-11-23 in 2025.", 1)
    assert private not in repr(private_spans(text))


def test_a_person_leaves_in_what_is_public_and_takes_out_what_no_pattern_knows() -> None:
    text = "Call the library, 847-253-5675. Wanda Rutkiewicz rang from 847-555-0119; WANDA said so."

    cut, count = redacted(text, leave=[0], also=["Wanda Rutkiewicz", "wanda"])

    assert cut == f"Call the library, 847-253-5675. {APART} rang from {APART}; {APART} said so."
    assert count == 3


@given(st.text(max_size=120), st.lists(st.text(max_size=8), max_size=3))
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
def test_taking_out_never_fails_and_leaves_nothing_of_a_private_shape(text: str, also: list[str]) -> None:
    cut, _ = redacted(text + " 847-555-0119", also=also)

    assert "847-555-0119" not in cut


def test_names_of_a_request_are_known_for_names_and_common_words_are_not() -> None:
    found = names_in("Please send the Library's Budget for March and whatever Wanda O'Reilly-Łoś borrowed")

    assert {"wanda", "budget", "library"} & found == {"wanda"}
    assert responsible_of("R. Diaz, Executive Director\n\nM. Okoye") == (
        ("R. Diaz", "Executive Director"),
        ("M. Okoye", ""),
    )


# every way through


def walk(machine: Any) -> type[RuleBasedStateMachine]:
    machines = {FOIA: machine}

    class Walk(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.history = [
                Entered("take_in", "staff:1", 0, ASKED),
                Entered("sort", "staff:1", 1, {"kind": FOIA}),
            ]

        @rule(data=st.data(), day=st.integers(20, 30))
        def takes_a_step(self, data: st.DataObject, day: int) -> None:
            standing = standing_of(machines, self.history)
            standing = replace(standing, known={"first_due": "2026-11-25", **standing.known})
            # Steps that end it are seldom taken, so that walks get far.
            stays = [each for each in machine.steps if each.to in ("", "extended")]
            step = data.draw(st.sampled_from([*stays * 5, *machine.steps]))
            form = {}
            for each in step.fields:
                good = {
                    Ask.CHOICE: [code for code, _ in each.choices],
                    Ask.DAY: ["2026-11-23", "2026-11-28"],
                    Ask.MUST: ["yes"],
                }.get(each.ask, ["Facts.", "Of Ada Lovelace."])
                form[each.name] = str(data.draw(st.sampled_from([*good * (6 // len(good) or 1), ""])))
            moment = Moment(dt.date(2026, 11, day))
            try:
                self.history.append(
                    take(machines, standing, step.code, form, by="staff:2", at=day, moment=moment)
                )
            except StepError:
                return

        @invariant()
        def what_has_to_hold(self) -> None:
            standing = standing_of(machines, self.history)
            assert len(standing.did("extend")) <= 1
            for each in standing.did("extend"):
                assert each.values["extension_told_on"] <= "2026-11-25"
            for each in standing.did("deny", "grant_in_part"):
                said = " ".join(value for name, value in each.values.items() if name.startswith("basis_"))
                assert said
                assert "Lovelace" not in said
            if standing.state in ("granted", "granted_in_part"):
                assert standing.known.get("read_through") == "yes"
            assert is_over(machines, standing) == (standing.state not in ("received", "extended"))

    return Walk


def play(machine: Any, examples: int) -> None:
    run(
        walk(machine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=20,
            deadline=None,
            phases=[Phase.generate],
            database=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_order_of_steps_gets_around_the_clock_or_the_letter() -> None:
    play(FOIA_MACHINE, 3000 if LONG else 40)


def _without(code: str, **changed: Any) -> Any:
    return replace(
        FOIA_MACHINE,
        steps=tuple(replace(each, **changed) if each.code == code else each for each in FOIA_MACHINE.steps),
    )


@pytest.mark.parametrize(
    "twin",
    [
        _without("extend", guards=()),
        _without("extend", frm=frozenset({"received", "extended"})),
        _without("deny", guards=()),
        _without("grant", guards=()),
    ],
    ids=["extends late", "extends twice", "names somebody", "releases unread"],
)
def test_broken_twins_are_caught(twin: Any) -> None:
    with pytest.raises((AssertionError, ExceptionGroup)):
        play(twin, 300)
