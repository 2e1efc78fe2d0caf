"""Preserve, don't produce: sealed, unseen, ninety days from the request, once more on a new one, and then noise."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from cases_support import in_charge, sorted_as, step

from circumspect import composition
from circumspect.offices.privacydesk import caseids, cases, copies, deadlines, preservation
from circumspect.offices.privacydesk.cases import Upload
from circumspect.offices.privacydesk.cases_models import CaseDeadline
from circumspect.offices.privacydesk.keeping_kinds import PRESERVATION_REQUEST
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.scopes import Line, Scope
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
NAME = frozenset({"given_name", "family_name"})


def makes(house: Any, who: Any, **more: str) -> Any:
    """As the desk's page does it."""

    def made(seen: Any, row: Any, typed: Any) -> Any:
        return {
            "scope": lambda: {"scope": more["scope"]},
            "copy": lambda: preservation.keep(house, who, seen, composition.collectors()),
            "renewal": lambda: preservation.renew(house, who, seen),
            "seat": lambda: preservation.take_out_of_service(house, who, seen, more["seat"]),
        }[row.makes]()

    return made


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    return register(house, clerk, Registration("Lovelace", "Ada", street="12 Analytical Way"))


@pytest.fixture
def rosa() -> Any:
    return in_charge("executive_director", "9")


def named(patron: int, fields: frozenset[str] = NAME) -> str:
    return Scope((Line(patron, "registration", fields),)).to_text()


def kept(house: Any, who: Any, clerk: Any, patron: int, requested_at: str = "2026-11-23 10:00") -> int:
    """A preservation, from intake to the sealed copy."""
    case = sorted_as(house, who, clerk, "preservation")
    step(house, who, case, "check", requested_at=requested_at)
    cases.do(house, who, case, "scope", {}, makes=makes(house, who, scope=named(patron)))
    cases.do(house, who, case, "keep", {}, makes=makes(house, who))
    return case


def checked_order(house: Any, who: Any, clerk: Any) -> str:
    order = sorted_as(house, who, clerk, "court_order")
    step(house, who, order, "check")
    return cases.open_case(house, who, order).number


def renewal(**other: str) -> dict[str, str]:
    return {
        "renewal_by": "Lt. Nowak",
        "renewed_at": "2027-02-01 09:00",
        "renewal_in_writing": "yes",
        **other,
    }


@pytest.mark.clause("MP-6.12")
def test_exactly_what_is_named_is_kept_and_outlives_the_patrons_own_record(house, clock, clerk, rosa, ada):
    """Forgetting goes on outside the copy; the copy is there on day 89, and holds what was named and no more."""
    case = kept(house, rosa, clerk, ada)
    order = checked_order(house, rosa, clerk)
    upkeep.forget_patron(house, Actor(ActorKind.JOB, "forget"), ada)
    clock.forward(days=89)
    preservation.end_over(house)

    [part] = preservation.open_on_process(house, rosa, case, order)

    assert part.series == "registration"
    assert sorted(part.rows) == [(1, 1, "family_name", "Lovelace"), (1, 1, "given_name", "Ada")]


@pytest.mark.clause("MP-6.12")
def test_day_ninety_is_counted_from_the_request_and_not_from_the_copy(house, clock, clerk, rosa, ada):
    case = kept(house, rosa, clerk, ada, requested_at="2026-11-20 15:30")

    [state] = preservation.living(case)

    assert state.ends_at == dt.datetime(2027, 2, 18, 21, 30, tzinfo=dt.UTC)
    assert sorted(CaseDeadline.objects.filter(case=case).values_list("due_on", flat=True)) == [
        dt.date(2027, 2, day) for day in (4, 11, 17, 18)
    ]


@pytest.mark.clause("MP-6.13")
def test_a_new_request_renews_it_once_to_day_one_hundred_and_eighty(house, clock, clerk, rosa, ada):
    case = kept(house, rosa, clerk, ada)
    clock.forward(days=75)

    cases.do(house, rosa, case, "renew", renewal(), makes=makes(house, rosa))

    [state] = preservation.living(case)
    assert state.ends_at - dt.datetime(2026, 11, 23, 16, tzinfo=dt.UTC) == dt.timedelta(days=180)
    due = [each.what for each in deadlines.of_cases(house, rosa)]
    assert len(due) == 4
    assert not any("unless" in words for words in due), "there is no second renewal to hope for"
    with pytest.raises(StepError):
        cases.do(house, rosa, case, "renew", renewal(renewed_at="2027-02-05 09:00"), makes=makes(house, rosa))


