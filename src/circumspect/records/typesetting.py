"""Pages on paper: one way to set them, for letters, certificates, cards, posters and files.

What a page says comes to it as data, ``sys.inputs.told``, and is never part of its source: nobody's name can be a command.

Source: issue "The circulation desk complete", section 1 (printed letters); clause MP-4.14.
"""

from __future__ import annotations

import json
from typing import Any

_MOMENT = 0  # seconds since 1970: a fixed one, so that no file tells when it was printed
_SHARP = 110.0  # points to an inch, for a look on a screen


def pdf(page: str, told: object) -> bytes:
    """Set a page of Typst as PDF.

    Args:
        told: Anything that JSON can hold.
    """
    return bytes(_set(page, told, format="pdf", timestamp=_MOMENT))


def png(page: str, told: object) -> bytes:
    """Its first page as a picture."""
    made = _set(page, told, format="png", ppi=_SHARP)
    return bytes(made[0] if isinstance(made, list) else made)


def _set(page: str, told: object, **how: Any) -> Any:
    # Here and not above: it is seldom needed, and would take 7 MB of every process that serves.
    import typst

    return typst.compile(page.encode(), sys_inputs={"told": json.dumps(told)}, **how)
