"""A case that is over is kept as the schedule says, and disposed of when a certificate has been approved.

Its key is destroyed first: from then on it is noise here and in every copy. A case under a gag is in
no count, and waits until the gag ends.

Source: clauses TH-1.5, TH-1.8; DOMAIN practice of disposal certificates.
"""

from __future__ import annotations

import datetime as dt

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk.cases_models import Case
from circumspect.trust.door.house import House


def due(house: House) -> tuple[int, dt.date, dt.date] | None:
    """How many cases may be proposed for disposal, and the first and last day on which they were over; None for none."""
    days = sorted(row.keep_until for row in _over(house) if row.keep_until is not None)
    return (len(days), days[0], days[-1]) if days else None


def dispose(house: House, last: dt.date) -> int:
    """Destroy the keys and the rows of cases whose time was over on a day; how many."""
    over = [row.id for row in _over(house) if row.keep_until is not None and row.keep_until <= last]
    house.vault.destroy_subjects(over)
    Case.objects.filter(id__in=over).delete()
    return len(over)


def _over(house: House) -> list[Case]:
    rows = Case.objects.filter(keep_until__lte=house.today()).order_by("id")
    return [row for row in rows if not accesses.access_of(house, row).is_sealed]
