"""A reading history is kept for nobody who did not ask, and opened by nobody but whoever asked."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from reading_support import ITEMS, OTHER_PIN, PIN, TITLES, themself

from circumspect.records.circulation.lending import CheckedOut, check_in, check_out
from circumspect.records.circulation.models import Loan
from circumspect.records.passkeyrules import Key
from circumspect.records.patrons import passkeys, upkeep
from circumspect.records.reading import history
from circumspect.records.reading.models import Box, Entry
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Action, Circumstance, Purpose
from circumspect.trust.vault import ownbox
from circumspect.trust.vault.errors import BrokenSealError
from circumspect.trust.vault.sealed import Sealed

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def borrow(house: Any, clerk: Any, patron: int, *scans: str) -> None:
    for scan in scans:
        assert isinstance(check_out(house, clerk, patron, scan, branch="main"), CheckedOut)


def bring_back(house: Any, clerk: Any, *scans: str) -> None:
    for scan in scans:
        assert check_in(house, clerk, scan, branch="main").was_out


@pytest.mark.clause("TH-1.11", "MP-4.3")
def test_without_asking_for_one_nothing_is_kept(house, clerk, ada):
    borrow(house, clerk, ada, *ITEMS)
    assert set(Loan.objects.values_list("history", flat=True)) == {None}

    bring_back(house, clerk, *ITEMS)

    assert not Box.objects.exists()
    assert not Entry.objects.exists()
    assert not history.choice_of(ada).is_on


@pytest.mark.clause("MP-3.9", "TH-2.2")
def test_whoever_asks_finds_what_they_brought_back_and_nobody_elses(house, clerk, ada, ben):
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    borrow(house, clerk, ben, ITEMS[2])
    bring_back(house, clerk, *ITEMS)

    read = history.titles(house, themself(ada), ada)

    assert [(each.title, each.month) for each in read] == [(TITLES[0], "2026-11"), (TITLES[1], "2026-11")]
    assert history.titles(house, themself(ben), ben) == []


def test_what_was_borrowed_before_is_not_in_it(house, clerk, ada):
    borrow(house, clerk, ada, ITEMS[0])
    history.turn_on(house, themself(ada), ada, months=12)

    bring_back(house, clerk, ITEMS[0])

    assert history.titles(house, themself(ada), ada) == []


@pytest.mark.clause("TH-1.11")
def test_a_check_in_without_a_history_costs_not_one_statement_for_it(house, clerk, ada, ben, monkeypatch):
    """The same statements with the room there and with nobody to ask; one who has a history pays for it: two."""
    from circumspect.records.circulation import histories

    history.turn_on(house, themself(ben), ben, months=3)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    borrow(house, clerk, ben, ITEMS[2])
    with CaptureQueriesContext(connection) as with_room:
        bring_back(house, clerk, ITEMS[0])
    with CaptureQueriesContext(connection) as kept:
        bring_back(house, clerk, ITEMS[2])
    monkeypatch.setattr(histories, "_keepers", [])
    with CaptureQueriesContext(connection) as without_room:
        bring_back(house, clerk, ITEMS[1])

    assert len(with_room) == len(without_room)
    assert not any("reading_" in query["sql"] for query in with_room.captured_queries)
    assert len(kept) == len(with_room) + 2


def test_two_marked_loans_of_one_reader_carry_nothing_alike(house, clerk, ada):
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, *ITEMS)

    marks = [bytes(mark) for mark in Loan.objects.values_list("history", flat=True)]

    assert len({mark[:20] for mark in marks}) == len({len(mark) for mark in marks}) + 2 == 3
    number = f"{Box.objects.get().id:x}".encode()
    assert all(number not in mark for mark in marks)


@pytest.mark.clause("TH-1.11")
def test_turned_off_means_erased_and_what_is_out_comes_back_unwritten(house, clerk, ada):
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    bring_back(house, clerk, ITEMS[0])

    history.turn_off(house, themself(ada), ada)
    bring_back(house, clerk, ITEMS[1])

    assert not Box.objects.exists()
    assert not Entry.objects.exists()
    assert (
        upkeep.standing_of(
            house, themself(ada), ada, circumstance=Circumstance.OWN_SIGN_IN, purpose=Purpose.OWN_RECORD
        ).history
        == ""
    )


def test_a_title_goes_when_it_is_erased_and_the_others_stay(house, clerk, ada, ben):
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, *ITEMS)
    bring_back(house, clerk, *ITEMS)
    first = history.titles(house, themself(ada), ada)[0]

    assert history.erase(house, themself(ben), ben, first.id) == 0
    assert history.erase(house, themself(ada), ada, first.id) == 1
    assert [each.title for each in history.titles(house, themself(ada), ada)] == sorted(TITLES[1:])
    assert history.erase(house, themself(ada), ada) == 2
    assert history.choice_of(ada) == history.Choice(12, False, 0)


@pytest.mark.clause("TH-1.8")
@pytest.mark.parametrize("months", history.LIVES)
def test_no_title_outlives_the_life_that_was_chosen(house, clerk, clock, ada, months):
    history.turn_on(house, themself(ada), ada, months=months)
    borrow(house, clerk, ada, ITEMS[0])
    bring_back(house, clerk, ITEMS[0])
    ends_on = Entry.objects.get().ends_on
    latest = house.today() + dt.timedelta(days=31 * months)

    assert ends_on.day == 1
    assert ends_on <= latest
    clock.forward(days=(ends_on - house.today()).days)

    assert history.titles(house, themself(ada), ada) == []
    assert history.forget_ended(house) == 1


def test_a_shorter_life_counts_for_what_is_there_and_a_longer_one_does_not(house, clerk, ada):
    history.turn_on(house, themself(ada), ada, months=6)
    borrow(house, clerk, ada, ITEMS[0])
    bring_back(house, clerk, ITEMS[0])

    history.keep_for(house, themself(ada), ada, 24)
    assert Entry.objects.get().ends_on == dt.date(2027, 5, 1)
    history.keep_for(house, themself(ada), ada, 1)
    assert Entry.objects.get().ends_on == dt.date(2026, 12, 1)


# locked


@pytest.fixture
def locked(house, clerk, ada):
    """Ada's history, locked, with two titles in it."""
    history.turn_on(house, themself(ada), ada, months=12, pin=PIN)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    bring_back(house, clerk, ITEMS[0], ITEMS[1])
    return ada


