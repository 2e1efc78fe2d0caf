"""Copies under a key of their own, which end by themselves.

What a request asks to be kept for a later court order. A copy is made, may be added to and prolonged while it
lives, and is opened only at the door, which refuses without checked legal process. Nothing here decides how
long: ``preservation`` does.

How it ends. The key has a last day in the key store: from then on no process reads it, whether anything ran or
not. Within that day the moment counts, and is looked at whenever the copy is touched. Each copy remembers the latest
moment at which somebody or the tender looked: a clock that is set back does not make it live longer. Destroying goes
key first (through the list of erasures, so that no older key store brings it back), then parts; what is left says
which series went, how long each part was, and the digest of its sealed bytes.

A part is padded before it is sealed, so that its length does not count somebody's loans.

Source: clauses MP-6.12 to MP-6.14, TH-1.8; guarantee 8; tension 10.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from circumspect.offices.privacydesk.clocks import second_of
from circumspect.offices.privacydesk.copies_models import CopyPart, SealedCopy
from circumspect.records.patrons.rows import new_id
from circumspect.trust.door.house import House, local_day
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import Sealer
from circumspect.trust.vault.wiping import wipe_log_after_commit

SERIES = "preserved"
CONTENT = "content"
FIELDS = frozenset({CONTENT})
# What a copy is for: a request to preserve, or the few days' guard of a new request, which nobody ever opens.
PRESERVATION, GUARD = "preservation", "guard"
KEEPER = Actor(ActorKind.JOB, "keeping")
# Every part is a multiple of this many bytes long.
_BLOCK = 4096


class CopyError(Exception):
    """A copy that nothing can be done with. Catch this; only its subclasses are raised."""


class CopyOverError(CopyError):
    """The copy's time is over, or there never was one: the two are not told apart."""

    def __init__(self) -> None:
        super().__init__("this copy is over, or there is none: nothing of it can be read or changed")


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """Something to keep. Prints as nothing.

    Attributes:
        series: Which series it is of, such as "loans", or "deposit" for a file that was handed over.
        content: The bytes, whatever they are: nothing here looks at them.
    """

    series: str
    content: bytes


@dataclass(frozen=True, slots=True)
class CopyState:
    """What may be said of a copy without opening it."""

    copy_id: int
    matter: int
    kind: str
    made_at: dt.datetime
    ends_at: dt.datetime
    destroyed_at: dt.datetime | None
    series: tuple[str, ...]
    evidence: tuple[tuple[str, int, str], ...] = ()

    @property
    def ended(self) -> bool:
        """Whether it has been destroyed."""
        return self.destroyed_at is not None


def make(
    house: House, actor: Actor, pieces: Iterable[Piece], *, matter: int, kind: str, ends_at: dt.datetime
) -> int:
    """Seal pieces under a new key; the copy's number. Key and rows are durable when this returns.

    Args:
        actor: Who sets it aside; the door is asked.
        matter: The case.
        kind: What it is for: PRESERVATION or GUARD.

    Raises:
        CopyOverError: It would end before it begins.
        Refused, DoorClosed: The door stays shut; nothing is kept.
    """
    purpose = Purpose.TAKE_IN if kind == GUARD else Purpose.PRESERVE
    _permit(house, actor, Action.PRESERVE, purpose, Circumstance.CASE)
    now = house.second()
    if second_of(ends_at) <= now:
        raise CopyOverError
    copy_id = new_id()
    sealer = house.vault.new_subjects([copy_id], _last_day(house, ends_at))[copy_id]
    with transaction.atomic():
        row = SealedCopy.objects.create(
            id=copy_id, matter=matter, kind=kind, made_at=now, ends_at=second_of(ends_at), seen_at=now
        )
        _seal(sealer, row, pieces)
    return copy_id


def add(house: House, actor: Actor, copy_id: int, pieces: Iterable[Piece]) -> None:
    """Seal more into a living copy.

    Raises:
        CopyOverError: It is over.
        Refused, DoorClosed: The door stays shut; nothing is kept.
    """
    _permit(house, actor, Action.PRESERVE, Purpose.PRESERVE, Circumstance.CASE)
    row = _living(house, copy_id)
    with transaction.atomic():
        _seal(house.vault.sealer(copy_id), row, pieces)


