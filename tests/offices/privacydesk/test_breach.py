"""A breach: what was exposed follows from what was reachable, and no letter says how many are told."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from cases_support import in_charge, sorted_as, step
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from circumspect.offices.privacydesk import breach, cases, wording
from circumspect.offices.privacydesk.breach_rules import (
    ELEMENTS,
    LETTERS,
    ROWS,
    STORES,
    LetterKind,
    StatesTheNumberError,
    UnknownStoreError,
    exposed_by,
    is_over,
    letter_of,
)
from circumspect.offices.privacydesk.machines import StepError
from circumspect.records.patrons import cards
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

SECURITY = Path(__file__).resolve().parents[3] / "SECURITY.md"
DATABASES = ["default", "keys", "ledger"]
EVERYTHING = ["records", "key_store", "key_file"]


def threats() -> list[str]:
    """The first cells of SECURITY.md's table."""
    text = SECURITY.read_text(encoding="utf-8")
    rows = re.search(r"\| what falls .*?\n\|[-| ]+\n(.*?)\n\n", text, re.S)
    assert rows
    return [line.split("|")[1].strip() for line in rows[1].splitlines()]


def test_the_table_is_security_mds_row_for_row() -> None:
    """Neither may say something of a threat that the other has not thought of."""
    assert set(threats()) == {row.security for row in ROWS}
    assert {each for row in ROWS for each in row.needs} == set(STORES)
    assert {each for row in ROWS for each in row.exposes} == set(ELEMENTS)


@pytest.mark.clause("TH-1.23")
@pytest.mark.parametrize(
    ("reached", "letters"),
    [
        (["records"], ""),
        (["records", "ledger"], ""),
        (["records", "key_store"], ""),
        (["key_store", "key_file"], ""),
        (EVERYTHING, "2"),
        (["sip2_line"], "2"),
        (["server"], "2"),
        (["old_keys"], ""),
        (["old_keys", "old_records"], "2"),
        (["clerk"], ""),
        (["config", "erasures", "seat_key"], ""),
    ],
)
def test_only_keys_and_records_together_expose_anything(reached: list[str], letters: str) -> None:
    assert "".join(exposed_by(reached, collects_licences=False).letters) == letters


def test_licence_numbers_call_for_the_other_letter_too() -> None:
    assert exposed_by(EVERYTHING, collects_licences=True).letters == (LetterKind.IDENTITY, LetterKind.ACCOUNT)


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.sets(st.sampled_from(sorted(STORES))), st.sampled_from(sorted(STORES)))
def test_reaching_more_never_exposes_less(reached: set[str], one_more: str) -> None:
    before, after = (exposed_by(each, collects_licences=True) for each in (reached, reached | {one_more}))

    assert before.elements <= after.elements
    assert set(before.letters) <= set(after.letters)


def test_a_store_that_is_not_on_the_list_is_refused() -> None:
    with pytest.raises(UnknownStoreError):
        exposed_by(["the moon"], collects_licences=False)


@pytest.mark.parametrize(("affected", "over"), [(0, False), (500, False), (501, True)])
def test_the_attorney_general_is_told_of_more_than_the_threshold(affected: int, over: bool) -> None:
    assert is_over(affected, 500) is over


@pytest.mark.django_db(databases=DATABASES)
@pytest.mark.parametrize("kind", LetterKind)
def test_no_letter_states_how_many_are_affected(kind: LetterKind) -> None:
    words = wording.words(*LETTERS[kind])
    for affected in (1, 12, 345, 1877, 12345):
        assert letter_of(kind, words, affected=affected)

    for affected, said in (
        (12, "This concerns 12 people."),
        (1877, "This concerns 1,877 of our cardholders."),
        (1877, "We write to all 1877 of you."),
    ):
        with pytest.raises(StatesTheNumberError):
            letter_of(kind, {**words, "breach_end": said}, affected=affected)


@pytest.mark.django_db(databases=DATABASES)
def test_type_one_says_whom_to_ask_and_type_two_what_to_change() -> None:
    one, two = (" ".join(letter_of(kind, wording.words(*LETTERS[kind]), affected=7)) for kind in LetterKind)

    for must in (
        "Equifax",
        "Experian",
        "TransUnion",
        "Federal Trade Commission",
        "fraud alerts",
        "security freezes",
    ):
        assert must in one
    assert len(re.findall(r"1-8\d\d-\d{3}-\d{4}", one)) == 4
    assert "change your PIN" in two
    assert "elsewhere" in two


