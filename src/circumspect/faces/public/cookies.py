"""Every cookie this program can set. The page about cookies is made from this list, and a crawl held against it.

Source: clauses TH-3.2, TH-3.6, TH-3.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie.

    Attributes:
        name: As the browser lists it.
        where: On which pages it is set.
        reason: What it is for.
        life: When it ends.
    """

    name: str
    where: Promise
    reason: Promise
    life: Promise


def ours() -> tuple[Cookie, ...]:
    """The list: two sign-in sessions, and nothing else."""
    return (
        Cookie(
            settings.PATRON_COOKIE,
            _("My account, once you have signed in"),
            _("It holds your place while you are signed in. It is a random number that says nothing of you."),
            _("It ends when you sign out, close the browser, or leave the page alone for a while."),
        ),
        Cookie(
            settings.SESSION_COOKIE_NAME,
            _("The staff's own pages"),
            _("The same, for people who work here. Patrons never get it."),
            _("It ends when they sign out or close the browser."),
        ),
    )
