"""What a loan rule and a branch's hours may say before they are written. Pure: values in, what is wrong out.

A rule that is typed wrongly lends for two hundred years or fines a patron a fortune, so each number has
its bounds, and a rule says nothing that its own kind does not use.

Money is in whole cents.

Source: DOMAIN practice of loan rules; clause MP-2.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from circumspect.records.circulation.rules import FinePer, LoanTerms, PeriodKind

MOST_DAYS = 730
MOST_HOURS = 168
MOST_RENEWALS = 50
MOST_ITEMS = 1000
MOST_CENTS = 100_000

# Typed in a browser: a day of the week, and from when until when.
Spell = tuple[dt.time, dt.time]


def wrong_with(terms: LoanTerms, today: dt.date) -> dict[str, str]:
    """What is wrong with a rule, by the name of its field; empty where nothing is."""
    found: dict[str, str] = {}
    most = MOST_HOURS if terms.period_kind is PeriodKind.HOURS else MOST_DAYS
    if terms.period_kind is PeriodKind.FIXED:
        if terms.fixed_on is None or not today <= terms.fixed_on <= today + dt.timedelta(days=MOST_DAYS):
            found["fixed_on"] = "choose the day on which everything falls due, within two years"
    elif not 1 <= terms.period <= most:
        found["period"] = f"a loan is 1 to {most} {terms.period_kind.value} long"
    for name, limit in (("renewals", MOST_RENEWALS), ("max_items", MOST_ITEMS), ("max_of_type", MOST_ITEMS)):
        if not 0 <= getattr(terms, name) <= limit:
            found[name] = f"give a number from 0 to {limit}"
    for name in ("fine_cents", "fine_cap_cents", "processing_cents"):
        if not 0 <= getattr(terms, name) <= MOST_CENTS:
            found[name] = "give an amount up to $1,000"
    if terms.replacement_cents is not None and not 0 <= terms.replacement_cents <= MOST_CENTS:
        found["replacement_cents"] = "give an amount up to $1,000, or leave it empty"
    if not 0 <= terms.grace <= MOST_DAYS:
        found["grace"] = f"give a number from 0 to {MOST_DAYS}"
    if terms.fine_per is FinePer.NEVER and terms.fine_cents:
        found["fine_cents"] = "say for each what: a day or an hour; or leave the amount at nothing"
    if terms.fine_per is not FinePer.NEVER and not terms.fine_cents:
        found["fine_cents"] = "give the amount, or choose fine-free"
    if 0 < terms.fine_cap_cents < terms.fine_cents:
        found["fine_cap_cents"] = "the most is less than the fine for one day or hour"
    found |= _wrong_ladder(terms)
    return found


def _wrong_ladder(terms: LoanTerms) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in ("long_overdue_days", "lost_days"):
        days = getattr(terms, name)
        if days is not None and not 0 <= days <= MOST_DAYS:
            found[name] = f"give a number of days up to {MOST_DAYS}, or leave it empty"
    if terms.long_overdue_days and terms.lost_days and terms.lost_days < terms.long_overdue_days:
        found["lost_days"] = "an item is long overdue before it is given up"
    return found


def wrong_with_day(spells: Sequence[Spell]) -> str:
    """What is wrong with the hours of one day of the week; "" where nothing is. No spells: closed."""
    before: dt.time | None = None
    for opens, closes in sorted(spells):
        # Midnight as a closing time is the end of the day.
        if closes not in (dt.time(),) and closes <= opens:
            return "a closing time comes after the opening time"
        if before is not None and (before == dt.time() or opens < before):
            return "the spells of one day do not overlap"
        before = closes
    return ""