@pytest.mark.clause("MP-6.13")
@pytest.mark.parametrize(
    "wrong",
    [
        {"renewed_at": "2026-11-23 10:00"},  # the same request once more
        {"renewed_at": "2026-11-20 09:00"},
        {"renewed_at": "2027-03-20 09:00"},
        {"renewed_at": ""},
        {"renewal_in_writing": ""},
        {"renewal_by": ""},
    ],
)
def test_it_does_not_renew_itself_and_not_on_the_old_request(house, clock, clerk, rosa, ada, wrong):
    case = kept(house, rosa, clerk, ada)
    before = preservation.living(case)[0].ends_at
    clock.forward(days=75)

    with pytest.raises(StepError):
        cases.do(house, rosa, case, "renew", renewal(**wrong), makes=makes(house, rosa))

    assert preservation.living(case)[0].ends_at == before


@pytest.mark.clause("MP-6.14")
@pytest.mark.parametrize(
    "number", ["", "7K3F-9QMA-0T2X", "of the subpoena", "of the unchecked order", "of itself"]
)
def test_without_checked_process_nobody_opens_it_and_the_try_is_entered(house, clerk, rosa, ada, number):
    case = kept(house, rosa, clerk, ada)
    other = {
        "of the subpoena": lambda: sorted_as(house, rosa, clerk, "subpoena"),
        "of the unchecked order": lambda: sorted_as(house, rosa, clerk, "court_order"),
        "of itself": lambda: case,
    }.get(number)
    before = house.ledger.size()

    with pytest.raises(Refused):
        preservation.open_on_process(house, rosa, case, cases.caseids.number_of(other()) if other else number)

    last = [each.body for each in house.ledger.entries(before, house.ledger.size())][-1]
    assert (last["series"], last["outcome"]) == ("preserved", "refused")


def test_a_request_is_closed_as_preserved_only_under_a_number_that_keeps_something(
    house, clock, clerk, rosa, ada
):
    other = in_charge()
    gagged, order = kept(house, other, clerk, ada), sorted_as(house, rosa, clerk, "court_order")
    cases.put_gag(house, other, gagged, [int(other.id)], dt.date(2027, 1, 1))
    waiting = sorted_as(house, rosa, clerk, "preservation")
    case = kept(house, rosa, clerk, ada)

    number = caseids.number_of(case)
    as_typed = number.lower().replace("-", " ")
    spoken = sorted_as(house, rosa, clerk, "informal")
    closed = cases.do(
        house,
        rosa,
        spoken,
        "end_preserved",
        {"preserved_under": as_typed},
        makes=lambda _seen, _step, typed: preservation.check_kept(house, rosa, typed["preserved_under"]),
    )
    assert closed.standing.known["preserved_under"] == number, "in the file it stands as in every list"
    for none in (gagged, order, waiting, 4711):
        with pytest.raises(StepError, match="nothing is preserved under that number"):
            preservation.check_kept(house, rosa, caseids.number_of(none))
    clock.forward(days=91)
    with pytest.raises(StepError, match="has ended"):
        preservation.check_kept(house, rosa, number)
    preservation.end_over(house)
    with pytest.raises(StepError):
        preservation.check_kept(house, rosa, number)


@pytest.mark.clause("MP-6.14")
@pytest.mark.parametrize("point", ["p_judge", "p_particular", "p_period"])
def test_an_order_with_one_point_in_doubt_opens_nothing(house, clerk, rosa, ada, point):
    case = kept(house, rosa, clerk, ada)
    order = sorted_as(house, rosa, clerk, "court_order")
    step(house, rosa, order, "check", **{point: "no"})

    with pytest.raises(Refused):
        preservation.open_on_process(house, rosa, case, cases.caseids.number_of(order))


