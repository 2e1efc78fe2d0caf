"""Areas and seats: set them up, know a seat by its key, and know until when an area is open.

A seat's key is 256 random bits, printed once and kept on the machine; here its digest is kept. A key of
that length cannot be guessed at, so that a plain digest does: a slow hash at every word of every seat
would cost much and guard nothing more.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.models import ClosedDay
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.computers import rules
from circumspect.records.computers.models import Area, Seat
from circumspect.trust.door.house import House

_KEY = re.compile(r"seat-([0-9]{1,19})-([A-Za-z0-9_-]{43})")
_NAME = re.compile(r"[^\s].{0,38}[^\s]|[^\s]")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


class ComputersError(Exception):
    """Something cannot be done with the computers. Catch this; only its subclasses are raised."""


class SettingError(ComputersError):
    """A name, code or number does not do.

    Attributes:
        field: Which.
        reason: What to do, in a few words. Holds nothing of a patron.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NoSuchSeatError(ComputersError):
    """There is no such seat, or it has no such key."""

    def __init__(self) -> None:
        super().__init__("there is no such seat")


@dataclass(frozen=True, slots=True, repr=False)
class AddedSeat:
    """A new seat, and its key: printed once, stored nowhere."""

    id: int
    name: str
    key: str


def put_area(
    code: str, name: str, branch: str, *, session_minutes: int = 60, hours: Sequence[object] = ()
) -> Area:
    """Make an area, or change one of that code.

    Args:
        hours: Seven entries, Monday first, each a list of ["HH:MM", "HH:MM"]; none: as the branch.

    Raises:
        SettingError: A value does not do.
    """
    if not _CODE.fullmatch(code):
        raise SettingError("area", "a code of small letters, digits and dashes, at most 32")
    if not Branch.objects.filter(code=branch).exists():
        raise SettingError("branch", "there is no such branch in the catalog")
    if not 5 <= session_minutes <= 480:
        raise SettingError("session_minutes", "a session lasts 5 to 480 minutes")
    if hours and len(hours) != 7:
        raise SettingError("hours", "seven days, Monday first")
    area, _ = Area.objects.update_or_create(
        code=code,
        defaults={
            "name": name[:80] or code,
            "branch": branch,
            "session_minutes": session_minutes,
            "hours": list(hours),
        },
    )
    return area


def add_seat(name: str, area: str) -> AddedSeat:
    """Make a seat. It is locked until its client has confirmed that the machine is clean.

    Raises:
        SettingError: The name is taken or does not do, or there is no such area.
    """
    name = name.strip()
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise SettingError("name", "a name of 1 to 40 characters, such as Main 04")
    if not Area.objects.filter(code=area).exists():
        raise SettingError("area", "there is no such area")
    seat = secrets.randbits(62)
    key = _new_key(seat)
    try:
        with transaction.atomic():
            Seat.objects.create(id=seat, name=name, area_id=area, key_digest=_digest(key))
    except IntegrityError:
        raise SettingError("name", "another seat has this name") from None
    return AddedSeat(seat, name, key)


def renew_key(name: str) -> AddedSeat:
    """Give a seat a new key; the old one opens nothing any more.

    Raises:
        NoSuchSeatError: No seat has this name.
    """
    seat = Seat.objects.filter(name=name).first()
    if seat is None:
        raise NoSuchSeatError
    key = _new_key(seat.id)
    Seat.objects.filter(id=seat.id).update(key_digest=_digest(key))
    return AddedSeat(seat.id, seat.name, key)


def revoke_key(name: str) -> None:
    """Take a seat's key away: its client can say nothing here any more.

    Raises:
        NoSuchSeatError: No seat has this name.
    """
    if not Seat.objects.filter(name=name).update(key_digest=None):
        raise NoSuchSeatError


def seat_of_key(key: str) -> int | None:
    """The seat that this is the key of, or None."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    row = Seat.objects.filter(id=int(found[1])).values_list("id", "key_digest").first()
    # Compared in constant time, and with something in every case.
    stored = bytes(row[1]) if row is not None and row[1] is not None else bytes(32)
    matches = hmac.compare_digest(stored, _digest(key))
    return int(row[0]) if row is not None and matches else None


def _new_key(seat: int) -> str:
    return f"seat-{seat}-{base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip('=')}"


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def closes_at(house: House, area: Area, moment: dt.datetime | None = None) -> int | None:
    """When an area that is open at a moment (now) closes, as seconds since 1970; None where it is closed."""
    zone = zone_of(house)
    when = (moment or house.clock()).astimezone(zone)
    hours = area.hours or (
        Branch.objects.filter(code=area.branch).values_list("hours", flat=True).first() or []
    )
    closed = ClosedDay.objects.filter(branch__in=("", area.branch), day=when.date()).exists()
    return rules.open_until(hours, closed, when, zone)


def all_seats() -> list[Seat]:
    """Every seat with its area, by name."""
    return list(Seat.objects.select_related("area").order_by("area__branch", "name"))