@pytest.mark.clause("MP-4.3")
def test_a_locked_history_takes_titles_in_without_the_pin_and_gives_none_out(house, locked):
    assert history.choice_of(locked) == history.Choice(12, True, 2)
    for wrong in ("", OTHER_PIN, PIN[:-1]):
        with pytest.raises(history.LockedError):
            history.titles(house, themself(locked), locked, pin=wrong)

    assert [each.title for each in history.titles(house, themself(locked), locked, pin=PIN)] == list(
        TITLES[:2]
    )


@pytest.fixture(params=["a PIN", "a passkey", "a passkey, a second one and a PIN"])
def locked_with(request, house, clerk, ada):
    """Ada's history, with two titles in it and locked in one of the ways."""
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    bring_back(house, clerk, ITEMS[0], ITEMS[1])
    if "passkey" in request.param:
        history.lock_with_passkey(house, themself(ada), ada, SECRETS[0](house, ada))
    if "second" in request.param:
        history.lock_with_passkey(
            house, themself(ada), ada, SECRETS[1](house, ada), passkey=SECRETS[0](house, ada)
        )
    if "PIN" in request.param:
        history.lock(house, themself(ada), ada, pin=PIN, passkey=SECRETS[0](house, ada))
    return ada


def a_secret(at: int) -> Any:
    """What one of Ada's passkeys makes: the passkey is added when it is first used."""

    def made(house: Any, patron: int) -> history.PasskeySecret:
        passkeys.add(house, themself(patron), patron, Key(bytes([at]), b"", 0), name=f"{at}", can_lock=True)
        own = {each.name: each.id for each in passkeys.own(house, themself(patron), patron)}
        return history.PasskeySecret(own[f"{at}"], bytes([at]) * 32)

    return made


SECRETS = [a_secret(1), a_secret(2)]