@pytest.mark.clause("MP-6.14", "MP-6.3")
@pytest.mark.parametrize(
    "role", ["system", "desk", "circulation_lead", "supervisor", "trustee", "foia_officer"]
)
def test_whoever_runs_the_machine_opens_it_not_even_with_process(house, clerk, rosa, ada, role):
    case = kept(house, rosa, clerk, ada)
    order = checked_order(house, rosa, clerk)

    with pytest.raises(Refused):
        preservation.open_on_process(house, in_charge(role), case, order)
    with pytest.raises(Refused):
        copies.read(house, in_charge(role), preservation.living(case)[0].copy_id, on_process=True)


def test_opening_it_is_a_step_of_the_case(house, clerk, rosa, ada):
    case = kept(house, rosa, clerk, ada)
    order = checked_order(house, rosa, clerk)

    preservation.open_on_process(house, rosa, case, order)

    assert cases.open_case(house, rosa, case).standing.did("opened")[0].values == {"process_case": order}


@pytest.mark.clause("MP-6.13", "TH-1.8")
def test_it_ends_by_itself_and_leaves_a_certificate_that_names_nobody(house, clock, clerk, rosa, ada):
    case = kept(house, rosa, clerk, ada)
    clock.forward(days=90)

    assert preservation.end_over(house) == 1

    seen = cases.open_case(house, rosa, case)
    [paper] = preservation.certificates(house, case)
    assert (seen.standing.state, seen.is_over) == ("ended", True)
    assert [part[0] for part in paper.parts] == ["registration"]
    assert "Lovelace" not in repr(paper)
    with pytest.raises(StepError):
        preservation.open_on_process(house, rosa, case, checked_order(house, rosa, clerk))
    assert preservation.end_over(house) == 0


@pytest.mark.clause("MP-6.12")
def test_no_step_shortens_it_and_none_can_be_taken_by_hand(house, clock, clerk, rosa, ada):
    """Not by refusing, not by withdrawing, not by saying that its time is over."""
    case = kept(house, rosa, clerk, ada)
    before = preservation.living(case)

    for code in ("refuse", "withdraw", "end", "check", "scope", "keep", "sort"):
        with pytest.raises(StepError):
            cases.do(
                house,
                rosa,
                case,
                code,
                {"destroyed_at": "2026-11-24 10:00", "kind": "informal"},
                makes=makes(house, rosa, scope=""),
            )

    assert preservation.living(case) == before


@pytest.mark.clause("MP-6.12")
def test_several_matters_keep_one_record_each_for_itself(house, clock, clerk, rosa, ada):
    first = kept(house, rosa, clerk, ada)
    clock.forward(days=30)
    second = kept(house, rosa, clerk, ada, requested_at="2026-12-23 10:00")
    clock.forward(days=60)

    assert preservation.end_over(house) == 1
    assert preservation.living(first) == []
    assert len(preservation.living(second)) == 1


def test_a_deposit_goes_into_the_copy_as_it_is_and_ends_with_it(house, clock, clerk, rosa, ada):
    case = kept(house, rosa, clerk, ada)
    content = b"From: ada\x00\xff<script>"
    preservation.deposit(house, rosa, case, Upload("mbox", content))

    parts = preservation.open_on_process(house, rosa, case, checked_order(house, rosa, clerk))

    assert [(each.name, each.content) for each in parts if each.series == "deposit"] == [("mbox", content)]
    clock.forward(days=90)
    with pytest.raises(StepError):
        preservation.deposit(house, rosa, case, Upload("late", b"x"))


@pytest.mark.parametrize("missing", [each.name for each in PRESERVATION_REQUEST if each.required])
def test_a_request_that_lacks_something_keeps_nothing(house, clerk, rosa, missing):
    case = sorted_as(house, rosa, clerk, "preservation")

    with pytest.raises(StepError) as problem:
        step(house, rosa, case, "check", **{missing: ""})

    assert list(problem.value.problems) == [missing]
    with pytest.raises(StepError):
        cases.do(house, rosa, case, "keep", {}, makes=makes(house, rosa))
    assert copies.states() == []
