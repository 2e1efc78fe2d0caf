"""How values look on a screen that faces the public: masked, plain, and dated as people write dates.

Pure: values in, text out.
"""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

_HIDDEN = "•••"


def masked_email(email: str) -> str:
    """``jane@example.org`` as ``j•••@example.org``; "" for none."""
    name, at, place = email.rpartition("@")
    return f"{name[:1]}{_HIDDEN}@{place}" if at else ""


def masked_phone(phone: str) -> str:
    """The last four digits of a telephone number, ``•••-0142``; "" for none."""
    digits = re.sub(r"\D", "", phone)
    return f"{_HIDDEN}-{digits[-4:]}" if digits else ""


def masked_street(street: str) -> str:
    """A street without its house number: enough to tell two people apart, not enough to visit one."""
    return re.sub(r"\d+\w*", "••", street, count=1) if street else ""


def in_full(day: dt.date | None) -> str:
    """A day as ``Nov 22, 2026``; "" for none."""
    return f"{day:%b} {day.day}, {day.year}" if day else ""


def day_of(seconds: int, zone: ZoneInfo) -> dt.date:
    """The library's day on which a moment, given in seconds since 1970, falls."""
    return dt.datetime.fromtimestamp(seconds, zone).date()


def full_name(given_name: str, family_name: str) -> str:
    """A name as it is said."""
    return f"{given_name} {family_name}".strip()


LANGUAGES = {"en": "English", "es": "Español", "pl": "Polski"}
