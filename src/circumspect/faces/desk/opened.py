"""The patron who is open, carried by the page itself and by nothing on the server.

A page that shows a patron holds a sealed slip: whose record, how it came to be opened, until when.
The slip is bound to the staff member, their session and the session's *turn*. "Next patron" begins a
new turn, so that every page of the one before is worth nothing, whatever a browser kept of it.

Neither the session nor any address ever names a patron.

Source: clauses MP-7.10, MP-7.11; issue "The house stands", section 4.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest

from circumspect.faces.desk.house import house
from circumspect.trust.policy.request import Circumstance, Reason
from circumspect.trust.vault.crypto import TamperedError

SECONDS = 15 * 60
TURN_KEY = "desk_turn"


class StaleSlipError(Exception):
    """The slip is altered, somebody else's, of an earlier turn, or too old."""


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """Whose record is open, and why. Prints as nothing.

    Attributes:
        circumstance: What explained the first look.
        reason: Given for the first look, where nothing else explained it.
        card_ended: The card scanned was lost or replaced: it shows whose it is, and lends nothing.
        due_on: The day on which what is lent to them now falls due; None for their rule's.
        due_reason: Why.
    """

    patron: int
    circumstance: Circumstance
    reason: Reason | None = None
    card_ended: bool = False
    due_on: dt.date | None = None
    due_reason: Reason | None = None


def next_turn(request: HttpRequest) -> None:
    """Make every slip given out so far worthless."""
    request.session[TURN_KEY] = _turn(request) + 1


def slip_for(request: HttpRequest, held: Held) -> str:
    """A slip for a page's hidden input."""
    return seal(
        request,
        "open",
        {
            "p": held.patron,
            "c": held.circumstance.value,
            "r": held.reason.value if held.reason else "",
            "e": held.card_ended,
            "d": held.due_on.isoformat() if held.due_on else "",
            "w": held.due_reason.value if held.due_reason else "",
        },
    )


def held_by(request: HttpRequest, raw_slip: str) -> Held | None:
    """What a page's slip says; None for a page on which nobody was open.

    Raises:
        StaleSlipError: The slip is not good any more.
    """
    if not raw_slip:
        return None
    read = unseal(request, "open", raw_slip)
    reason = Reason(read["r"]) if read["r"] else None
    held = Held(int(read["p"]), Circumstance(read["c"]), reason, bool(read["e"]))
    if not read.get("d"):
        return held
    return replace(held, due_on=dt.date.fromisoformat(read["d"]), due_reason=Reason(read["w"]))


def seal(request: HttpRequest, use: str, content: dict[str, Any]) -> str:
    """Seal something for one use on this member's pages of this turn, for fifteen minutes."""
    until = house().second() + SECONDS
    plain = json.dumps({"x": until, "v": content}, separators=(",", ":"))
    blob = house().vault.secrets.protect(_label(request, use), plain.encode())
    return base64.urlsafe_b64encode(blob).decode()


def unseal(request: HttpRequest, use: str, raw: str) -> dict[str, Any]:
    """What ``seal`` sealed.

    Raises:
        StaleSlipError: Altered, for another use, member, session or turn, or too old.
    """
    try:
        blob = base64.b64decode(raw.encode("ascii"), altchars=b"-_", validate=True)
        plain = json.loads(house().vault.secrets.reveal(_label(request, use), blob))
    except (TamperedError, binascii.Error, ValueError):
        raise StaleSlipError from None
    if not 0 <= int(plain["x"]) - house().second() <= SECONDS:
        raise StaleSlipError
    content: dict[str, Any] = plain["v"]
    return content


def _turn(request: HttpRequest) -> int:
    turn = request.session.get(TURN_KEY, 0)
    return turn if isinstance(turn, int) else 0


def _label(request: HttpRequest, use: str) -> str:
    member = getattr(request, "member", None)
    return f"desk.{use}:{getattr(member, 'pk', 0)}:{request.session.session_key}:{_turn(request)}"
