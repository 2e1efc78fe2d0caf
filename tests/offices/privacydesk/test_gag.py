"""A look made for a case under a gag leaves no trace on the patron's page until the gag ends.

The attack: two patrons alike, one of them looked up and disclosed for a sealed case, by somebody who also works on an
open one. What the patron's page would be drawn from is compared, entry for entry, with and without.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from cases_support import filled, in_charge, sorted_as, step, take_in

from circumspect.offices.privacydesk import access, caseids, cases, deadlines, tipline
from circumspect.offices.privacydesk.access import GagError, hidden_from_patrons, shown_to_patron
from circumspect.offices.privacydesk.cases_models import QuietLook
from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.policy.request import Action, Circumstance, Purpose

pytestmark = [pytest.mark.django_db(databases=["default", "keys", "ledger"]), pytest.mark.attack(10)]


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    return register(house, clerk, Registration("Zielińska", "Ada", card_number="21234000000018"))


def look(house: Any, who: Any, patron: int) -> None:
    house.door.ask(
        who,
        action=Action.VIEW,
        purpose=Purpose.FIND,
        series="registration",
        subjects=[patron],
        fields={"given_name"},
        circumstance=Circumstance.CASE,
    )


def page(house: Any, patron: int) -> list[tuple[int, dict[str, Any]]]:
    """What the patron's page is drawn from: entries about them, less what a gag hides."""
    links = list(house.vault.links("ledger", patron).items())
    found = house.ledger.entries_for_links(links, 1000)
    return [(index, dict(body)) for index, body in shown_to_patron(house, [(e.index, e.body) for e in found])]


def quiet_look(house: Any, who: Any, case: int, patron: int) -> None:
    _row, gag = cases.case_row(house, who, case)
    with access.quietly(house, who, case, gag):
        look(house, who, patron)


def test_a_gagged_look_leaves_no_trace_until_the_gag_ends(house: Any, clerk: Any, ada: int):
    rosa = in_charge()
    sealed = sorted_as(house, rosa, clerk, "sealed_process")
    before = page(house, ada)

    quiet_look(house, rosa, sealed, ada)
    assert page(house, ada) == before
    cases.end_gag(house, rosa, sealed)

    assert len(page(house, ada)) == len(before) + 1
    assert not QuietLook.objects.exists()


def test_a_look_for_an_open_case_shows_at_once(house: Any, clerk: Any, ada: int):
    rosa = in_charge()
    quiet_look(house, rosa, sorted_as(house, rosa, clerk, "sealed_process"), ada)
    before = page(house, ada)

    quiet_look(house, rosa, sorted_as(house, rosa, clerk, "court_order"), ada)

    assert len(page(house, ada)) == len(before) + 1


def test_desk_work_beside_it_shows_as_always(house: Any, clerk: Any, ada: int):
    """In the very span of a gagged look a clerk scans the card: that look is shown."""
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    _row, gag = cases.case_row(house, rosa, case)
    before = page(house, ada)

    with access.quietly(house, rosa, case, gag):
        look(house, rosa, ada)
        house.door.ask(
            clerk,
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="registration",
            subjects=[ada],
            fields={"given_name"},
            circumstance=Circumstance.CARD_SCANNED,
        )

    assert [body["actor"] for _index, body in page(house, ada)[len(before) :]] == [f"staff:{clerk.id}"]