@pytest.fixture
def town(house: Any, clerk: Any) -> list[int]:
    """Three people: two with a PIN, one of them without an address."""
    people = [
        register(
            house,
            clerk,
            Registration("Lovelace", "Ada", street="12 Analytical Way", city="Elgin", region="IL"),
        ),
        register(house, clerk, Registration("Babbage", "Charles")),
        register(house, clerk, Registration("Somerville", "Mary", street="1 Sphere St", city="Elgin")),
    ]
    for patron in people[:2]:
        cards.set_pin(house, clerk, patron, "9041", circumstance=Circumstance.CARD_SCANNED)
    return people


def assessed(house: Any, who: Any, clerk: Any, reached: list[str]) -> int:
    case = sorted_as(house, who, clerk, "breach")
    said = {
        "breach_at": "2026-11-20 10:00",
        "discovered_at": "2026-11-23 09:00",
        "breach_what": "x",
        "breach_steps": "y",
    }
    cases.do(
        house, who, case, "assess", said, makes=lambda seen, *_: breach.assess(house, who, seen, reached)
    )
    return case


@pytest.mark.clause("TH-1.23")
@pytest.mark.django_db(databases=DATABASES)
def test_those_with_a_pin_are_counted_and_written_to_through_the_door(
    house: Any, clerk: Any, town: list[int]
) -> None:
    rosa = in_charge()
    case = assessed(house, rosa, clerk, EVERYTHING)
    step(house, rosa, case, "prepare")
    before = house.ledger.size()

    page = breach.letters(house, rosa, case, LetterKind.ACCOUNT, 1)

    assert cases.open_case(house, rosa, case).standing.known["affected"] == "2"
    text = " ".join(each.extract_text() for each in PdfReader(io.BytesIO(page.pdf)).pages)
    assert "Ada Lovelace" in text
    assert "Babbage" not in text
    assert "Somerville" not in text
    assert (page.pages, page.left_out) == (1, 1)
    entries = [each.body for each in house.ledger.entries(before, house.ledger.size())]
    assert [each["subjects"] for each in entries if each["series"] == "registration"] == [2]
    with pytest.raises(StepError):
        breach.letters(house, rosa, case, LetterKind.ACCOUNT, 2)
    with pytest.raises(StepError):
        breach.letters(house, rosa, case, LetterKind.IDENTITY, 1)


@pytest.mark.django_db(databases=DATABASES)
def test_nothing_is_written_before_the_wording_is_approved_and_never_by_others(
    house: Any, clerk: Any, town: list[int]
) -> None:
    rosa = in_charge()
    case = assessed(house, rosa, clerk, EVERYTHING)

    with pytest.raises(StepError):
        breach.letters(house, rosa, case, LetterKind.ACCOUNT, 1)
    for who in (clerk, in_charge("system"), in_charge("foia_officer")):
        with pytest.raises(Refused):
            breach.count_affected(house, who, [LetterKind.ACCOUNT])
        with pytest.raises(Refused):
            breach.letters(house, who, case, LetterKind.ACCOUNT, 1)


@pytest.mark.django_db(databases=DATABASES)
def test_notice_is_put_off_by_a_written_request_of_law_enforcement_alone(house: Any, clerk: Any) -> None:
    rosa = in_charge()
    case = assessed(house, rosa, clerk, EVERYTHING)
    good = {
        "delay_agency": "FBI",
        "delay_signed": "SA Roe",
        "delay_on": "2026-11-23",
        "delay_until": "2026-12-23",
        "delay_in_writing": "yes",
    }
    for wrong in (
        {"delay_in_writing": ""},
        {"delay_agency": ""},
        {"delay_until": "2026-11-23"},
        {"delay_signed": ""},
    ):
        with pytest.raises(StepError):
            cases.do(house, rosa, case, "delay", {**good, **wrong})

    assert cases.do(house, rosa, case, "delay", good).standing.state == "held_back"
