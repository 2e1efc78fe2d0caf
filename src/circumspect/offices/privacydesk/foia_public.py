"""What the public is told of requests for public records: whom to ask, how long it takes, what it costs; what was refused.

Whom to ask and the fees are the library's own facts, from ``[public_records]`` of its settings. The index of denials is
by exemption and sort of record, as the law asks. It gives years and counts: no day, no letter, no name.

Source: 5 ILCS 140/3, 3.1, 3.5, 4, 6, 9(b); clause TH-1.6.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from circumspect.home import Home, HomeError
from circumspect.offices.privacydesk.clocks import ClockError, Periods, periods_of
from circumspect.offices.privacydesk.foia import denials_by_exemption

_MOST_CENTS = 15  # 5 ILCS 140/6(b), as the free pages are
_FREE_PAGES = 50


@dataclass(frozen=True, slots=True)
class Asking:
    """How to ask this library for a public record.

    Attributes:
        officer: Name and title; "" where the library has not said.
        address, email, phone: Each may be "".
        free_pages, cents_a_page: Of copies in black and white on letter or legal paper.
    """

    officer: str
    address: str
    email: str
    phone: str
    free_pages: int
    cents_a_page: int
    periods: Periods


def asking(home: Home) -> Asking:
    """What the library's settings say.

    Raises:
        HomeError: A fee is not within the law, or a period cannot be meant. Names the setting.
    """

    def said(name: str) -> str:
        return str(home.setting("public_records", name, "")).strip()

    free = home.setting("public_records", "free_pages", _FREE_PAGES)
    cents = home.setting("public_records", "cents_a_page", _MOST_CENTS)
    if type(free) is not int or free < _FREE_PAGES:
        raise HomeError(f"[public_records] free_pages is a whole number, {_FREE_PAGES} at least")
    if type(cents) is not int or not 0 <= cents <= _MOST_CENTS:
        raise HomeError(f"[public_records] cents_a_page is a whole number from 0 to {_MOST_CENTS}")
    try:
        periods = periods_of(home.config.get("privacy_desk", {}))
    except ClockError as problem:
        raise HomeError(f"[privacy_desk] {problem}") from problem
    return Asking(said("officer"), said("address"), said("email"), said("phone"), free, cents, periods)


@dataclass(frozen=True, slots=True)
class Indexed:
    """Denials alike: the sort of record, in part or whole, the year, and how many."""

    record_type: str
    in_part: bool
    year: int
    count: int


def index() -> dict[str, list[Indexed]]:
    """The index of denials by the citation of each exemption, the newest year first."""
    return {
        citation: [
            Indexed(*alike, count)
            for alike, count in sorted(
                Counter((each.record_type, each.in_part, each.decided_on.year) for each in filed).items(),
                key=lambda line: (-line[0][2], line[0][0], line[0][1]),
            )
        ]
        for citation, filed in sorted(denials_by_exemption().items())
    }
