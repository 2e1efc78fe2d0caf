"""What the computers' room can say of one patron: the seat they sit at now, and what they have booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from zoneinfo import ZoneInfo

from circumspect.records.computers.asking import SERIES
from circumspect.records.computers.models import Booking, Session
from circumspect.records.holdings import Collector, Kept
from circumspect.trust.door.house import House


def _computers(house: House, patron: int, _fields: Collection[str]) -> Iterable[Kept]:
    zone = ZoneInfo(str(house.home.setting("library", "timezone", "America/Chicago")))
    links = list(house.vault.links(SERIES, patron).values())
    for session in Session.objects.filter(link__in=links).select_related("seat"):
        yield _kept(session, "in use", zone)
    bookings = Booking.objects.filter(link__in=links).select_related("seat").order_by("starts_at", "id")
    for booking in bookings:
        yield _kept(booking, "booked", zone)


def _kept(row: Session | Booking, state: str, zone: ZoneInfo) -> Kept:
    starts, ends = (dt.datetime.fromtimestamp(moment, zone) for moment in (row.starts_at, row.ends_at))
    values = {
        "seat": row.seat.name,
        "area": row.seat.area_id,
        "starts_at": f"{starts:%Y-%m-%d %H:%M}",
        "ends_at": f"{ends:%Y-%m-%d %H:%M}",
        "state": state,
    }
    return Kept(values, starts.date())


COLLECTORS: Mapping[str, Collector] = {SERIES: _computers}
