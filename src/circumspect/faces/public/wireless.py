"""The warning about the wireless network, in every language at once: for its page, a captive portal, and slips.

Source: clauses TH-2.10, TH-2.11.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override

from circumspect.faces.public import languages


@dataclass(frozen=True, slots=True)
class Warned:
    """The warning in one language."""

    code: str
    title: str
    warning: str
    log: str


def warnings() -> list[Warned]:
    """The warning in each language."""
    out = []
    for code in languages.LANGUAGES:
        with override(code):
            out.append(
                Warned(
                    code,
                    _("Our wireless network is open"),
                    _(
                        "What you send over it is not encrypted by us: somebody nearby could read along."
                        " Pages whose address begins with https are encrypted by themselves."
                    ),
                    _(
                        "We keep no list of who uses it: no name, no device, no page. We only write down how many there were."
                    ),
                )
            )
    return out
