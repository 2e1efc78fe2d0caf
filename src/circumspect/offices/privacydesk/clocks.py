"""Count business days, and periods that run from a moment: the clocks of the privacy desk.

Two sorts of clock. A *business-day* clock (public-records requests) counts Monday to Friday without legal
holidays, from the day after receipt; its calendar is the State's legal holidays, as the library has added to or
taken from them. A *span* clock (what is kept for a later court order) runs from a moment for whole days and
never ends early: where a clock change makes "90 days" mean two moments, the later one counts.

Periods are the library's settings; what stands here as a default is what the law was read to say, and the library
has to confirm it. Pure: no database, and the time is given.

Source: 5 ILCS 140/3(d), 3(e), 3.1, 3.2, 3.6; 18 USC 2703(f); clauses MP-6.12, MP-6.13, TH-1.6; issue
"The privacy desk", section 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from holidays import country_holidays

ONE_DAY = dt.timedelta(days=1)
# Saturday and Sunday, as date.weekday() counts.
_WEEKEND = (5, 6)


class ClockError(ValueError):
    """A setting or a date that no clock can run on. Names the setting, and says what would do.

    Attributes:
        field: The setting's or the form field's name.
        rule: What would do.
    """

    def __init__(self, field_name: str, rule: str) -> None:
        super().__init__(f"{field_name}: {rule}")
        self.field = field_name
        self.rule = rule


def second_of(moment: dt.datetime) -> int:
    """A moment in whole seconds, upwards: what has to be kept until a moment is kept until after it."""
    return -int(-moment.timestamp() // 1)


@lru_cache(maxsize=64)
def legal_holidays(year: int) -> frozenset[dt.date]:
    """The legal holidays of Illinois in a year, with the days on which they are observed."""
    return frozenset(country_holidays("US", subdiv="IL", years=[year]))


@dataclass(frozen=True)
class BusinessCalendar:
    """Which days count as business days at this library.

    Attributes:
        closed: Days the library has added: it is closed, though the State works.
        open: Legal holidays on which it works all the same.
    """

    closed: frozenset[dt.date] = frozenset()
    open: frozenset[dt.date] = frozenset()

    def is_business_day(self, day: dt.date) -> bool:
        """Monday to Friday, and no holiday."""
        if day.weekday() in _WEEKEND or day in self.closed:
            return False
        return day in self.open or day not in legal_holidays(day.year)

    def after(self, day: dt.date, count: int) -> dt.date:
        """The business day that is so many after a day; the day itself is not counted.

        Raises:
            ClockError: The count is not 1 to 400, or the calendar has no business day left in ten years.
        """
        if not 1 <= count <= 400:
            raise ClockError("business days", "a number from 1 to 400")
        left, here = count, day
        for _ in range(3653):
            here += ONE_DAY
            left -= self.is_business_day(here)
            if not left:
                return here
        raise ClockError("closed days", "the calendar leaves too few business days")

    def between(self, first: dt.date, last: dt.date) -> int:
        """How many business days lie after the first day, up to and with the last; 0 where it is not later."""
        days = (last - first).days
        return sum(self.is_business_day(first + dt.timedelta(days=each)) for each in range(1, days + 1))


def days_of(texts: Collection[str], setting: str) -> frozenset[dt.date]:
    """Days written as 2026-12-24. Raises ClockError naming the setting."""
    try:
        return frozenset(dt.date.fromisoformat(text) for text in texts)
    except (TypeError, ValueError):
        raise ClockError(setting, "days written as 2026-12-24") from None


def received_on(
    moment: dt.datetime, zone: ZoneInfo, *, closes_at: dt.time | None, late_is_next_day: bool
) -> dt.date:
    """The day on which something counts as received.

    What arrives after closing counts as received the next day only where the library's policy says so.
    """
    local = moment.astimezone(zone)
    if late_is_next_day and closes_at is not None and local.time() >= closes_at:
        return local.date() + ONE_DAY
    return local.date()


def later_by_days(moment: dt.datetime, days: int, zone: ZoneInfo) -> dt.datetime:
    """The moment so many days later: by the calendar on the wall or by 24 hours a day, whichever is later.

    In a span that crosses a change of clocks the two differ by an hour, and "at least" means the longer.
    """
    by_hours = moment.astimezone(dt.UTC) + dt.timedelta(days=days)
    wall = moment.astimezone(zone).replace(tzinfo=None) + dt.timedelta(days=days)
    # A wall time that a clock change skips or doubles: fold=1 reads it as the later moment it may mean.
    by_wall = max(wall.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1))
    return max(by_hours, by_wall)


def warnings_due(ends_at: dt.datetime, now: dt.datetime, days: Collection[int]) -> list[int]:
    """Of the warnings so many days before an end, those that are due by now and not overtaken by it.

    The most urgent one comes last; empty once the end has come.
    """
    if now >= ends_at:
        return []
    return sorted((each for each in days if now >= ends_at - dt.timedelta(days=each)), reverse=True)


@dataclass(frozen=True, slots=True)
class Periods:
    """Every period of these kinds of matter, in the unit that its name says. A library may set each.

    Attributes:
        foia_business_days: For the answer, and again for an extension.
        foia_commercial_business_days: For a request with a commercial purpose.
        foia_recurrent_business_days: For one from a recurrent requester, who is told within the first period.
        preserve_days: Kept from the request on, and once more on a renewed one; 90 is the least the law allows.
        warn_days: How long before an end somebody is warned.
        tipline_days: What was reported is kept so long after the report.
        gag_review_days: A paper that binds to silence by its kind is looked at again after so many, until another day is set.
        breach_threshold: More residents than this, and the Attorney General is told as well.
    """

    foia_business_days: int = 5
    foia_extension_business_days: int = 5
    foia_commercial_business_days: int = 21
    foia_recurrent_business_days: int = 21
    foia_voluminous_business_days: int = 10
    preserve_days: int = 90
    warn_days: tuple[int, ...] = (14, 7, 1)
    tipline_days: int = 365
    gag_review_days: int = 180
    breach_threshold: int = 500
    breach_notice_days: int = 45
    late_is_next_day: bool = False
    closes_at: str = ""
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)


# The least that a library may set, where the law has a floor.
_LEAST = {"preserve_days": 90, "tipline_days": 365}
SETTINGS = frozenset({each.name for each in fields(Periods)} - {"calendar"} | {"closed_days", "open_days"})


def periods_of(section: Mapping[str, Any]) -> Periods:
    """The periods of a library, from its settings.

    Args:
        section: ``[privacy_desk]`` of config.toml.

    Raises:
        ClockError: A setting is not a whole number above nothing, or below what the law asks for.
    """
    chosen: dict[str, Any] = {}
    for each in fields(Periods):
        if each.name not in section or each.name == "calendar":
            continue
        value = section[each.name]
        least = _LEAST.get(each.name, 1)
        if each.name == "warn_days":
            if not (isinstance(value, list) and value and all(_is_count(one, 1) for one in value)):
                raise ClockError("warn_days", "a list of days, such as [14, 7, 1]")
            value = tuple(sorted(set(value), reverse=True))
        elif each.name == "late_is_next_day":
            if not isinstance(value, bool):
                raise ClockError(each.name, "true or false")
        elif each.name == "closes_at":
            closing_time(value)
        elif not _is_count(value, least):
            raise ClockError(each.name, f"a whole number from {least} to 3660")
        chosen[each.name] = value
    calendar = BusinessCalendar(
        days_of(section.get("closed_days", []), "closed_days"),
        days_of(section.get("open_days", []), "open_days"),
    )
    return Periods(**chosen, calendar=calendar)


def closing_time(text: object) -> dt.time | None:
    """A time such as "17:00" as a time, None for "". Raises ClockError."""
    if text == "":
        return None
    try:
        return dt.time.fromisoformat(str(text))
    except ValueError:
        raise ClockError("closes_at", "a time such as 17:00") from None


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= 3660
