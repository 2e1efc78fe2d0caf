"""Pick-up codes: what stands on a hold-shelf slip in place of a name.

A code is random and says nothing of anybody. It is made of signs that are not mistaken for each other,
read aloud or printed small, and has no vowels, so that it spells nothing. It is alone of its kind on its
shelf, and is gone with its hold.

Source: clause MP-4.12; DOMAIN practice of the hold shelf (random code, no name, no card number).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

# Without vowels; without 0/O, 1/I/L, 2/Z, 5/S, 6/G, 8/B and V/U, which are mistaken for one another.
ALPHABET = "CDFHJKMNPRTVWXY3479"
LENGTH = 4
LONGEST = 5
_TRIES = 40


class NoCodeLeftError(Exception):
    """No free pick-up code was found: the shelf is fuller than codes of five signs allow."""


def new_code(is_taken: Callable[[str], bool]) -> str:
    """A code that nothing on this shelf has: of four signs, or of five where four are nearly all taken.

    Raises:
        NoCodeLeftError: Forty codes of each length were all taken.
    """
    for length in range(LENGTH, LONGEST + 1):
        for _ in range(_TRIES):
            code = "".join(secrets.choice(ALPHABET) for _ in range(length))
            if not is_taken(code):
                return code
    raise NoCodeLeftError("the hold shelf has no free pick-up code: clear the shelf first")


def normalise(typed: str) -> str:
    """A code as somebody types it: any case, spaces and hyphens left out."""
    return "".join(sign for sign in typed.upper() if sign in ALPHABET)[:LONGEST]
