"""Forms that need no cookie: a stamp that says when and for what a form was given out, and a field that people do not see.

    FORM = FormGuard("ask a librarian")
    context["guard"] = FORM.fields(now)             {% include "public/_guard.html" %} inside the form
    FORM.check(request.POST, now)                   raises StaleFormError or RobotError

The stamp is signed with a key that lives as long as the server. It says nothing of whoever got it, and is kept
nowhere. Where somebody is signed in, ``bound_to`` ties it to their session: another's stamp is then worthless.

That a form was not posted from another site's page is looked at before this, by the middleware.

Source: clause TH-3.5; issue "The public side", section 3 ("spam kept out without third parties").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.core import signing

STAMP, TRAP = "stamp", "website"
_LIVES = dt.timedelta(hours=6)


class FormError(Exception):
    """A form cannot be taken as it is. Catch this; only its subclasses are raised."""


class StaleFormError(FormError):
    """The stamp is missing, too old, of an earlier server, or somebody else's: show the form again, filled in."""


class RobotError(FormError):
    """What people do not see was filled in, or the form came back faster than anybody types."""


@dataclass(frozen=True, slots=True)
class FormGuard:
    """What guards one kind of form.

    Attributes:
        purpose: Which form; a stamp for one opens no other.
        least_seconds: Nobody fills this form in faster. 0 where there is nothing to type.
        lives: How long a form may lie open.
    """

    purpose: str
    least_seconds: int = 0
    lives: dt.timedelta = _LIVES

    def fields(self, now: dt.datetime, *, bound_to: str = "") -> dict[str, str]:
        """What the form carries: the stamp, and the names of both fields."""
        stamp = self._signer(bound_to).sign(str(int(now.timestamp())))
        return {"name": STAMP, "value": stamp, "trap": TRAP}

    def check(self, posted: Mapping[str, str], now: dt.datetime, *, bound_to: str = "") -> None:
        """Hold a form against its stamp.

        Raises:
            StaleFormError, RobotError: It is not to be taken.
        """
        try:
            given = int(self._signer(bound_to).unsign(posted.get(STAMP, "")))
        except (signing.BadSignature, ValueError):
            raise StaleFormError from None
        age = int(now.timestamp()) - given
        if not -60 <= age <= self.lives.total_seconds():
            raise StaleFormError
        if posted.get(TRAP, "") or age < self.least_seconds:
            raise RobotError

    def _signer(self, bound_to: str) -> signing.Signer:
        return signing.Signer(salt=f"circumspect.public.forms:{self.purpose}:{bound_to}")
