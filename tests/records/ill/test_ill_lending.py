"""From a wish to the book's way home, on both databases: the lender sees the library, and the tie is cut early."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, connections, transaction

from circumspect.records.catalog.models import Item, Title
from circumspect.records.catalog.search import search
from circumspect.records.circulation import lending
from circumspect.records.circulation.models import Loan, LoanRule
from circumspect.records.circulation.returning import Message
from circumspect.records.holds import lists, placing
from circumspect.records.holds import tending as holds_tending
from circumspect.records.holds.models import Hold, VisitingCopy
from circumspect.records.ill import asking, tending, working
from circumspect.records.ill.asking import NoSuchRequestError, NotAsked
from circumspect.records.ill.citations import Citation, CitationError
from circumspect.records.ill.models import IllRequest, IllTally
from circumspect.records.ill.states import Stage, WrongStepError
from circumspect.records.ill.working import LenderForm, Worked
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import NoticeWord
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance
from circumspect.trust.vault.wiping import wipe_owed

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys", "ledger"]),
    pytest.mark.usefixtures("libraries"),
]
SCANNED = Circumstance.CARD_SCANNED
TRACES = ("Zielińska", "Ada", "21234000000018")


def kinds() -> dict[str, int]:
    """What was counted."""
    return dict(IllTally.objects.values_list("kind", "count"))


def stages(house, clerk) -> list[Stage]:
    """Of every request on the work list."""
    return [line.stage for line in working.work_list(house, clerk)]


@pytest.mark.clause("MP-4.11")
def test_a_request_rests_sealed_under_a_link(house, clerk, ada, request_of, citation):
    number = request_of(ada)

    row = IllRequest.objects.get()
    cells = b"".join(bytes(cell) for cell in (row.sealed_citation, row.link, row.back))
    assert b"fasoli" not in cells
    assert ada.to_bytes(8, "big") not in cells
    [own] = asking.requests_of(house, clerk, ada, circumstance=SCANNED)
    assert (own.request_id, own.citation, own.stage) == (number, citation, Stage.REQUESTED)
    assert kinds() == {"asked": 1}


@pytest.mark.clause("MP-4.11")
def test_the_lender_sees_the_library_and_never_the_patron(house, clerk, ada, request_of, citation):
    number = request_of(ada)
    working.send(house, clerk, number, lender="CHIPL")
    before = house.ledger.size()

    form = working.lender_form(house, clerk, number)

    assert form.citation == citation
    assert (form.library, form.lender) == ("Test Library", "Chicago Public")
    assert {field.name for field in fields(LenderForm)} == {
        "number", "asked_on", "citation", "lender", "lender_address", "library", "institution",
    }  # fmt: skip
    text = str(asdict(form))
    assert [trace for trace in (*TRACES, str(ada)) if trace in text] == []
    [entry] = house.ledger.entries(before, house.ledger.size())
    assert (entry.body["action"], entry.body["series"], entry.body["purpose"]) == (
        "view",
        "ill",
        "work a list",
    )


@pytest.mark.clause("MP-4.11", "TH-1.21")
def test_once_the_book_is_here_the_request_knows_nobody(house, clerk, ada, here, citation):
    number, arrived = here(ada)

    row = IllRequest.objects.get(id=number)
    assert (row.link, row.back, row.epoch, row.sealed_citation) == (None, None, None, None)
    assert arrived.trapped.on_shelf
    assert len(arrived.trapped.pickup_code) == 4
    [hold] = placing.open_holds(house, ada)
    assert (hold.title, hold.state, hold.pickup_code) == (
        citation.title,
        "on_shelf",
        arrived.trapped.pickup_code,
    )
    assert asking.requests_of(house, clerk, ada, circumstance=SCANNED) == []
    with pytest.raises(NoSuchRequestError):
        working.lender_form(house, clerk, number)


@pytest.mark.clause("MP-4.11")
def test_the_database_itself_refuses_a_request_with_a_patron_and_a_copy(house, clerk, ada, here):
    number, _ = here(ada)
    link = house.vault.link("ill", ada)

    with pytest.raises(IntegrityError), transaction.atomic():
        IllRequest.objects.filter(id=number).update(link=link.token, back=link.back, epoch=link.epoch)


@pytest.mark.clause("MP-4.11", "TH-1.21")
def test_a_book_from_wish_to_way_home(house, clerk, ada, here):
    """Held, lent, brought back and sent home, at the desk and by its number; a count is what stays."""
    number, arrived = here(ada)
    assert stages(house, clerk) == [Stage.ON_SHELF]
    lent = lending.check_out(house, clerk, ada, arrived.barcode, branch="main")
    assert isinstance(lent, lending.CheckedOut)
    assert stages(house, clerk) == [Stage.LENT]
    assert not Hold.objects.exists()
    with pytest.raises(WrongStepError):
        working.send_back(house, clerk, number)
    back = lending.check_in(house, clerk, arrived.barcode, branch="main")
    assert back.messages == (Message.GOES_HOME,), (
        "whoever takes it back is told that it is no book for the shelf"
    )
    assert stages(house, clerk) == [Stage.RETURNED]

    assert working.send_back(house, clerk, number) == "Chicago Public"

    for table in (IllRequest, VisitingCopy, Hold, Loan, Item, Title):
        assert not table.objects.exists(), table
    assert kinds() == {"asked": 1, "sent": 1, "arrived": 1, "sent_back": 1}


def test_no_loan_or_renewal_goes_beyond_the_lenders_day(house, clerk, ada, here):
    LoanRule.objects.create(period=21, renewals=5, max_items=50)
    _, arrived = here(ada, days=10)
    day = house.today() + dt.timedelta(days=10)

    lent = lending.check_out(house, clerk, ada, arrived.barcode, branch="main")

    zone = lending.zone_of(house)
    assert dt.datetime.fromtimestamp(lent.due_at, zone).date() == day
    renewed = lending.renew(house, clerk, ada, arrived.barcode, branch="main")
    due = renewed.due_at if isinstance(renewed, lending.CheckedOut) else lent.due_at
    assert dt.datetime.fromtimestamp(due, zone).date() == day


def test_a_book_unpacked_elsewhere_travels_to_where_it_will_be_picked_up(house, clerk, ada, here):
    _, arrived = here(ada, branch="east")

    assert (arrived.trapped.on_shelf, arrived.trapped.pickup_branch) == (False, "main")
    assert stages(house, clerk) == [Stage.IN_TRANSIT]
    back = lending.check_in(house, clerk, arrived.barcode, branch="main")
    assert back.hold.on_shelf
    assert stages(house, clerk) == [Stage.ON_SHELF]


def test_a_book_that_nobody_picks_up_goes_home(house, clerk, clock, ada, here):
    number, _arrived = here(ada)
    clock.forward(days=8)
    holds_tending.expire(house)
    [left] = lists.left_over(house, clerk, branch="main")

    lending.check_in(house, clerk, left.barcode, branch="main")

    assert stages(house, clerk) == [Stage.RETURNED]
    working.send_back(house, clerk, number)
    assert not Item.objects.exists()


def test_a_book_of_another_librarys_is_in_no_search(house, clerk, ada, here, citation):
    here(ada)

    assert search(citation.title) == []
    assert search("fasoli") == []


def test_another_library_is_asked_where_the_first_says_no(house, clerk, ada, request_of):
    number = request_of(ada)
    working.send(house, clerk, number, lender="CHIPL")
    with pytest.raises(WrongStepError):
        working.send(house, clerk, number, lender="EVANS")
    working.take_back(house, clerk, number)
    working.send(house, clerk, number, lender="EVANS")

    assert working.work_list(house, clerk)[0].lender == "Evanston Public"


@pytest.mark.clause("TH-1.21")
def test_a_request_that_no_library_fills_is_gone_and_its_patron_is_told(house, clerk, ada, request_of):
    number = request_of(ada)

    working.not_filled(house, clerk, number)

    assert not IllRequest.objects.exists()
    assert [(word.kind, word.series) for word in NoticeWord.objects.all()] == [("hold_cancelled", "ill")]
    with pytest.raises(NoSuchRequestError):
        working.not_filled(house, clerk, number)


@pytest.mark.clause("TH-1.21")
def test_a_cancelled_request_is_gone(house, clerk, ada, ben, request_of):
    number = request_of(ada)
    with pytest.raises(NoSuchRequestError):
        asking.cancel(house, clerk, ben, number, circumstance=SCANNED)

    asking.cancel(house, clerk, ada, number, circumstance=SCANNED)

    assert not IllRequest.objects.exists()
    assert kinds() == {"asked": 1, "cancelled": 1}


def test_what_stops_a_request_is_said_plainly(house, clerk, ada, request_of, citation):
    with pytest.raises(CitationError, match="pickup_branch"):
        asking.ask(house, clerk, ada, citation, pickup_branch="nowhere", circumstance=SCANNED)
    for number in range(5):
        request_of(ada, Citation(f"Volume {number}"))
    upkeep.set_block(house, clerk, ada, BlockKind.SEE_LEAD, circumstance=SCANNED)

    answer = asking.ask(house, clerk, ada, citation, pickup_branch="main", circumstance=SCANNED)

    assert isinstance(answer, NotAsked)
    assert len(answer.hindrances) == 2
    assert IllRequest.objects.count() == 5


@pytest.mark.parametrize(
    ("barcode", "days", "field"),
    [
        ("21234000000026", 30, "barcode"),
        ("", 30, "barcode"),
        ("X00000001", 30, "barcode"),
        ("ILL1", 0, "due_on"),
    ],
)
def test_a_book_that_cannot_be_taken_in_changes_nothing(
    house, clerk, ada, request_of, arrive, own_copy, barcode, days, field
):
    number = request_of(ada)
    working.send(house, clerk, number, lender="CHIPL")

    with pytest.raises(CitationError) as problem:
        arrive(number, barcode=barcode, days=days)

    assert problem.value.field == field
    assert stages(house, clerk) == [Stage.SENT]
    assert not Hold.objects.exists()
    assert Item.objects.count() == 1


def test_a_book_that_was_not_sent_for_cannot_arrive(house, clerk, ada, request_of, arrive):
    with pytest.raises(WrongStepError):
        arrive(request_of(ada))
    with pytest.raises(NoSuchRequestError):
        arrive(1)


@pytest.mark.clause("MP-2.2")
def test_requests_are_worked_by_those_at_the_desk(house, clerk, ada, request_of, arrive):
    number = request_of(ada)
    for role in ("reference", "finance", "trustee", "communications"):
        other = Actor(ActorKind.STAFF, "7", frozenset({role}), True, clerk.signed_version)
        for work in (
            lambda actor: working.work_list(house, actor),
            lambda actor: working.lender_form(house, actor, number),
            lambda actor: working.send(house, actor, number, lender="CHIPL"),
            lambda actor: working.not_filled(house, actor, number),
            lambda actor: asking.requests_of(house, actor, ada, circumstance=SCANNED),
            lambda actor: asking.cancel(house, actor, ada, number, circumstance=SCANNED),
        ):
            with pytest.raises(Refused):
                work(other)
    assert stages(house, clerk) == [Stage.REQUESTED]


def test_patrons_see_and_cancel_their_own(house, ada, ben, request_of):
    number = request_of(ada)
    signed_in = Circumstance.OWN_SIGN_IN
    herself = Actor(ActorKind.PATRON, str(ada))

    assert len(asking.requests_of(house, herself, ada, circumstance=signed_in)) == 1
    with pytest.raises(Refused):
        asking.requests_of(house, Actor(ActorKind.PATRON, str(ben)), ada, circumstance=signed_in)
    asking.cancel(house, herself, ada, number, circumstance=signed_in)
    assert not IllRequest.objects.exists()


# what becomes of them by themselves


def test_open_requests_are_tied_to_today_before_their_epoch_dies(house, clerk, clock, ada, ben, request_of):
    for patron in (ada, ada, ben):
        request_of(patron)
    clock.forward(days=28 + 365 - 7)
    [old] = house.vault.ageing_epochs("ill", 7)

    assert tending.relink(house, old) == 3

    clock.forward(days=8)
    house.vault.destroy_epoch("ill", old)
    assert len(asking.requests_of(house, clerk, ada, circumstance=SCANNED)) == 2
    assert tending.sweep_orphans(house) == 0


@pytest.mark.clause("TH-1.8", "MP-4.11")
def test_the_request_of_somebody_forgotten_cannot_be_read_and_is_swept(
    house, clerk, clock, ada, ben, request_of
):
    number = request_of(ada)
    request_of(ben)
    upkeep.erase(house, ada)

    with pytest.raises(NoSuchRequestError):
        working.lender_form(house, clerk, number)
    before = house.ledger.size()
    assert tending.sweep_orphans(house) == 1
    assert house.ledger.size() == before
    assert len(asking.requests_of(house, clerk, ben, circumstance=SCANNED)) == 1
    clock.forward(days=28 + 365 + 1)
    assert tending.relink(house, 1) == 0


def test_merging_seals_the_citations_anew(house, clerk, lead, ada, ben, request_of, citation):
    request_of(ben)
    with pytest.raises(Refused):
        tending.merge_requests(house, clerk, ada, ben)
    with pytest.raises(FieldError):
        tending.merge_requests(house, lead, ada, ada)

    assert tending.merge_requests(house, lead, ada, ben) == 1

    upkeep.erase(house, ben)
    assert [own.citation for own in asking.requests_of(house, clerk, ada, circumstance=SCANNED)] == [citation]


def test_whoever_is_about_to_be_forgotten_asks_for_nothing_more(house, ada, ben, request_of):
    request_of(ada)
    request_of(ben)

    assert tending.end_all(house, ada) == 1
    assert IllRequest.objects.count() == 1


# what a thief finds


def every_cell() -> Iterator[bytes]:
    """Every value of bytes in every table of the house."""
    for label in ("patrons", "catalog", "circulation", "holds", "ill", "staff", "ledger", "vault"):
        for model in apps.get_app_config(label).get_models():
            for row in model.objects.all().values_list():
                yield from (bytes(cell) for cell in row if isinstance(cell, (bytes, memoryview)))


def on_disk() -> bytes:
    """Database, write-ahead log and shared memory, as a thief copies them; of PostgreSQL, every row."""
    if connection.vendor != "sqlite":
        return b"".join(every_cell())
    path = Path(connections["default"].settings_dict["NAME"])
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))


@pytest.mark.clause("MP-4.11", "MP-4.5")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_an_arrived_request_names_nobody_in_the_database_file(house, clerk, ada, request_of, arrive):
    number = request_of(ada)
    row = IllRequest.objects.get()
    traces = [bytes(row.link), bytes(row.back), bytes(row.sealed_citation)]
    assert traces[0] in on_disk()
    working.send(house, clerk, number, lender="CHIPL")

    arrive(number)
    wipe_owed()  # as the server does every second

    assert [trace for trace in traces if trace in on_disk()] == []


@pytest.mark.clause("MP-4.11", "MP-4.15")
def test_no_list_row_or_log_has_a_patron_beside_a_request(house, clerk, ada, ben, here, request_of, caplog):
    caplog.set_level(logging.DEBUG)
    here(ada)
    request_of(ada, Citation("Lalka"))

    said = [caplog.text, str(working.work_list(house, clerk))]
    for model in apps.get_app_config("ill").get_models():
        said += [str(row) for row in model.objects.all().values_list()]
    for trace in (*TRACES, str(ada), "Lalka"):
        assert [text for text in said if trace in text] == []
    assert {field.name for field in fields(Worked)} == {
        "request_id", "number", "stage", "asked_on", "pickup_branch", "lender", "title", "barcode", "due_on",
    }  # fmt: skip
