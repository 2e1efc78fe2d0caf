"""In which language a page speaks: its address says so, and nothing else does.

    /library/news/       English, in which every text is written first
    /library/es/news/    Spanish
    /my/pl/loans/        Polish

No cookie, no session and no header of the browser is asked, so that the same address shows everybody the
same page. The middleware takes the language out of the address before the page is looked for; ``address``
and ``in_language`` put it back in. Each address therefore has one pattern and one name.

Source: clause MP-2.1; issue "The public side", sections 2 and 6.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_time, get_timezone
from django.conf import settings
from django.urls import reverse
from django.utils import translation

SOURCE = "en"
# Each in its own words: whoever does not read the page must find theirs.
NAMES = {"en": "English", "es": "Español", "pl": "Polski"}
LANGUAGES: Sequence[str] = tuple(NAMES)


def split(path: str) -> tuple[str, str]:
    """The language an address names, and the address without it."""
    for before in _places():
        if not path.startswith(before):
            continue
        code, slash, rest = path[len(before) :].partition("/")
        if code in LANGUAGES and (slash or not rest):
            return code, before + rest
    return SOURCE, path


def in_language(path: str, language: str) -> str:
    """The same page in another language. An address that is not the public's stays as it is."""
    bare = split(path)[1]
    if language == SOURCE or language not in LANGUAGES:
        return bare
    for before in _places():
        if bare.startswith(before):
            return f"{before}{language}/{bare[len(before) :]}"
    return bare


def address(name: str, *args: Any, language: str = "") -> str:
    """The address of a page by its name, in the language spoken now or in another.

    Raises:
        NoReverseMatch: No page has this name.
    """
    return in_language(reverse(name, args=args), language or current())


def current() -> str:
    """The language spoken now."""
    code = (translation.get_language() or SOURCE).partition("-")[0]
    return code if code in LANGUAGES else SOURCE


def choose(texts: dict[str, str], language: str = "") -> tuple[str, str]:
    """Of a text written in several languages, the one to show, and in which language it is.

    A language in which nothing was written falls back on the source: the page then has to say so with ``lang``.
    """
    wanted = language or current()
    return (texts[wanted], wanted) if texts.get(wanted) else (texts.get(SOURCE, ""), SOURCE)


@lru_cache(maxsize=8)
def _locale(language: str) -> Locale:
    return Locale.parse("en_US" if language == "en" else language)


def day(value: dt.date | dt.datetime, form: str = "medium") -> str:
    """A day as people write it: "Nov 22, 2026"; ``form`` is Babel's short, medium, long or full."""
    return str(format_date(value, form, locale=_locale(current())))


def month(value: dt.date) -> str:
    """A month with its year, standing alone."""
    return str(format_date(value, "LLLL y", locale=_locale(current())))


def short_month(value: dt.date) -> str:
    """A month's short name, standing alone."""
    return str(format_date(value, "LLL", locale=_locale(current())))


def weekday(value: dt.date) -> str:
    """The name of a day of the week, standing alone, with a capital letter as a table's heading wants it."""
    name = str(format_date(value, "cccc", locale=_locale(current())))
    return name[:1].upper() + name[1:]


def clock(value: dt.datetime | dt.time) -> str:
    """A time of day: "6:30 PM", or "18:30" where people write so. A moment must be local already."""
    zone = get_timezone(str(value.tzinfo)) if isinstance(value, dt.datetime) and value.tzinfo else None
    return str(format_time(value, "short", tzinfo=zone, locale=_locale(current()))).replace("\u202f", " ")


def _places() -> tuple[str, str]:
    return f"/{settings.PUBLIC_SITE}", f"/{settings.PUBLIC_PORTAL}"
