"""A few days' guard: what a new request names is not forgotten while somebody in charge looks at it.

It ends by itself. Whose record is guarded rests sealed under the house's own secret; nothing is copied here, and a
book that is returned is forgotten as always: a copy of what somebody has now is the work of preservation.

Source: clauses MP-3.7, MP-7.12; DOMAIN practice of preserving before an order.
"""

from __future__ import annotations

import json

from circumspect.offices.privacydesk import caseids
from circumspect.offices.privacydesk.cases_models import GuardedRecord
from circumspect.trust.door.house import House
from circumspect.trust.vault.crypto import TamperedError

GUARD_DAYS = 3
_LABEL = "cases.guard"


def guard_days(house: House) -> int:
    """For how long: ``[privacy_desk] guard_days``, a fortnight at most."""
    days = house.home.setting("privacy_desk", "guard_days", GUARD_DAYS)
    return days if isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= 14 else GUARD_DAYS


def guard(house: House, case: int, patron: int) -> None:
    """Guard a patron's record against being forgotten, from now on for the library's few days."""
    until = int(house.clock().timestamp()) + guard_days(house) * 86400
    told = json.dumps({"patron": patron, "case": case}).encode().ljust(96)
    sealed = house.vault.secrets.protect(_LABEL, told)
    GuardedRecord.objects.create(id=caseids.new_id(), until=until, sealed_record=sealed)


def is_guarded(house: House, patron: int) -> bool:
    """Whether a request of the last days named this patron. Opens nothing. For ``composition.guards``."""
    now = int(house.clock().timestamp())
    return any(_patron(house, row) in (patron, None) for row in GuardedRecord.objects.filter(until__gt=now))


def end_guards(house: House) -> int:
    """Drop guards that have ended; how many."""
    now = int(house.clock().timestamp())
    return GuardedRecord.objects.filter(until__lte=now).delete()[0]


def _patron(house: House, row: GuardedRecord) -> int | None:
    try:
        told = json.loads(house.vault.secrets.reveal(_LABEL, bytes(row.sealed_record)))
        return int(told["patron"])
    except (TamperedError, ValueError, KeyError):
        return None  # unreadable: then nobody is forgotten while it stands