def keys_in_the_house(house: Any, patron: int) -> list[str]:
    """Everything that stands in for the history's key anywhere, as a court's order would have it opened: past no lock."""
    box = Box.objects.get(patron_id=patron)
    opening = house.door.ask(
        themself(patron),
        action=Action.VIEW,
        purpose=Purpose.OWN_RECORD,
        series=history.SERIES,
        subjects=[patron],
        fields={"titles"},
        circumstance=Circumstance.OWN_SIGN_IN,
    )
    rows = [(box.id, box.sealed_key), *((each.id, each.sealed_key) for each in box.passkey_locks.all())]
    return [
        opening.read(Sealed(history.SERIES, "titles", patron, number, blob)) for number, blob in rows if blob
    ]


@pytest.mark.clause("MP-4.3", "MP-2.2")
def test_everything_the_house_has_does_not_open_a_locked_history(house, locked_with):
    """The attack: every key of the house, an opening of whatever kind, and neither PIN nor passkey."""
    keys = keys_in_the_house(house, locked_with)

    assert keys
    assert not any(key.startswith("open:") for key in keys)
    assert [title for key in keys for title in opens_with(key, Box.objects.get())] == []


@pytest.mark.parametrize("twin", ["unlocked", "a lock that keeps the key beside what is locked"])
def test_the_attack_would_have_opened_one_that_is_not_locked(house, locked_with, twin, monkeypatch):
    """The broken twins: what a lock that locks nothing would have left behind."""
    secret = None if Box.objects.get().sealed_key is not None else SECRETS[0](house, locked_with)
    if twin == "unlocked":
        history.lock(house, themself(locked_with), locked_with, old_pin=PIN, passkey=secret)
    else:
        real = ownbox.lock
        monkeypatch.setattr(ownbox, "lock", lambda private, *rest: private + real(private, *rest))
        new = SECRETS[1](house, locked_with)
        history.lock_with_passkey(house, themself(locked_with), locked_with, new, old_pin=PIN, passkey=secret)
    keys = keys_in_the_house(house, locked_with)

    assert {title for key in keys for title in opens_with(key, Box.objects.get())} == set(TITLES[:2])


@pytest.mark.clause("MP-4.3")
@pytest.mark.parametrize("way", ["pin", "passkey"])
def test_an_older_copy_of_the_database_opens_nothing_of_what_was_locked_since(house, clerk, ada, way):
    """What lay open before it was locked is in backups, with the key of then: that key is good for the copy alone."""
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, ITEMS[0], ITEMS[1])
    bring_back(house, clerk, ITEMS[0])
    [old_key] = keys_in_the_house(house, ada)
    assert opens_with(old_key, Box.objects.get()) == [TITLES[0]]

    if way == "pin":
        history.lock(house, themself(ada), ada, pin=PIN)
    else:
        history.lock_with_passkey(house, themself(ada), ada, SECRETS[0](house, ada))
    bring_back(house, clerk, ITEMS[1])

    assert opens_with(old_key, Box.objects.get()) == []
    secret = SECRETS[0](house, ada) if way == "passkey" else None
    assert len(history.titles(house, themself(ada), ada, pin=PIN, passkey=secret)) == 2


@pytest.mark.clause("MP-4.3")
def test_each_passkey_opens_what_it_was_let_open_until_it_is_removed(house, locked_with):
    def opens(secret: history.PasskeySecret) -> bool:
        try:
            return len(history.titles(house, themself(locked_with), locked_with, passkey=secret)) == 2
        except history.LockedError:
            return False

    one, two = SECRETS[0](house, locked_with), SECRETS[1](house, locked_with)
    for secret in (one, two):
        assert opens(secret) == (secret.passkey in history.choice_of(locked_with).passkeys)
        assert not opens(history.PasskeySecret(secret.passkey, bytes(32)))
        assert not opens(history.PasskeySecret(secret.passkey, b""))
    assert not opens(history.PasskeySecret(one.passkey, two.key))
    with pytest.raises(history.LockedError):
        history.lock_with_passkey(house, themself(locked_with), locked_with, two)
    with pytest.raises(history.HistoryError, match="passkey"):
        history.lock_with_passkey(house, themself(locked_with), locked_with, history.PasskeySecret(1, b""))

    passkeys.remove(house, themself(locked_with), locked_with, one.passkey)

    assert not opens(one)
    assert history.choice_of(locked_with).is_lost == (Box.objects.get().sealed_key is None and not opens(two))