def prolong(house: House, actor: Actor, copy_id: int, ends_at: dt.datetime) -> None:
    """Let a living copy end later. There is no way to let it end earlier.

    Raises:
        CopyOverError: It is over, would not end later, or is a guard, which nothing prolongs.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    _permit(house, actor, Action.PRESERVE, Purpose.PRESERVE, Circumstance.CASE)
    row = _living(house, copy_id)
    if row.kind == GUARD or second_of(ends_at) <= row.ends_at:
        raise CopyOverError
    # The key first: a row that says more than its key would promise what cannot be kept.
    house.vault.prolong_subject(copy_id, _last_day(house, ends_at))
    SealedCopy.objects.filter(id=copy_id, destroyed_at=None, ends_at__lt=second_of(ends_at)).update(
        ends_at=second_of(ends_at)
    )


def read(
    house: House, actor: Actor, copy_id: int, *, action: Action = Action.VIEW, on_process: bool = False
) -> list[Piece]:
    """Open a copy at the door. Every try is entered there, also of a copy that is over.

    Args:
        action: VIEW, or DISCLOSE to hand it on.
        on_process: Legal process was checked, says whoever calls. Without it the policy refuses everybody.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is read.
    """
    with suppress(CopyOverError):
        # A guard opens on no process: the door is asked as if there were none, and refuses.
        on_process = on_process and _living(house, copy_id).kind != GUARD
    circumstance = Circumstance.PROCESS if on_process else Circumstance.CASE
    return _read(house, actor, copy_id, action, Purpose.DISCLOSE, circumstance)


def take_up(house: House, actor: Actor, copy_id: int) -> list[Piece]:
    """Read a living copy for another copy, which seals it at once and shows it to nobody.

    Raises:
        CopyOverError: It is over.
        Refused, DoorClosed: The door stays shut; nothing is read.
    """
    _living(house, copy_id)
    return _read(house, actor, copy_id, Action.PRESERVE, Purpose.PRESERVE, Circumstance.CASE)


def _read(
    house: House, actor: Actor, copy_id: int, action: Action, purpose: Purpose, circumstance: Circumstance
) -> list[Piece]:
    opening = house.door.ask(
        actor,
        action=action,
        purpose=purpose,
        series=SERIES,
        subjects=[copy_id],
        fields=FIELDS,
        circumstance=circumstance,
    )
    parts = CopyPart.objects.filter(copy_id=copy_id).order_by("series", "id")
    return [
        Piece(
            part.series,
            _unpadded(opening.read(Sealed(SERIES, CONTENT, copy_id, part.id, part.sealed_content))),
        )
        for part in parts
    ]


def states(matters: Sequence[int] | None = None) -> list[CopyState]:
    """What there is, or was, of some cases; of all where none are named. Opens nothing."""
    rows = SealedCopy.objects.order_by("ends_at", "id")
    if matters is not None:
        rows = rows.filter(matter__in=matters)
    return [_state(row) for row in rows]


def matters_of(kind: str) -> set[int]:
    """The cases for which a copy of a kind lives. Opens nothing."""
    return set(SealedCopy.objects.filter(kind=kind, destroyed_at=None).values_list("matter", flat=True))


def end_over(house: House, kind: str = PRESERVATION) -> int:
    """Destroy every copy of a kind whose time is over; how many. For unattended work, and safe to stop anywhere."""
    # That it was seen to be over stays, though destroying may fail now and the clock be set back later.
    SealedCopy.objects.filter(destroyed_at=None, seen_at__lt=house.second()).update(seen_at=house.second())
    living = SealedCopy.objects.filter(destroyed_at=None)
    rows = list(living.filter(kind=kind, ends_at__lte=F("seen_at")))
    # Also a key whose copy was never written, because that was cut short.
    keys = set(house.vault.due_subjects()) - set(living.values_list("id", flat=True))
    if not (rows or keys):
        return 0
    _permit(house, KEEPER, Action.ERASE, Purpose.FORGET, Circumstance.SCHEDULED)
    for row in rows:
        _destroy(house, row)
    if keys:
        house.vault.destroy_subjects(sorted(keys))
    return len(rows)


def count_over(house: House, *, by_hours: int = 0) -> int:
    """How many copies still lie there though their time is over: none, where the tender comes by.

    Args:
        by_hours: Only those that have been over for so long.
    """
    limit = house.second() - by_hours * 3600
    return SealedCopy.objects.filter(destroyed_at=None, ends_at__lte=limit).count()


def _destroy(house: House, row: SealedCopy) -> None:
    house.vault.destroy_subject(row.id)
    with transaction.atomic():
        parts = CopyPart.objects.filter(copy=row).order_by("series", "id")
        evidence = [
            [part.series, len(part.sealed_content), hashlib.sha256(bytes(part.sealed_content)).hexdigest()]
            for part in parts
        ]
        done = SealedCopy.objects.filter(id=row.id, destroyed_at=None).update(
            destroyed_at=house.second(), evidence=evidence
        )
        # Another process may have been here first: its evidence stands.
        if done:
            parts.delete()
        if row.kind == GUARD:
            # Nothing stays of it but the day's count: that somebody had loans on a day is nobody's to know.
            SealedCopy.objects.filter(id=row.id).delete()
    wipe_log_after_commit("default")


def _living(house: House, copy_id: int) -> SealedCopy:
    """The copy, if it lives. One that is found to be over is destroyed on the spot, outside of any transaction."""
    row = SealedCopy.objects.filter(id=copy_id, destroyed_at=None).first()
    if row is None:
        raise CopyOverError
    if _is_over(house, row):
        _destroy(house, row)
        raise CopyOverError
    return row


def _is_over(house: House, row: SealedCopy) -> bool:
    """Whether its end has come, by the clock or by what was seen of it before; what is seen now stays."""
    if row.seen_at < house.second():
        row.seen_at = house.second()
        SealedCopy.objects.filter(id=row.id, seen_at__lt=row.seen_at).update(seen_at=row.seen_at)
    return row.seen_at >= row.ends_at


def _seal(sealer: Sealer, row: SealedCopy, pieces: Iterable[Piece]) -> None:
    for piece in pieces:
        part_id = new_id()
        sealed = sealer.seal(SERIES, part_id, CONTENT, _padded(piece.content))
        CopyPart.objects.create(id=part_id, copy=row, series=piece.series, sealed_content=sealed)


def _padded(content: bytes) -> str:
    raw = len(content).to_bytes(8, "big") + content
    return base64.b64encode(raw + b"\0" * (-len(raw) % _BLOCK)).decode()


def _unpadded(text: str) -> bytes:
    raw = base64.b64decode(text)
    return raw[8 : 8 + int.from_bytes(raw[:8], "big")]


def _last_day(house: House, ends_at: dt.datetime) -> dt.date:
    return local_day(house.home, ends_at) + dt.timedelta(days=1)


def _moment(second: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(second, dt.UTC)


def _state(row: SealedCopy) -> CopyState:
    evidence = tuple((str(each[0]), int(each[1]), str(each[2])) for each in row.evidence)
    live = row.copypart_set.values_list("series", flat=True)
    series = tuple(sorted({*live, *(each[0] for each in evidence)}))
    return CopyState(
        row.id,
        row.matter,
        row.kind,
        _moment(row.made_at),
        _moment(row.ends_at),
        None if row.destroyed_at is None else _moment(row.destroyed_at),
        series,
        evidence,
    )


def _permit(house: House, actor: Actor, action: Action, purpose: Purpose, circumstance: Circumstance) -> None:
    house.door.permit(
        actor, action=action, purpose=purpose, series=SERIES, fields=FIELDS, circumstance=circumstance
    )


def as_json(value: Any) -> bytes:
    """Plain values as the bytes of a piece."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()
