"""Requests taken in by anybody, seen by those in charge alone, and refused unless something says otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cases_support import INTAKE, filled, in_charge, sorted_as, step, take_in
from django.db import connections

from circumspect.offices.privacydesk import caseids, cases, deadlines, packets
from circumspect.offices.privacydesk.cases import NoSuchCaseError, PaperError, Upload
from circumspect.offices.privacydesk.cases_models import CaseAlarm, CaseCount, CaseEvent
from circumspect.offices.privacydesk.kinds import MACHINES
from circumspect.offices.privacydesk.machines import StepError
from circumspect.trust.door.errors import Refused

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.mark.clause("MP-7.12")
def test_anybody_takes_a_request_in_and_sees_nothing_of_it_afterwards(house: Any, clerk: Any):
    case = take_in(house, clerk, uploads=[Upload("order.pdf", b"%PDF sworn")])

    for look in (
        lambda: cases.list_cases(house, clerk),
        lambda: cases.open_case(house, clerk, case),
        lambda: cases.do(house, clerk, case, "sort", {"kind": "informal"}),
        lambda: cases.do(house, clerk, case, "refuse", {}),
        lambda: cases.add_paper(house, clerk, case, Upload("more.pdf", b"x")),
    ):
        with pytest.raises(Refused):
            look()


def test_those_in_charge_see_what_was_told_and_the_papers_as_they_came(house: Any, clerk: Any):
    case = take_in(house, clerk, uploads=[Upload("../or<b>der.pdf", b"\x00\xff sworn")])
    rosa = in_charge()

    seen = cases.open_case(house, rosa, case)

    assert seen.standing.intake == INTAKE
    assert [paper.name for paper in seen.papers] == ["orbder.pdf"]
    assert cases.read_paper(house, rosa, case, seen.papers[0].id).content == b"\x00\xff sworn"


def test_nothing_of_a_request_rests_in_the_clear(house: Any, clerk: Any):
    take_in(house, clerk, uploads=[Upload("Kowalczyk.pdf", b"in re Zielinska")])

    with connections["default"].cursor() as cursor:
        rows = []
        for table in ("cases_case", "cases_event", "cases_paper", "cases_alarm"):
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()
    raw = b"".join(
        bytes(each) if isinstance(each, bytes | memoryview) else str(each).encode()
        for row in rows
        for each in row
    )
    assert rows
    assert not any(word in raw for word in (b"Kowalczyk", b"Zielinska", b"4471083652", b"paper"))


@pytest.mark.parametrize("missing", ["what", "came_at", "urgent"])
def test_intake_names_what_is_missing_and_writes_nothing(house: Any, clerk: Any, missing: str):
    with pytest.raises(StepError) as problem:
        cases.take_in(house, clerk, {**INTAKE, missing: ""})

    assert list(problem.value.problems) == [missing]
    assert not CaseEvent.objects.exists()


def test_a_paper_that_is_empty_or_too_large_is_not_kept(house: Any, clerk: Any):
    for content in (b"", b"x" * (cases.MOST_PAPER_BYTES + 1)):
        with pytest.raises(PaperError):
            take_in(house, clerk, uploads=[Upload("a", content)])


def test_numbers_tell_no_order_and_read_back(house: Any, clerk: Any):
    made = [take_in(house, clerk) for _ in range(8)]

    assert sorted(made) != made or len(set(made)) == 8
    assert [caseids.id_of(caseids.number_of(case).lower()) for case in made] == made
    assert caseids.id_of("nonsense") is None


@pytest.mark.clause("MP-3.8")
def test_a_request_left_alone_releases_nothing_and_refusing_it_is_one_step(house: Any, clerk: Any):
    case, rosa = take_in(house, clerk), in_charge()
    cases.do(house, rosa, case, "sort", {"kind": "informal"})

    seen = cases.do(house, rosa, case, "refuse", {})

    assert seen.is_over
    assert seen.standing.state == "refused"
    assert CaseCount.objects.get().count == 1
    assert not CaseAlarm.objects.exists()


@pytest.mark.clause("MP-5.1")
def test_a_designation_that_ended_takes_no_further_step(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")

    for lapsed in (replace(rosa, active=False), replace(rosa, roles=frozenset({"desk"}))):
        with pytest.raises(Refused):
            step(house, lapsed, case, "check")

    assert cases.open_case(house, rosa, case).standing.state == "received"


def test_sorting_anew_begins_anew(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")
    assert step(house, rosa, case, "check").standing.state == "checked"

    seen = cases.do(house, rosa, case, "sort", {"kind": "subpoena"})

    assert seen.standing.state == "locked"
    assert "p_judge" not in seen.standing.known


@pytest.mark.clause("MP-3.10")
def test_one_point_in_doubt_sends_an_order_to_counsel(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")

    seen = step(house, rosa, case, "check", p_judge="no")

    assert seen.standing.state == "with_counsel"
    with pytest.raises(StepError):
        cases.do(house, rosa, case, "scope", {})


def test_what_is_hidden_on_a_form_cannot_be_typed(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")
    step(house, rosa, case, "check")

    with pytest.raises(StepError):
        cases.do(house, rosa, case, "scope", {"scope": '[[7,"loans",["item"],"",""]]'})


def test_counsel_who_was_not_reached_has_cleared_nothing(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")
    step(house, rosa, case, "check", p_judge="no")

    with pytest.raises(StepError, match="counsel has to be reached"):
        step(house, rosa, case, "recheck", counsel_reached="not")
    with pytest.raises(StepError, match="counsel has to be reached"):
        step(house, rosa, sorted_as(house, rosa, clerk, "agency_paper"), "to_counsel", counsel_reached="not")
    assert step(house, rosa, case, "recheck").standing.state == "received"


def test_a_day_for_complying_stands_once_however_often_the_paper_is_checked(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "court_order")
    step(house, rosa, case, "check", p_judge="no")
    step(house, rosa, case, "recheck")
    step(house, rosa, case, "check")

    assert [each.what for each in deadlines.of_cases(house, rosa)] == ["To be complied with"]


def test_preserved_is_no_end_without_saying_where(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "informal")

    with pytest.raises(StepError, match="preserved_under"):
        step(house, rosa, case, "end_preserved", preserved_under="")
    assert step(house, rosa, case, "end_preserved").is_over


# the gag


def test_a_sealed_case_is_there_for_the_named_alone(house: Any, clerk: Any):
    rosa, other = in_charge(), in_charge("executive_director")
    case = sorted_as(house, rosa, clerk, "sealed_process")
    empty = [each.id for each in cases.list_cases(house, other)]

    assert empty == []
    assert [each.id for each in cases.list_cases(house, rosa)] == [case]
    with pytest.raises(NoSuchCaseError):
        cases.open_case(house, other, case)
    with pytest.raises(NoSuchCaseError):
        cases.open_case(house, other, 4711)


def test_a_sealed_case_is_counted_when_the_gag_ends(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "sealed_process")
    cases.do(house, rosa, case, "refuse", {})
    assert not CaseCount.objects.exists()

    cases.end_gag(house, rosa, case)

    assert CaseCount.objects.get().count == 1


def test_who_may_see_a_case_is_kept_in_one_size(house: Any, clerk: Any):
    from circumspect.offices.privacydesk.cases_models import Case

    rosa = in_charge()
    take_in(house, clerk)
    sealed = sorted_as(house, rosa, clerk, "sealed_process")
    cases.put_gag(house, rosa, sealed, [1, 2, 3], house.today())

    assert len({len(bytes(row.sealed_access)) for row in Case.objects.all()}) == 1


# what a communication says


def _deposit(house: Any, rosa: Any, case: int) -> int:
    cases.add_paper(house, rosa, case, Upload("mailbox.mbox", b"From: somebody"), "content")
    return next(paper.id for paper in cases.open_case(house, rosa, case).papers if paper.role == "content")


@pytest.mark.clause("MP-6.2", "MP-6.4", "MP-6.5", "MP-6.6", "MP-6.7")
@pytest.mark.parametrize("ground", ["addressee", "consent", "inadvertent", "danger"])
def test_content_leaves_on_a_whole_ground_and_holds_no_record(house: Any, clerk: Any, ground: str):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "content")
    number = _deposit(house, rosa, case)
    found = MACHINES["content"].step(f"ground_{ground}")
    assert found is not None
    for field in found.fields:
        with pytest.raises(StepError) as lacking:
            cases.do(house, rosa, case, found.code, filled(found, **{field.name: ""}))
        assert list(lacking.value.problems) == [field.name]
    step(house, rosa, case, found.code)

    cases.do(
        house, rosa, case, "choose", {}, makes=lambda seen, *_: packets.choose(house, rosa, seen, [number])
    )
    step(house, rosa, case, "authorise")
    packet = packets.look(house, rosa, cases.open_case(house, rosa, case))

    assert packet.values == ()
    assert [name for _number, name, _sha in packet.papers] == ["mailbox.mbox"]
    delivery = MACHINES["content"].step("deliver")
    assert delivery is not None
    makes = lambda seen, *_: packets.check_delivery(house, rosa, seen)  # noqa: E731
    seen = cases.do(house, rosa, case, "deliver", filled(delivery), makes=makes)
    assert seen.standing.has_left
    assert packets.content_files(house, rosa, seen, packet)[0].content == b"From: somebody"


def test_content_can_name_nothing_but_what_was_deposited(house: Any, clerk: Any):
    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "content")
    cases.add_paper(house, rosa, case, Upload("order.pdf", b"%PDF"))
    paper = cases.open_case(house, rosa, case).papers[0].id
    step(house, rosa, case, "ground_addressee")

    for chosen in ([], [paper], [4711]):
        with pytest.raises(StepError):
            cases.do(
                house,
                rosa,
                case,
                "choose",
                {},
                makes=lambda seen, *_, c=chosen: packets.choose(house, rosa, seen, c),
            )
    assert all(each.makes != "scope" for each in MACHINES["content"].steps)


@pytest.mark.clause("MP-3.9")
def test_a_permission_reaches_its_own_patron_until_it_ends_or_is_taken_back(
    house: Any, clerk: Any, clock: Any
):
    from circumspect.offices.privacydesk.scopes import Line, Scope

    rosa = in_charge()
    case = sorted_as(house, rosa, clerk, "permission")
    step_of = {each.code: each for each in MACHINES["permission"].steps}
    cases.do(
        house, rosa, case, "identify", filled(step_of["identify"]), makes=lambda *_: {"own_patron": "11"}
    )
    step(house, rosa, case, "permit", permission_until="2026-11-30")

    def scope(patron: int) -> str:
        return Scope((Line(patron, "registration", frozenset({"given_name"})),)).to_text()

    with pytest.raises(StepError, match="not that of the person"):
        cases.do(house, rosa, case, "scope", {}, makes=lambda *_: {"scope": scope(12)})
    cases.do(house, rosa, case, "scope", {}, makes=lambda *_: {"scope": scope(11)})
    clock.forward(days=9)
    with pytest.raises(StepError, match="permission has ended"):
        cases.do(house, rosa, case, "cut", {}, makes=lambda *_: pytest.fail("read after it had ended"))
    seen = cases.do(house, rosa, case, "take_back", {})

    assert seen.standing.state == "taken_back"
    assert seen.is_over
