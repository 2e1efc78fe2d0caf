"""A case's number: sixty random bits as twelve signs, such as "7K3F-9QMA-0T2X". It tells no order and no count."""

from __future__ import annotations

import secrets

# Without I, L, O and U, which are mistaken for other signs (Crockford's base 32).
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BITS = 60


def new_id() -> int:
    """A random number, never 0."""
    return secrets.randbelow(2**_BITS - 1) + 1


def number_of(case: int) -> str:
    """As it is printed and said."""
    signs = "".join(_SIGNS[(case >> shift) & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(signs[at : at + 4] for at in range(0, 12, 4))


def id_of(number: str) -> int | None:
    """The id behind a number as somebody types it; None where it is none."""
    signs = number.upper().replace("-", "").replace(" ", "")
    signs = signs.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(signs) != _BITS // 5 or any(sign not in _SIGNS for sign in signs):
        return None
    found = 0
    for sign in signs:
        found = found << 5 | _SIGNS.index(sign)
    return found or None
