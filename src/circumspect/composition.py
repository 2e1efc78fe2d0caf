"""Put the house together for a process: the one place that knows every floor."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType

from django.conf import settings

from circumspect.home import Home, HomeError
from circumspect.offices.notices import gathered as notices
from circumspect.offices.retention import deciding
from circumspect.offices.retention.erasing import Guard
from circumspect.offices.staff import signoff
from circumspect.records import gathering
from circumspect.records.holdings import Collector
from circumspect.trust.door.house import House, build_house


@lru_cache(maxsize=1)
def the_house() -> House:
    """The house of the home that this process serves.

    Raises:
        HomeError: No home is named.
        KeyringError: Its keys cannot be used.
    """
    home: Home | None = settings.HOME
    if home is None:
        raise HomeError("no library home is named: use --home, or set CIRCUMSPECT_HOME")
    return build_house(home, signoff.number_in_force, decided=deciding.decisions)


def machines() -> ModuleType:
    """How machines that speak SIP2 are served, for whoever starts a process: see ``faces.sip2.starting``."""
    from circumspect.faces.sip2 import starting

    return starting


def collectors() -> Mapping[str, Collector]:
    """Who collects what is held about one patron, by series: the records' own and what offices keep. For ``gathering``."""
    return {**gathering.COLLECTORS, **notices.COLLECTORS}


def guards() -> tuple[Guard, ...]:
    """What may stand against forgetting a patron's record for now, such as an open matter that names it."""
    return ()
