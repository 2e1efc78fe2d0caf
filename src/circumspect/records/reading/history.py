"""Reading history: kept for nobody who did not ask, and opened by nobody but whoever asked.

Opting in makes a box (``trust/vault/ownbox``) and writes its number into the sealed standing; from then on a
loan carries a mark, and the check-in puts the title into the box in its own transaction. The check-in
cannot read what is in there. Opting out deletes box and letters.

An unlocked box opens with the patron's record, through the door: a court's order to the library could reach it.
A locked one needs besides what it was locked with: a PIN, or the key that a passkey's authenticator makes for it. The
library knows neither and cannot set them anew. Each thing that opens a box has its own copy of the box's key, so that
several can; a box that is locked anew gets another key, so that no older copy of the database opens what it holds.

What remains after the end that the patron chose is no more than the month: letters end on the first of one.

Source: clauses MP-3.9, MP-4.3, MP-4.5, TH-1.11, TH-2.2; guarantees 1, 7 and 8.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.records.circulation import histories
from circumspect.records.circulation.items import ItemFacts
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import ChangedMeanwhileError
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.records.patrons.rows import new_id
from circumspect.records.patrons.standing import Standing
from circumspect.records.reading.models import Box, Entry, PasskeyLock
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault import ownbox
from circumspect.trust.vault.errors import BrokenSealError
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "reading"
FIELDS = frozenset({"titles", "choice"})
LIVES = (1, 3, 6, 12, 24)
# A shorter PIN is guessed in hours by whoever holds the machine: see SECURITY.md.
LOCK_DIGITS = 8
# What an authenticator's answer is made into, in the browser: see ``faces/portal/static/portal/passkey.js``.
PASSKEY_KEY_BYTES = 32
_OPEN, _LOCKED = "open:", "locked:"


class HistoryError(Exception):
    """A wish about a reading history that cannot be met. Fit for a form.

    Attributes:
        field: Which entry of the form.
        code: What is wrong, in a word of ours: "life", "short_pin", "none", "there_is_one", "passkey".
    """

    def __init__(self, field: str, code: str) -> None:
        super().__init__(f"{field}: {code}")
        self.field = field
        self.code = code


class LockedError(Exception):
    """The box is locked, and what was brought does not open it."""

    def __init__(self) -> None:
        super().__init__("this history is locked with something else")


@dataclass(frozen=True, slots=True, repr=False)
class PasskeySecret:
    """The key that one passkey makes for one history. It comes with a request and goes with it. Prints as nothing.

    Attributes:
        passkey: Which passkey, as its answer proved.
        key: 32 bytes.
    """

    passkey: int
    key: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Read:
    """One title of a history. Prints as nothing.

    Attributes:
        month: When it came back, as "2026-11".
    """

    id: int
    title: str
    month: str
    ends_on: dt.date


@dataclass(frozen=True, slots=True)
class Choice:
    """What a patron has chosen.

    Attributes:
        months: For how long a title is kept; 0 where there is no history.
        count: How many titles are in it.
        passkeys: Which passkeys open it, where it is locked.
        pin_opens: Whether a PIN does.
    """

    months: int = 0
    is_locked: bool = False
    count: int = 0
    passkeys: frozenset[int] = frozenset()
    pin_opens: bool = True

    @property
    def is_on(self) -> bool:
        """Whether there is a history at all."""
        return self.months > 0

    @property
    def is_lost(self) -> bool:
        """Whether nothing opens it any more: its passkeys are removed, and it has no PIN."""
        return self.is_locked and not self.pin_opens and not self.passkeys

    def needs(self, passkey: int) -> bool:
        """Whether nothing but this passkey opens it."""
        return self.is_locked and not self.pin_opens and self.passkeys == {passkey}


# choosing


def choice_of(patron: int) -> Choice:
    """What a patron has chosen. For whoever holds an opening of the series; names no title."""
    box = Box.objects.filter(patron_id=patron).first()
    if box is None:
        return Choice()
    locks = box.passkey_locks.values_list("passkey_id", flat=True) if box.is_locked else ()
    return Choice(
        box.months, box.is_locked, box.entries.count(), frozenset(locks), box.sealed_key is not None
    )


def salt_of(house: House, patron: int) -> bytes:
    """16 bytes that a passkey's authenticator makes the key of this history from: another history, another key."""
    box = Box.objects.filter(patron_id=patron).values_list("id", flat=True).first()
    return house.vault.proof("reading lock", f"{patron}|{box or 0}")


