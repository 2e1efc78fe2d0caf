"""Passkeys of patrons: a way to sign in without card and PIN, for those who added one themselves.

What is kept rests sealed under the patron's key; what finds it is a keyed stand-in for the credential's id. That id is
32 random bytes or so: nobody counts or guesses at it, so the stand-in stands under a key that outlives the rotations
of index keys. The handle an authenticator is given for its owner is worked out from the patron's number and stored nowhere.

No day of use is kept. The counter that some authenticators send is, because it tells a copied key; most send none.

Whoever is refused learns nothing of why: see ``faces/portal/signing``.

Source: W3C Web Authentication Level 3, section 7.2; clauses TH-1.23, TH-2.2, MP-4.15; guarantee 1.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace

from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction

from circumspect.records import passkeyrules
from circumspect.records.passkeyrules import Account, Answer, Key, PasskeyError, Site
from circumspect.records.patrons import finding
from circumspect.records.patrons.models import Passkey
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.wiping import wipe_log_soon

SERIES = "passkeys"
SHOWN = frozenset({"name", "month"})
FIELDS = SHOWN | {"key"}
# More than anybody has devices; few enough to look through at once.
MOST = 10
_HERE = Circumstance.OWN_SIGN_IN


@dataclass(frozen=True, slots=True, repr=False)
class OwnPasskey:
    """One passkey, as its owner is shown it. Prints as nothing.

    Attributes:
        month: In which it was added, as "2026-11".
        can_lock: Whether its authenticator said that it can make a key (the PRF extension), to lock a history with.
    """

    id: int
    name: str
    month: str
    can_lock: bool


def account_of(house: House, patron: int, name: str) -> Account:
    """Whom an authenticator is told the passkey is of: no name, no card number, only the name given to the passkey."""
    return Account(_handle(house, patron), name, name)


def own(house: House, actor: Actor, patron: int) -> list[OwnPasskey]:
    """A patron's passkeys, by name.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    opening = _ask(house, actor, patron, Action.VIEW, SHOWN)
    found = [
        OwnPasskey(
            row.id,
            opening.read(_sealed(row, "name", row.sealed_name)),
            opening.read(_sealed(row, "month", row.sealed_month)),
            row.can_lock,
        )
        for row in Passkey.objects.filter(patron_id=patron)
    ]
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))


def which(patron: int) -> dict[int, bool]:
    """The numbers of a patron's passkeys, and whether each can lock a history. Opens nothing."""
    return dict(Passkey.objects.filter(patron_id=patron).values_list("id", "can_lock"))


def credential_ids(house: House, actor: Actor, patron: int) -> dict[int, bytes]:
    """The credential ids of a patron's passkeys, by the number of each: for the patron's own browser.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing was read.
    """
    opening = _ask(house, actor, patron, Action.USE, frozenset({"key"}))
    rows = Passkey.objects.filter(patron_id=patron).order_by("id")
    return {row.id: _key(opening, row).credential_id for row in rows}


def add(house: House, actor: Actor, patron: int, key: Key, *, name: str, can_lock: bool) -> bool:
    """Keep a passkey that was just made; False where there are enough, or this one is kept already.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is kept.
    """
    _ask(house, actor, patron, Action.CHANGE, FIELDS)
    if Passkey.objects.filter(patron_id=patron).count() >= MOST:
        return False
    number, sealer = new_id(), house.vault.sealer(patron)
    try:
        with transaction.atomic():
            Passkey.objects.create(
                id=number,
                patron_id=patron,
                token=_token(house, key.credential_id),
                sealed_key=sealer.seal(SERIES, number, "key", _written(key)),
                sealed_name=sealer.seal(SERIES, number, "name", passkeyrules.fit_label(name)),
                sealed_month=sealer.seal(SERIES, number, "month", f"{house.today():%Y-%m}"),
                can_lock=can_lock,
            )
    except IntegrityError:
        return False
    return True