def test_a_process_that_died_in_the_middle_shows_nothing(house: Any, clerk: Any, ada: int, clock: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    before = page(house, ada)
    _row, gag = cases.case_row(house, rosa, case)

    span = access.quietly(house, rosa, case, gag)
    span.__enter__()
    look(house, rosa, ada)

    assert page(house, ada) == before
    assert access.close_broken(house) == 0, "it may be at work still"
    clock.forward(minutes=16)
    assert access.close_broken(house) == 1
    assert page(house, ada) == before
    quiet_look(house, rosa, sorted_as(house, rosa, clerk, "court_order"), ada)
    assert len(page(house, ada)) == len(before) + 1


def test_a_twin_that_notes_the_look_afterwards_is_caught(house: Any, clerk: Any, ada: int):
    """The broken twin: between the look and its note the patron's page tells."""
    rosa = in_charge()
    sorted_as(house, rosa, clerk, "sealed_process")
    before = page(house, ada)

    look(house, rosa, ada)

    assert page(house, ada) != before


def test_a_refused_try_for_a_sealed_case_is_hidden_too(house: Any, clerk: Any, ada: int):
    from circumspect.trust.door.errors import Refused

    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    _row, gag = cases.case_row(house, rosa, case)
    before = page(house, ada)

    with pytest.raises(Refused), access.quietly(house, rosa, case, gag):
        house.door.ask(
            rosa,
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="registration",
            subjects=[ada],
            fields={"given_name"},
            circumstance=Circumstance.CASE,
        )

    assert page(house, ada) == before


def test_what_is_kept_of_hidden_looks_is_of_one_size_and_says_nothing(house: Any, clerk: Any, ada: int):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    for _ in range(3):
        quiet_look(house, rosa, case, ada)

    blobs = [bytes(row.sealed_span) for row in QuietLook.objects.all()]
    assert len({len(blob) for blob in blobs}) == 1
    assert not any(str(case).encode() in blob or b"staff" in blob for blob in blobs)


def test_the_question_costs_one_statement_with_a_gag_and_without(
    house: Any, clerk: Any, ada: int, django_assert_num_queries: Any
):
    with django_assert_num_queries(1):
        hidden_from_patrons(house)
    rosa = in_charge()
    quiet_look(house, rosa, sorted_as(house, rosa, clerk, "sealed_process"), ada)

    with django_assert_num_queries(1):
        hidden_from_patrons(house)


# when it is looked at again


def reviews(house: Any, who: Any) -> list[dt.date]:
    return [each.due_on for each in deadlines.of_cases(house, who) if each.is_gag]


def test_a_gag_is_looked_at_again_also_when_its_case_is_over(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    [day] = reviews(house, rosa)

    cases.do(house, rosa, case, "refuse", {})
    deadlines.done(house, rosa, caseids.number_of(case), day)
    assert reviews(house, rosa) == [day]

    cases.end_gag(house, rosa, case)
    assert reviews(house, rosa) == []


def test_when_a_gag_is_looked_at_again_is_the_librarys_to_set(house: Any, clerk: Any):
    house.home.config["privacy_desk"] = {"gag_review_days": 60}

    sorted_as(house, rosa := in_charge(), clerk, "sealed_process")

    assert reviews(house, rosa) == [house.today() + dt.timedelta(days=60)]


def test_a_gag_is_given_others_to_see_it_and_another_day_while_it_stands(house: Any, clerk: Any):
    rosa, dora = in_charge(), in_charge("executive_director")
    case = sorted_as(house, rosa, clerk, "sealed_process")
    later = house.today() + dt.timedelta(days=30)

    cases.put_gag(house, rosa, case, [int(dora.id)], later)

    assert [each.id for each in cases.list_cases(house, dora)] == [case]
    assert reviews(house, dora) == [later]
    with pytest.raises(GagError):
        cases.put_gag(house, rosa, case, [], house.today() - dt.timedelta(days=1))
    assert reviews(house, dora) == [later]


def test_a_paper_that_seals_itself_is_there_for_the_director_too(house: Any, clerk: Any):
    rosa, dora = in_charge(), in_charge("executive_director")
    case = take_in(house, clerk)
    cases.do(house, rosa, case, "sort", {"kind": "sealed_process"}, also_named=[int(dora.id)])

    assert [each.id for each in cases.list_cases(house, dora)] == [case]


def test_what_was_reported_to_the_tipline_keeps_its_last_day_when_it_is_closed(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "tipline")
    step(house, rosa, case, "found")
    step(house, rosa, case, "attorney")

    def makes(seen: Any, _step: Any, typed: Any) -> Any:
        return tipline.report(house, rosa, seen, typed)

    form = filled(MACHINES["tipline"].step("report"))
    until = cases.do(house, rosa, case, "report", form, makes=makes).standing.known["keep_until"]
    assert cases.do(house, rosa, case, "close", {}).is_over

    assert [str(each.due_on) for each in deadlines.of_cases(house, rosa)] == [until]
