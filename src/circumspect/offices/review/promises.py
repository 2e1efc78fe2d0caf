"""What the review can say of itself: whether it has gone through what was entered, and whether somebody looked at what it found.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from circumspect.offices.review import gathering
from circumspect.offices.review.models import Flagged, Progress
from circumspect.records.promises import Promise
from circumspect.trust.door.house import House
from circumspect.trust.ledger.store import Ledger

# The round is made once a day; a look on its list is to be looked into while people still remember the day.
RUN_WITHIN: Final = dt.timedelta(days=2)
LOOKED_INTO_WITHIN: Final = dt.timedelta(days=14)


def not_reviewed_since(ledger: Ledger, now: dt.datetime) -> dt.date | None:
    """The day of the first look that the review has not gone through and should have; None where it is up to date."""
    progress = Progress.objects.filter(name="looks").first()
    index = progress.index if progress is not None else 0
    for entry in ledger.entries(index, index + 1):
        at = dt.datetime.fromtimestamp(gathering.moment(entry.body), dt.UTC)
        if now - at > RUN_WITHIN:
            return at.date()
    return None


def waiting_too_long(now: dt.datetime) -> int:
    """How many looks have been on the list for too long without an outcome."""
    return Flagged.objects.filter(outcome="", noted_at__lt=now - LOOKED_INTO_WITHIN).count()


def looks_are_looked_into(house: House) -> Promise:
    """Whether the review runs, and its list is worked on."""
    now = house.clock()
    since, waiting = not_reviewed_since(house.ledger, now), waiting_too_long(now)
    said, instead = "The review is up to date, and no look waits too long.", ""
    if waiting:
        said = f"{waiting:,} looks that stand out have waited more than {LOOKED_INTO_WITHIN.days} days."
        instead = "note what came of them: Office, Looks to look into"
    if since is not None:
        said = f"Looks since {since} have not been gone through."
        instead = "start the server: it reviews once a day"
    return Promise("Curiosity is noticed", ("MP-7.15",), not instead, said, instead)