def opens_with(key: str, box: Box) -> list[str]:
    """What an attacker reads who takes every 32 bytes of the key's text for the key, and every name of a letter for its place."""
    raw = base64.b64decode(key.rpartition(":")[2])
    found = []
    for start in range(max(1, len(raw) - 31)):
        for entry in Entry.objects.all():
            try:
                plain = ownbox.out_of_box(
                    raw[start : start + 32], bytes(entry.letter), f"{box.id}|{entry.id}".encode()
                )
            except (BrokenSealError, ValueError):
                continue
            found.append(json.loads(plain)["title"])
    return found


def test_a_new_pin_locks_it_anew_and_the_old_one_opens_it_no_more(house, locked):
    with pytest.raises(history.LockedError):
        history.lock(house, themself(locked), locked, pin=OTHER_PIN, old_pin=OTHER_PIN)

    history.lock(house, themself(locked), locked, pin=OTHER_PIN, old_pin=PIN)

    assert len(history.titles(house, themself(locked), locked, pin=OTHER_PIN)) == 2
    with pytest.raises(history.LockedError):
        history.titles(house, themself(locked), locked, pin=PIN)


def test_a_forgotten_pin_costs_what_is_in_it_and_not_the_right_to_begin_anew(house, clerk, locked):
    history.turn_off(house, themself(locked), locked)
    history.turn_on(house, themself(locked), locked, months=3, pin=OTHER_PIN)

    assert history.titles(house, themself(locked), locked, pin=OTHER_PIN) == []


def test_a_short_pin_locks_nothing(house, ada):
    with pytest.raises(history.HistoryError, match="short_pin"):
        history.turn_on(house, themself(ada), ada, months=3, pin="7391564")

    assert not Box.objects.exists()


# whom it is closed to


@pytest.mark.clause("MP-2.2")
def test_no_member_of_staff_and_no_other_patron_opens_a_history(house, clerk, lead, ada, ben):
    history.turn_on(house, themself(ada), ada, months=3)
    for somebody in (clerk, lead, themself(ben)):
        for act in (
            lambda who: history.titles(house, who, ada),
            lambda who: history.turn_off(house, who, ada),
            lambda who: history.erase(house, who, ada),
            lambda who: history.keep_for(house, who, ada, 24),
        ):
            with pytest.raises(Refused):
                act(somebody)

    assert history.choice_of(ada).months == 3


def test_nothing_of_a_title_rests_in_the_clear(house, clerk, ada):
    """Not in a letter, a key or a mark; and letters do not tell a title by their length."""
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, *ITEMS)
    bring_back(house, clerk, *ITEMS)
    letters = [bytes(each) for each in Entry.objects.values_list("letter", flat=True)]

    assert len({len(each) for each in letters}) == 1
    assert not any(title.encode() in letter for title in TITLES for letter in letters)


@pytest.mark.clause("TH-1.8")
def test_a_forgotten_patron_takes_the_history_along(house, clerk, lead, ada):
    history.turn_on(house, themself(ada), ada, months=12)
    borrow(house, clerk, ada, ITEMS[0])
    bring_back(house, clerk, ITEMS[0])

    upkeep.forget_patron(house, lead, ada)

    assert not Box.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.clause("TH-2.2", "MP-3.9")
@pytest.mark.parametrize("pin", ["", PIN])
def test_what_is_gathered_of_a_history_is_its_titles_or_that_it_is_locked(house, clerk, ada, pin):
    from circumspect.records.gathering import gather
    from circumspect.records.reading import gathered

    history.turn_on(house, themself(ada), ada, months=12, pin=pin)
    borrow(house, clerk, ada, ITEMS[0])
    bring_back(house, clerk, ITEMS[0])

    found = gather(
        house,
        themself(ada),
        ada,
        {history.SERIES: {"titles", "choice"}},
        action=Action.VIEW,
        purpose=Purpose.OWN_RECORD,
        circumstance=Circumstance.OWN_SIGN_IN,
    )

    said = {each.field: each.value for each in found.held}
    assert said == {"choice": "12 months", "titles": gathered.LOCKED if pin else f"{TITLES[0]} (2026-11)"}