def remove(house: House, actor: Actor, patron: int, passkey: int) -> bool:
    """Forget one passkey; whether it was there. What it locked, it opens no more.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is removed.
    """
    _ask(house, actor, patron, Action.ERASE, FIELDS)
    return _delete(patron, id=passkey) > 0


def remove_all(house: House, actor: Actor, patron: int, *, circumstance: Circumstance) -> int:
    """Forget all of a patron's passkeys, at the desk, because their device is lost; how many. Shows nothing of them.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is removed.
    """
    house.door.ask(
        actor,
        action=Action.ERASE,
        purpose=Purpose.MAINTAIN,
        series=SERIES,
        subjects=[patron],
        fields=FIELDS,
        circumstance=circumstance,
    )
    return _delete(patron)


# checking


def find(house: House, answer: Answer) -> int | None:
    """Whose passkey an answer is of, where its owner has a card in use. Opens nothing and believes nothing."""
    row = Passkey.objects.filter(token=_token(house, answer.credential_id)).first()
    return row.patron_id if row is not None and finding.live_card(row.patron_id) is not None else None


def check(
    house: House, actor: Actor, patron: int, site: Site, challenge: bytes, answer: Answer
) -> int | None:
    """The number of the patron's passkey that gave this answer; None where it is not right, or not theirs.

    The authenticator must have checked who holds it, and its counter must not have gone back.

    Args:
        challenge: The one that was given out for this, and for nothing else.

    Raises:
        Refused, DoorClosed: The door stays shut.
    """
    opening = house.door.ask(
        actor,
        action=Action.USE,
        purpose=Purpose.SIGN_IN,
        series=SERIES,
        subjects=[patron],
        fields={"key"},
        circumstance=_HERE,
    )
    row = Passkey.objects.filter(patron_id=patron, token=_token(house, answer.credential_id)).first()
    # One that is found by itself always says whose it is; one that was asked for by its id need not.
    if row is None or answer.handle not in (b"", _handle(house, patron)):
        return None
    key = _key(opening, row)
    try:
        counter = passkeyrules.new_counter(site, challenge, answer, key, stands_alone=True)
    except PasskeyError:
        return None
    return row.id if _move_on(house, row, key, counter) else None


def _move_on(house: House, row: Passkey, key: Key, counter: int) -> bool:
    """Write the counter down where there is one; False where another answer was quicker."""
    if counter == key.counter:
        return True
    text = _written(replace(key, counter=counter))
    sealed = house.vault.seal(row.patron_id, SERIES, row.id, "key", text)
    as_it_was = Passkey.objects.filter(id=row.id, sealed_key=bytes(row.sealed_key))
    return as_it_was.update(sealed_key=sealed) == 1


def _delete(patron: int, **which: int) -> int:
    with transaction.atomic():
        wanted = Passkey.objects.filter(patron_id=patron, **which)
        count = wanted.count()
        wanted.delete()
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return count


def _ask(house: House, actor: Actor, patron: int, action: Action, fields: frozenset[str]) -> Opening:
    part = Part(action, Purpose.OWN_RECORD, SERIES, (patron,), fields)
    return house.door.ask_all(actor, [part], circumstance=_HERE)[0]


def _sealed(row: Passkey, field: str, blob: bytes | memoryview) -> Sealed:
    return Sealed(SERIES, field, row.patron_id, row.id, blob)


def _handle(house: House, patron: int) -> bytes:
    return house.vault.proof("passkey owner", str(patron))


def _token(house: House, credential_id: bytes) -> bytes:
    return house.vault.proof("passkey", credential_id.hex())


def _written(key: Key) -> str:
    halves = [base64.b64encode(each).decode() for each in (key.credential_id, key.public_key)]
    return json.dumps([*halves, key.counter])


def _key(opening: Opening, row: Passkey) -> Key:
    credential_id, public_key, counter = json.loads(opening.read(_sealed(row, "key", row.sealed_key)))
    return Key(base64.b64decode(credential_id), base64.b64decode(public_key), int(counter))
