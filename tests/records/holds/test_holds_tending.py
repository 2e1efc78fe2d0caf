"""What becomes of holds by themselves, and what a thief finds of those that have ended."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, connections
from holds_support import SCANNED, belongs_to, lend, place
from holds_support import scan as scan_at

from circumspect.records.holds import placing, tending
from circumspect.records.holds.models import Hold, HoldTally, ShelfLeftover
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import NoticeWord
from circumspect.trust.door.errors import Refused
from circumspect.trust.vault.wiping import wipe_log, wipe_owed

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def kinds() -> dict[str, int]:
    """What was counted."""
    return dict(HoldTally.objects.values_list("kind", "count"))


@pytest.mark.clause("TH-1.21", "TH-1.8")
def test_a_wish_ends_by_itself_when_its_last_day_has_passed(
    house, clock, wait_for, scan, ada, ben, cyd, shelve
):
    soon = house.today() + dt.timedelta(days=3)
    wait_for(ada, shelve(), expires_on=soon)
    travelling = shelve("Lalka")
    kept = wait_for(ben, travelling, expires_on=soon, branch="east")
    scan(travelling)
    clock.forward(days=3)
    assert tending.expire(house) == (0, 0)
    clock.forward(days=1)

    assert tending.expire(house) == (1, 0)

    assert [word.kind for word in NoticeWord.objects.all()] == ["hold_cancelled"]
    assert Hold.objects.get().id == kept  # its copy is on its way already
    assert kinds()["wish_expired"] == 1


def test_what_stands_too_long_on_any_shelf_ends_by_itself(house, clock, wait_for, scan, ada, ben, shelve):
    for patron, title, branch in ((ada, "Lalka", "main"), (ben, "Faraon", "east")):
        item = shelve(title)
        wait_for(patron, item, branch=branch)
        scan(item, branch)
    clock.forward(days=8)

    assert tending.expire(house) == (0, 2)

    assert set(ShelfLeftover.objects.values_list("branch", flat=True)) == {"main", "east"}
    assert kinds()["shelf_expired"] == 1
    assert HoldTally.objects.filter(kind="shelf_expired").count() == 2


# epochs


@pytest.fixture
def old_holds(wait_for, ada, ben, shelve, clock, house):
    """Three holds whose epoch is about to die."""
    far = house.today() + dt.timedelta(days=900)
    holds = [
        wait_for(patron, shelve(f"Title {n}"), expires_on=far) for n, patron in enumerate((ada, ada, ben))
    ]
    clock.forward(days=28 + 365 - 7)
    return holds


def test_what_is_still_waited_for_is_tied_to_today_before_its_epoch_dies(house, clock, ada, ben, old_holds):
    [old] = house.vault.ageing_epochs("holds", 7)

    assert tending.relink(house, old) == 3

    clock.forward(days=8)
    house.vault.destroy_epoch("holds", old)
    assert (placing.count_holds(house, ada), placing.count_holds(house, ben)) == (2, 1)
    assert tending.relink(house, old) == 0


@pytest.mark.clause("TH-1.8", "MP-4.12")
def test_after_its_epoch_a_hold_belongs_to_nobody_and_is_swept(house, clock, ada, old_holds):
    [old] = house.vault.ageing_epochs("holds", 7)
    clock.forward(days=8)
    house.vault.destroy_epoch("holds", old)

    assert placing.count_holds(house, ada) == 0
    assert tending.relink(house, old) == 0
    assert tending.sweep_orphans(house) == 3
    assert not Hold.objects.exists()


def test_a_hold_of_somebody_forgotten_holds_up_no_other_and_is_swept(house, ada, ben, old_holds, scan):
    [old] = house.vault.ageing_epochs("holds", 7)
    upkeep.erase(house, ada)

    assert tending.relink(house, old) == 1
    before = house.ledger.size()
    assert tending.sweep_orphans(house) == 2
    assert house.ledger.size() == before  # nobody was looked up for it
    assert [belongs_to(house, hold.id, ben) for hold in Hold.objects.all()] == [True]
    assert tending.sweep_orphans(house) == 0
    assert kinds()["orphaned"] == 2


def test_relinking_names_nobody_in_the_ledger(house, ada, old_holds):
    [old] = house.vault.ageing_epochs("holds", 7)
    before = house.ledger.size()

    tending.relink(house, old)

    bodies = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
    assert {(b["actor"], b["action"], b["purpose"], b["series"]) for b in bodies} == {
        ("job:forget", "erase", "forget", "holds")
    }
    assert str(ada) not in str(bodies)


# two records of one person


def test_merging_keeps_the_hold_that_is_further_on(house, lead, wait_for, scan, ada, ben, cyd, shelve):
    twice, once = shelve(), shelve("Lalka")
    early, other, ready = wait_for(ada, twice), wait_for(cyd, twice), wait_for(ben, twice, branch="east")
    lone = wait_for(ben, once)
    Hold.objects.filter(id__in=[early, other]).update(frozen_until=house.today() + dt.timedelta(days=1))
    code = scan(twice, "east").pickup_code

    assert tending.merge_holds(house, lead, ada, ben) == 2

    assert set(Hold.objects.values_list("id", flat=True)) == {ready, other, lone}
    assert {hold.pickup_code for hold in placing.open_holds(house, ada)} == {code, ""}
    assert placing.count_holds(house, ben) == 0
    assert kinds()["merged"] == 1


def test_merging_two_that_wait_keeps_the_earlier_place(house, lead, wait_for, ada, ben, cyd, book):
    wait_for(cyd, book)
    early, late = wait_for(ben, book), wait_for(ada, book)

    tending.merge_holds(house, lead, ada, ben)

    assert belongs_to(house, early, ada)
    assert not Hold.objects.filter(id=late).exists()


def test_a_refused_merge_moves_nothing(house, clerk, lead, wait_for, ada, ben, book):
    hold = wait_for(ben, book)

    with pytest.raises(Refused):
        tending.merge_holds(house, clerk, ada, ben)
    with pytest.raises(FieldError):
        tending.merge_holds(house, lead, ada, ada)

    assert belongs_to(house, hold, ben)


def test_whoever_is_about_to_be_forgotten_waits_for_nothing_more(
    house, wait_for, scan, ada, ben, book, shelve
):
    wait_for(ada, book)
    scan(book)
    wait_for(ada, shelve("Lalka"))
    other = wait_for(ben, book)

    assert tending.end_all(house, ada) == 2

    assert Hold.objects.get().id == other
    assert ShelfLeftover.objects.get().item_id == book.id


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


@pytest.mark.clause("MP-4.12", "TH-1.21")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
@pytest.mark.parametrize("end", ["picked up", "cancelled", "run out"])
def test_a_hold_that_has_ended_names_nobody_in_the_database_file(house, clerk, clock, ada, book, end):
    """Whoever copies the folder after it ended finds no byte of its link: not in the pages, nor in the log."""
    hold = place(house, clerk, ada, book)
    row = Hold.objects.get()
    traces = [bytes(row.link), bytes(row.back)]
    assert traces[0] in on_disk()
    scan_at(house, book)

    if end == "picked up":
        assert lend(house, ada, book)
    elif end == "cancelled":
        placing.cancel(house, clerk, ada, hold, circumstance=SCANNED)
    else:
        clock.forward(days=8)
        tending.expire(house)
        NoticeWord.objects.all().delete()  # taken up within minutes, by whoever sends notices
        wipe_log("default")
    wipe_owed()  # as the server does every second

    assert not Hold.objects.exists()
    assert [trace for trace in traces if trace in on_disk()] == []


@pytest.mark.clause("MP-4.12", "MP-4.15")
def test_no_row_log_or_message_of_a_hold_has_a_name_a_card_number_or_a_patron(
    house, clerk, wait_for, scan, ada, shelve, caplog
):
    caplog.set_level(logging.DEBUG)
    ready, waiting = shelve(), shelve("Lalka")
    hold = wait_for(ada, ready)
    wait_for(ada, waiting)
    scan(ready)
    with pytest.raises(placing.NotWaitingError) as problem:
        placing.freeze(house, clerk, ada, hold, circumstance=SCANNED)

    said = [str(problem.value), caplog.text]
    for model in apps.get_app_config("holds").get_models():
        said += [str(row) for row in model.objects.all().values_list()]
    for trace in ("Zielińska", "Zieli", "Ada", "21234000000018", str(ada), hex(ada)[2:]):
        assert [text for text in said if trace in text] == []


@pytest.mark.clause("MP-4.16")
def test_counts_have_no_person_and_no_title_in_them(house, clerk, wait_for, scan, ada, book):
    hold = wait_for(ada, book)
    scan(book)
    placing.cancel(house, clerk, ada, hold, circumstance=SCANNED)

    columns = {field.name for field in HoldTally._meta.get_fields()}
    assert columns == {"id", "day", "branch", "kind", "count"}
    assert kinds() == {"placed": 1, "ready": 1, "cancelled": 1}
