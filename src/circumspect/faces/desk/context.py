"""What every page knows: the library, and who is signed in. Nothing of a patron."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from circumspect.faces.desk.house import house
from circumspect.offices.staff import sessions

CLEAR_SECONDS = 90


def library(request: HttpRequest) -> dict[str, Any]:
    """Names and times for the page's frame."""
    home = house().home
    member = getattr(request, "member", None)
    return {
        "library_name": str(home.setting("library", "name", "Library")),
        "is_sample": home.is_sample,
        "member": member,
        "is_locked": getattr(request, "is_locked", False),
        "unsigned_version": getattr(request, "unsigned_version", ""),
        "clear_seconds": clear_seconds(),
        "idle_seconds": sessions.idle_seconds(),
    }


def clear_seconds() -> int:
    """How long a patron stays on an untouched screen: ``[web] clear_seconds``, never beyond the idle lock."""
    setting = house().home.setting("web", "clear_seconds", CLEAR_SECONDS)
    wanted = setting if isinstance(setting, int) and setting > 0 else CLEAR_SECONDS
    return min(wanted, sessions.idle_seconds())
