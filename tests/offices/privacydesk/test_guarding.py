"""What a new request names is there for a few days, for a request to preserve and for nobody else.

The attacks: give a loan back while the request waits to be looked at; open the guard, in every role and on every paper;
take in request after request so that something never ends; learn from the desk or from one's own pages that there
is a guard. Twins that guard badly are caught by the same looks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from cases_support import INTAKE, in_charge, sorted_as, step

from circumspect import composition
from circumspect.faces.cli import tending
from circumspect.offices.privacydesk import cases, copies, guarding, preservation, promises
from circumspect.offices.privacydesk.access import hidden_from_patrons
from circumspect.offices.privacydesk.cases_models import QuietLook, SparedRecord
from circumspect.offices.privacydesk.copies_models import CopyPart, SealedCopy
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.scopes import Line, Scope, nameable
from circumspect.offices.retention import erasing
from circumspect.records.catalog.models import Branch, Collection, Item, ItemType, Title
from circumspect.records.circulation import lending
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import DoorError, Refused
from circumspect.trust.policy.request import Action, Role
from circumspect.trust.vault.crypto import TamperedError
from circumspect.trust.vault.errors import VaultError

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys", "ledger"]),
    pytest.mark.attack(8),
]
LOANS = frozenset({"item", "due_at"})


@pytest.fixture
def ada(house: Any, clerk: Any) -> int:
    return register(house, clerk, Registration("Lovelace", "Ada", street="12 Analytical Way"))


@pytest.fixture
def lend(house: Any, clerk: Any, ada: int) -> Any:
    """Lend Ada a copy; what it is called with goes into the title."""
    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    Collection.objects.get_or_create(code="adult", defaults={"name": "Adult"})
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})

    def lend(title: str) -> str:
        barcode = f"X{Item.objects.count():08d}"
        of = Title.objects.create(source_key=title, title=title)
        Item.objects.create(
            barcode=barcode, title=of, item_type_id="book", branch_id="main", collection_id="adult"
        )
        lending.check_out(house, clerk, ada, barcode, branch="main")
        return barcode

    return lend


def take_in(house: Any, who: Any, patron: int) -> int:
    return cases.take_in(house, who, INTAKE, patron=patron, keeps=composition.guard)


def give_back(house: Any, clerk: Any, barcode: str) -> None:
    lending.check_in(house, clerk, barcode, branch="main")


def preserved(house: Any, who: Any, case: int, scope: Scope) -> list[tuple[str, str]]:
    """Preserve on the same matter, by that scope, and open it on checked process: field and value."""
    made: Mapping[str, Any] = {
        "scope": lambda seen: {"scope": scope.to_text()},
        "copy": lambda seen: preservation.keep(house, who, seen, composition.collectors()),
    }
    cases.do(house, who, case, "sort", {"kind": "preservation"})
    step(house, who, case, "check", requested_at="2026-11-23 10:00")
    for code in ("scope", "keep"):
        cases.do(house, who, case, code, {}, makes=lambda seen, row, _typed: made[row.makes](seen))
    order = sorted_as(house, who, who, "court_order")
    step(house, who, order, "check")
    found = preservation.open_on_process(house, who, case, cases.caseids.number_of(order))
    return [(field, value) for part in found for _person, _record, field, value in part.rows]


def guards() -> list[SealedCopy]:
    return list(SealedCopy.objects.filter(kind=copies.GUARD, destroyed_at=None))


def opened_by_anybody(house: Any, copy_id: int) -> list[str]:
    """The attack: every role, and all of them together, by every action, with and without process."""
    found = []
    for roles in [*({role} for role in Role), set(Role)]:
        who = replace(in_charge(), roles=frozenset(str(each) for each in roles))
        for action in (Action.VIEW, Action.USE, Action.DISCLOSE, Action.EXPORT):
            for on_process in (False, True):
                try:
                    copies.read(house, who, copy_id, action=action, on_process=on_process)
                    found.append(f"{sorted(who.roles)} {action}")
                except DoorError:
                    pass
    return found


@pytest.mark.clause("MP-3.7", "MP-6.12")
def test_what_was_there_when_a_request_came_in_can_be_preserved_on_that_matter(
    house, clock, clerk, ada, lend
):
    """A loan is given back, and its borrower forgotten, before anybody in charge has looked. And no more than its scope."""
    book = lend("A Book That Comes Back")
    rosa = in_charge("executive_director", "9")
    case = take_in(house, clerk, ada)
    clock.forward(hours=20)
    give_back(house, clerk, book)
    lend("A Book That Is Still Out")

    found = preserved(house, rosa, case, Scope((Line(ada, "loans", LOANS),)))

    assert [value for field, value in found if field == "item"] == [
        "A Book That Is Still Out (X00000001)",
        "A Book That Comes Back (X00000000)",
    ]
    assert {field for field, _value in found} == LOANS


def test_whoever_was_forgotten_meanwhile_is_preserved_as_they_were(house, clock, clerk, ada):
    rosa = in_charge("executive_director", "9")
    case = take_in(house, clerk, ada)
    lead = in_charge("circulation_lead", "8")
    assert erasing.erase_on_request(house, lead, ada, circumstance=None).is_done, (
        "the guard stands against nothing"
    )

    names = frozenset({"given_name"})
    found = preserved(house, rosa, case, Scope((Line(ada, "registration", names),)))

    assert found == [("given_name", "Ada")]


def test_another_matter_takes_nothing_up_and_days_cut_the_guarded_as_well(house, clock, clerk, ada, lend):
    rosa = in_charge("executive_director", "9")
    book = lend("A Book That Comes Back")
    first, second = take_in(house, clerk, ada), cases.take_in(house, clerk, INTAKE)
    give_back(house, clerk, book)
    day = house.today()

    assert preserved(house, rosa, second, Scope((Line(ada, "loans", LOANS),))) == []
    assert preserved(house, rosa, first, Scope((Line(ada, "loans", LOANS, day, day),))) == []


@pytest.mark.clause("MP-6.14", "MP-3.8")
def test_nobody_opens_a_guard_by_no_role_and_on_no_paper(house, clerk, ada):
    case = take_in(house, clerk, ada)
    [guard] = guards()
    before = house.ledger.size()

    assert opened_by_anybody(house, guard.id) == []
    tries = [each.body for each in house.ledger.entries(before, house.ledger.size())]
    assert len(tries) == (len(Role) + 1) * 8
    assert {each["outcome"] for each in tries} == {"refused"}
    for who in (clerk, in_charge("system")):
        with pytest.raises(Refused):
            guarding.take_up(house, who, case)


def test_a_twin_that_treats_a_guard_as_a_preservation_is_caught(house, clerk, ada):
    take_in(house, clerk, ada)
    [guard] = guards()

    with mock.patch.object(copies, "GUARD", "no such kind"):
        assert opened_by_anybody(house, guard.id)


@pytest.mark.clause("MP-6.13", "TH-1.8")
def test_however_many_requests_come_in_what_was_forgotten_is_gone_three_days_later(
    house, clock, clerk, ada, lend
):
    """A clerk takes in a request every day: each copies what there is then, and prolongs nothing."""
    assert _still_there_after(house, clock, clerk, ada, lend) == []
    assert len(guards()) == 3, "those of the last three days"


def test_a_twin_whose_guards_last_as_long_as_requests_come_is_caught(house, clock, clerk, ada, lend):
    real = guarding.guard

    def prolonging(house: Any, case: int, patron: int, collectors: Any) -> None:
        real(house, case, patron, collectors)
        until = house.clock() + dt.timedelta(days=3)
        for row in guards():
            house.vault.prolong_subject(row.id, until.date() + dt.timedelta(days=1))
            SealedCopy.objects.filter(id=row.id).update(ends_at=int(until.timestamp()))

    with mock.patch.object(guarding, "guard", prolonging):
        assert _still_there_after(house, clock, clerk, ada, lend) != []


def _still_there_after(house: Any, clock: Any, clerk: Any, ada: int, lend: Any) -> list[str]:
    """Of guards, those that a person in charge could still take the returned book up from."""
    rosa, book = in_charge(), lend("A Book That Comes Back")
    taken = [take_in(house, clerk, ada)]
    give_back(house, clerk, book)
    for _ in range(4):
        clock.forward(days=1)
        taken.append(take_in(house, clerk, ada))
        guarding.end_guards(house)
    found = []
    for case in taken:
        rows = guarding.take_up(house, rosa, case).get("loans", [])
        found += [values["item"] for _since, values in rows]
    return found


@pytest.mark.clause("MP-6.13")
def test_a_guard_ends_by_itself_leaves_nothing_and_cannot_be_prolonged_or_made_twice(
    house, clock, clerk, ada
):
    rosa = in_charge()
    case = take_in(house, clerk, ada)
    [guard] = guards()
    composition.guard(house, case, ada)

    assert [each.id for each in guards()] == [guard.id]
    with pytest.raises(copies.CopyOverError):
        copies.prolong(house, rosa, guard.id, house.clock() + dt.timedelta(days=30))
    clock.forward(days=3)
    assert guarding.take_up(house, rosa, case) == {}, "at its second, though nothing ran"
    clock.forward(days=2)
    with pytest.raises(VaultError):
        house.vault.sealer(guard.id)
    assert not CopyPart.objects.exists()
    assert not SealedCopy.objects.exists()


def test_its_end_is_counted_and_promised_and_other_copies_go_on(house, clock, clerk, ada):
    rosa = in_charge("executive_director", "9")
    preserved(
        house,
        rosa,
        take_in(house, clerk, ada),
        Scope((Line(ada, "registration", frozenset({"city", "street"})),)),
    )
    assert promises.copies_end(house).said == "No preserved copy and no guard of a request is past its end."
    clock.forward(days=3)

    assert "1 preserved copies or guards" in promises.copies_end(house).said
    assert promises.copies_end(house).kept, "a round will come by"
    clock.forward(hours=25)
    assert not promises.copies_end(house).kept
    assert "1" in promises.copies_end(house).said
    assert guarding.end_guards(house) == 1
    assert promises.copies_end(house).kept
    assert [each.kind for each in SealedCopy.objects.all()] == [copies.PRESERVATION]


def test_whatever_a_paper_may_name_is_guarded(house, clerk, ada):
    """The guard asks for all of it at once: a kind of record that it may not keep would leave all of it unkept."""
    before = house.ledger.size()
    take_in(house, clerk, ada)

    entries = [each.body for each in house.ledger.entries(before, house.ledger.size())]
    asked = {
        each["series"]: set(each["fields"]) for each in entries if each["purpose"] == "take in a request"
    }
    wanted = nameable(house.home.fields_on, composition.collectors())
    assert {each["outcome"] for each in entries} == {"allowed"}
    assert {series: asked[series] for series in wanted} == {
        series: set(names) for series, names in wanted.items()
    }


def test_a_door_that_stays_shut_for_the_guard_undoes_no_intake(house, clerk, ada):
    with mock.patch.object(guarding, "gather", side_effect=Refused(mock.Mock(clauses=("MP-3.1",)))):
        case = take_in(house, clerk, ada)

    assert cases.open_case(house, in_charge(), case).standing.intake["patron"] == str(ada)
    assert guards() == []


# the patron's page


def looks(house: Any, patron: int) -> list[str]:
    found = house.ledger.entries_for_links(list(house.vault.links("ledger", patron).items()), 1000)
    is_hidden = hidden_from_patrons(house)
    return [each.body["actor"] for each in found if not is_hidden(each.index, each.body)]


@pytest.mark.attack(10)
@pytest.mark.parametrize("sealed", [False, True])
def test_its_look_is_shown_when_the_guard_has_ended_or_the_gag_if_there_is_one(
    house, clock, clerk, ada, sealed
):
    """Until somebody in charge has had those days, nobody can say whether the paper binds to silence."""
    rosa, before = in_charge(), looks(house, ada)
    case = take_in(house, clerk, ada)
    if sealed:
        cases.do(house, rosa, case, "sort", {"kind": "sealed_process"})
    guarding.end_guards(house)

    assert looks(house, ada) == before
    clock.forward(days=3)
    guarding.end_guards(house)
    shown = [each for each in looks(house, ada) if each == "job:guarding"]
    assert bool(shown) is not sealed
    if sealed:
        cases.end_gag(house, rosa, case)
    assert "job:guarding" in looks(house, ada)
    assert not QuietLook.objects.exists()


# a letter, a report of behaviour


@pytest.mark.clause("MP-6.12", "MP-6.13")
def test_a_letter_and_a_report_that_are_named_stay_until_the_copy_ends_and_no_longer(
    house, clock, clerk, ada
):
    from circumspect.records.incidents.models import Incident
    from circumspect.records.inquiries import answering
    from circumspect.records.inquiries import tending as letters
    from circumspect.records.inquiries.intake import Letter, send_in
    from circumspect.records.inquiries.rules import Kind, NoSuchLetterError
    from circumspect.records.inquiries.shelves import Sender, Text

    rosa = in_charge("executive_director", "9")
    case = take_in(house, clerk, ada)
    preserved(house, rosa, case, Scope((Line(ada, "registration", frozenset({"city", "street"})),)))
    letter = send_in(house, Letter(Kind.QUESTION, Text("", "Maps?", ()), Sender()), patron=ada)
    answering.close(house, in_charge("reference"), letter)
    Incident.objects.create(
        id=5,
        kind="noise",
        branch="main",
        happened_on="2019-01-01",
        reported_on="2019-01-01",
        reported_by=1,
        sealed_account=b"x",
        sealed_description=b"x",
    )
    for series, number in (("letter", letter), ("report", 5)):
        cases.do(
            house,
            rosa,
            case,
            "spare",
            {"spared_series": series, "spared_number": str(number)},
            makes=lambda seen, _row, typed: preservation.spare(house, seen, typed),
        )
    with pytest.raises(StepError):
        preservation.spare(
            house, cases.open_case(house, rosa, case), {"spared_series": "letter", "spared_number": "9"}
        )

    assert letters.forget_letters_of(house, ada, spare=composition.spared_letters(house)) == 0
    clock.forward(days=80)
    assert forgotten(house) == (0, 0)
    with pytest.raises(NoSuchLetterError):
        answering.see_letter(house, in_charge("reference"), letter)
    clock.forward(days=10)
    assert forgotten(house) == (1, 1)


def forgotten(house: Any) -> tuple[int, int]:
    """What the rounds let go of: letters, reports."""
    parts = tending._parts(sweep=False)
    parts["letters and reports no longer spared"](house)
    return parts["letters forgotten"](house), parts["reports of behaviour forgotten"](house)


def test_where_it_cannot_be_read_what_is_spared_nothing_is_forgotten(house):
    SparedRecord.objects.create(id=1, until=2**40, sealed_record=b"\x01 damaged")

    with pytest.raises(TamperedError):
        composition.spared_letters(house)
