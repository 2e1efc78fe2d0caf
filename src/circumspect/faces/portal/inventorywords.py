"""Why each thing is kept, in the reader's language: the inventory's own sentences, which are written in English.

A sentence that nobody has translated yet is shown as it is written, and marked as English.
"""

from __future__ import annotations

from django.utils.translation import gettext

from circumspect.faces.public import languages


def why(purpose: str) -> tuple[str, str]:
    """A reason of the inventory, and the language it is in."""
    spoken = languages.current()
    if spoken == languages.SOURCE:
        return purpose, spoken
    said = gettext(purpose)
    return (said, spoken) if said != purpose else (purpose, languages.SOURCE)