def turn_on(
    house: House,
    actor: Actor,
    patron: int,
    *,
    months: int,
    pin: str = "",
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> None:
    """Begin a history: what is borrowed from now on is in it when it comes back.

    Args:
        months: One of ``LIVES``.
        pin: To lock it with, which the caller has checked to be the patron's; "" to leave it unlocked.

    Raises:
        HistoryError: No such life, the PIN is too short to lock with, or there is a history already.
        Refused, DoorClosed: The door stays shut; nothing is begun.
    """
    _check(months, pin)
    opening = _ask(house, actor, patron, Action.CHANGE, circumstance, standing=True)
    if Box.objects.filter(patron_id=patron).exists():
        raise HistoryError("months", "there_is_one")
    number = new_id()
    public, private = ownbox.make()
    with transaction.atomic():
        Box.objects.create(
            id=number,
            patron_id=patron,
            public_key=public,
            sealed_key=_sealed(house, patron, number, private, pin),
            is_locked=bool(pin),
            months=months,
        )
        _say_in_standing(house, actor, patron, opening, f"{number:x}", circumstance)


def turn_off(
    house: House, actor: Actor, patron: int, *, circumstance: Circumstance = Circumstance.OWN_SIGN_IN
) -> None:
    """End the history, and erase all of it. What is out now comes back unwritten.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    opening = _ask(house, actor, patron, Action.ERASE, circumstance, standing=True)
    with transaction.atomic():
        Box.objects.filter(patron_id=patron).delete()
        _say_in_standing(house, actor, patron, opening, "", circumstance)
        wipe_log_soon(DEFAULT_DB_ALIAS)


def keep_for(
    house: House,
    actor: Actor,
    patron: int,
    months: int,
    *,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> None:
    """Choose another life. A shorter one counts for what is in it too.

    Raises:
        HistoryError: No such life, or there is no history.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _check(months, "")
    _ask(house, actor, patron, Action.CHANGE, circumstance)
    with transaction.atomic():
        box = _own(patron)
        latest = _ends_on(house.today(), months)
        box.entries.filter(ends_on__gt=latest).update(ends_on=latest)
        box.months = months
        box.save(update_fields=["months"])


def erase(
    house: House,
    actor: Actor,
    patron: int,
    entry: int | None = None,
    *,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> int:
    """Erase one title of a history, or all of them; how many went. The history itself goes on.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is erased.
    """
    _ask(house, actor, patron, Action.ERASE, circumstance)
    wanted = Entry.objects.filter(box__patron_id=patron)
    if entry is not None:
        wanted = wanted.filter(id=entry)
    with transaction.atomic():
        gone, _ = wanted.delete()
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return gone


# reading


def titles(
    house: House,
    actor: Actor,
    patron: int,
    *,
    pin: str = "",
    passkey: PasskeySecret | None = None,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> list[Read]:
    """What is in a history, by title. A letter that does not open is left out.

    Args:
        pin: What a locked history was locked with.
        passkey: What a passkey brings in its place.

    Raises:
        LockedError: It is locked, and opens with neither.
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    opening = _ask(house, actor, patron, Action.VIEW, circumstance)
    box = Box.objects.filter(patron_id=patron).first()
    if box is None:
        return []
    private = _private(opening, box, pin, passkey)
    found = [
        _read(private, box.id, each) for each in box.entries.filter(ends_on__gt=house.today()).order_by("id")
    ]
    return sorted((each for each in found if each), key=lambda each: (each.title.casefold(), each.id))


def title_by(opening: Opening, box: Box, entry: Entry) -> str:
    """One title of a history that is not locked, for whoever has opened the series; "" where it does not open."""
    read = _read(_private(opening, box, ""), box.id, entry)
    return f"{read.title} ({read.month})" if read else ""


def lock(
    house: House,
    actor: Actor,
    patron: int,
    *,
    pin: str = "",
    old_pin: str = "",
    passkey: PasskeySecret | None = None,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> None:
    """Lock a history with a PIN, lock it with another one, or (with no PIN) unlock it.

    Locked with a PIN, it goes on opening with the passkeys that open it now.

    Args:
        old_pin, passkey: What opens it now, where it is locked: one of them.

    Raises:
        HistoryError: There is no history, or the PIN is too short to lock with.
        LockedError: It is locked, and opens with neither.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if pin:
        _check(LIVES[0], pin)
    opening = _ask(house, actor, patron, Action.CHANGE, circumstance)
    with transaction.atomic():
        box = _own(patron)
        private = _private(opening, box, old_pin, passkey)
        if pin:
            private = _locked_anew(box, private)
        else:
            box.passkey_locks.all().delete()
        box.sealed_key = _sealed(house, patron, box.id, private, pin)
        box.is_locked = bool(pin)
        box.save(update_fields=["sealed_key", "is_locked", "public_key"])


def lock_with_passkey(
    house: House,
    actor: Actor,
    patron: int,
    new: PasskeySecret,
    *,
    old_pin: str = "",
    passkey: PasskeySecret | None = None,
    circumstance: Circumstance = Circumstance.OWN_SIGN_IN,
) -> None:
    """Lock a history with a passkey; or let another passkey open it too, where it is locked.

    Args:
        new: The passkey that opens it from now on, which the caller has checked to be the patron's.
        old_pin, passkey: What opens it now, where it is locked: one of them.

    Raises:
        HistoryError: There is no history, or this is no key of a passkey.
        LockedError: It is locked, and opens with neither.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if len(new.key) != PASSKEY_KEY_BYTES:
        raise HistoryError("passkey", "passkey")
    opening = _ask(house, actor, patron, Action.CHANGE, circumstance)
    with transaction.atomic():
        box = _own(patron)
        private = _private(opening, box, old_pin, passkey)
        if not box.is_locked:
            private = _locked_anew(box, private)
            box.sealed_key, box.is_locked = None, True
            box.save(update_fields=["sealed_key", "is_locked", "public_key"])
        PasskeyLock.objects.filter(passkey_id=new.passkey).delete()
        number = new_id()
        blob = ownbox.lock(private, new.key, _lock_place(box, new.passkey))
        text = base64.b64encode(blob).decode()
        PasskeyLock.objects.create(
            id=number,
            box=box,
            passkey_id=new.passkey,
            sealed_key=house.vault.seal(patron, SERIES, number, "titles", text),
        )


# keeping


def remember(house: House, cursor: Any, mark: bytes, item: ItemFacts, today: dt.date) -> None:
    """Put a title that came back into its reader's box, within the check-in's transaction.

    A box that has been given up meanwhile, or a mark that no longer opens, keeps nothing: the check-in goes on.
    """
    number = _box_of(house, mark)
    if number is None:
        return
    # Waits for whoever locks it just now: a letter to the key of before would open for nobody.
    waits = " FOR KEY SHARE" if connection.features.has_select_for_update else ""
    cursor.execute(f"SELECT public_key, months FROM reading_box WHERE id = %s{waits}", [number])
    row = cursor.fetchone()
    if row is None:
        return
    said = json.dumps({"title": item.title[:200], "month": f"{today:%Y-%m}"}, ensure_ascii=False)
    entry = new_id()
    letter = ownbox.put_in(bytes(row[0]), said.encode(), _place(number, entry))
    cursor.execute(
        "INSERT INTO reading_entry (id, box_id, letter, ends_on) VALUES (%s, %s, %s, %s)",
        [entry, number, letter, _ends_on(today, row[1]).isoformat()],
    )


def forget_ended(house: House) -> int:
    """Delete titles whose time is over; how many."""
    gone, _ = Entry.objects.filter(ends_on__lte=house.today()).delete()
    return gone


def _box_of(house: House, mark: bytes) -> int | None:
    try:
        return int(house.vault.secrets.reveal(histories.LABEL, mark), 16)
    except ValueError:  # a mark under another key: TamperedError is one
        return None


def _ends_on(today: dt.date, months: int) -> dt.date:
    """The first of the month that so many months after today falls in: never later than was chosen."""
    at = today.year * 12 + today.month - 1 + months
    return dt.date(at // 12, at % 12 + 1, 1)


def _check(months: int, pin: str) -> None:
    if months not in LIVES:
        raise HistoryError("months", "life")
    if pin and len(pin) < LOCK_DIGITS:
        raise HistoryError("pin", "short_pin")


def _own(patron: int) -> Box:
    box = Box.objects.select_for_update().filter(patron_id=patron).first()
    if box is None:
        raise HistoryError("months", "none")
    return box


def _ask(
    house: House,
    actor: Actor,
    patron: int,
    action: Action,
    circumstance: Circumstance,
    *,
    standing: bool = False,
) -> Opening:
    """Ask for the history; with ``standing``, for the standing that says there is one too, which is then the answer."""
    parts = [Part(action, Purpose.OWN_RECORD, SERIES, (patron,), FIELDS)]
    if standing:
        parts.append(Part(Action.USE, Purpose.OWN_RECORD, REGISTRATION, (patron,), frozenset({"standing"})))
    return house.door.ask_all(actor, parts, circumstance=circumstance)[-1]


def _say_in_standing(
    house: House, actor: Actor, patron: int, opening: Opening, box: str, circumstance: Circumstance
) -> None:
    found = read(opening, [patron], ["standing"])
    if not found:
        raise ChangedMeanwhileError
    standing: Standing = replace(found[0].standing, history=box)
    change(
        house,
        actor,
        patron,
        Change(standing=standing),
        circumstance=circumstance,
        purpose=Purpose.OWN_RECORD,
        version=found[0].version,
    )


def _place(box: int, entry: int) -> bytes:
    return f"{box}|{entry}".encode()


def _sealed(house: House, patron: int, box: int, private: bytes, pin: str) -> bytes:
    if pin:
        text = _LOCKED + base64.b64encode(ownbox.lock(private, pin, f"{patron}|{box}".encode())).decode()
    else:
        text = _OPEN + base64.b64encode(private).decode()
    return house.vault.seal(patron, SERIES, box, "titles", text)


def _private(opening: Opening, box: Box, pin: str, passkey: PasskeySecret | None = None) -> bytes:
    text = opening.read(_own_key(box, box.id, box.sealed_key)) if box.sealed_key is not None else ""
    if text.startswith(_OPEN):
        return base64.b64decode(text.removeprefix(_OPEN))
    private = None
    if passkey is not None:
        row = box.passkey_locks.filter(passkey_id=passkey.passkey).first()
        if row is not None and len(passkey.key) == PASSKEY_KEY_BYTES:
            blob = base64.b64decode(opening.read(_own_key(box, row.id, row.sealed_key)))
            private = ownbox.unlock_box(blob, passkey.key, _lock_place(box, passkey.passkey))
    elif pin and text:
        blob = base64.b64decode(text.removeprefix(_LOCKED))
        private = ownbox.unlock_box(blob, pin, f"{box.patron_id}|{box.id}".encode())
    if private is None:
        raise LockedError
    return private


def _own_key(box: Box, record: int, blob: bytes | memoryview) -> Sealed:
    return Sealed(SERIES, "titles", box.patron_id, record, blob)


def _lock_place(box: Box, passkey: int) -> bytes:
    return f"{box.patron_id}|{box.id}|{passkey}".encode()


def _locked_anew(box: Box, private: bytes) -> bytes:
    """Another key for a box that is open, with all that is in it: an older copy of the database has the key of before.

    One that is locked keeps its key: what else opens it holds that one, under a secret that is not here.
    """
    if box.is_locked:
        return private
    box.public_key, fresh = ownbox.make()
    for entry in box.entries.all():
        place = _place(box.id, entry.id)
        try:
            said = ownbox.out_of_box(private, bytes(entry.letter), place)
        except BrokenSealError:
            continue  # it opened for nobody before either
        entry.letter = ownbox.put_in(box.public_key, said, place)
        entry.save(update_fields=["letter"])
    return fresh


def _read(private: bytes, box: int, entry: Entry) -> Read | None:
    try:
        said = json.loads(ownbox.out_of_box(private, bytes(entry.letter), _place(box, entry.id)))
    except BrokenSealError:
        return None
    return Read(entry.id, str(said["title"]), str(said["month"]), entry.ends_on)
