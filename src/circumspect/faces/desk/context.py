"""What every page knows: the library, and who is signed in. Nothing of a patron."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest

from circumspect.faces.desk.house import house
from circumspect.offices.privacydesk import calling
from circumspect.offices.staff import sessions
from circumspect.trust.policy.request import Role

CLEAR_SECONDS = 90
IN_CHARGE = frozenset({Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR})


def library(request: HttpRequest) -> dict[str, Any]:
    """Names and times for the page's frame."""
    home = house().home
    member = getattr(request, "member", None)
    return {
        "library_name": str(home.setting("library", "name", "Library")),
        "is_sample": home.is_sample,
        "member": member,
        "is_locked": getattr(request, "is_locked", False),
        "alarms": _alarms(request) if member is not None and not getattr(request, "is_locked", False) else (),
        "unsigned_version": getattr(request, "unsigned_version", ""),
        "clear_seconds": clear_seconds(),
        "idle_seconds": sessions.idle_seconds(),
    }


def _alarms(request: HttpRequest) -> Sequence[calling.Alarm]:
    """Requests that nobody has taken up yet, on the screens of those who may: one statement, and for nobody else."""
    actor = getattr(request, "actor", None)
    if actor is None or not IN_CHARGE & actor.roles:
        return ()
    return calling.alarms(house(), actor)


def clear_seconds() -> int:
    """How long a patron stays on an untouched screen: ``[web] clear_seconds``, never beyond the idle lock."""
    setting = house().home.setting("web", "clear_seconds", CLEAR_SECONDS)
    wanted = setting if isinstance(setting, int) and setting > 0 else CLEAR_SECONDS
    return min(wanted, sessions.idle_seconds())
