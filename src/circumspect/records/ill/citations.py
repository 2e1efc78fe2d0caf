"""What another library is asked for: a citation of bibliographic fields, and nothing about a person.

There is no field for a remark: a remark would be about the patron. Pure: values in, values out.

Source: clause MP-4.11; DOMAIN practice of interlibrary loans ("the lender sees the library only").
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

LONGEST = 300


class CitationError(ValueError):
    """A field of a citation cannot be used.

    Attributes:
        field: Which.
        reason: What to do; without what was typed.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True, repr=False)
class Citation:
    """A book, a part of one, or an article. Prints as nothing: beside a patron it is what somebody reads.

    Attributes:
        title: Of the book or journal.
        part: Volume, issue, pages, or an article's title.
    """

    title: str
    author: str = ""
    year: str = ""
    publisher: str = ""
    edition: str = ""
    isbn: str = ""
    part: str = ""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if len(value) > LONGEST:
                raise CitationError(name, f"use at most {LONGEST} signs")
        if not self.title.strip():
            raise CitationError("title", "write the title")

    @classmethod
    def typed(cls, **fields: str) -> Citation:
        """A citation as somebody typed it: a control sign, or one that turns a line around, is no part of it.

        Raises:
            CitationError: A field cannot be used.
        """
        return cls(**{name: _plain(text) for name, text in fields.items()})

    def to_text(self) -> str:
        """The JSON text that is sealed."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Citation:
        """Read what ``to_text`` wrote."""
        return cls(**json.loads(text))


def _plain(text: str) -> str:
    """One line of printable text: it goes to another library on paper."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


# Without I, L, O and U, which are mistaken for other signs (Crockford's base 32).
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER_BITS = 40


def number_of(request_id: int) -> str:
    """A request's number as it is printed: eight signs, such as "7K3F-9QMA"."""
    signs = "".join(_SIGNS[(request_id >> shift) & 31] for shift in range(NUMBER_BITS - 5, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


def id_of(number: str) -> int | None:
    """The id behind a number as somebody types it; None where it is none."""
    signs = number.upper().replace("-", "").replace(" ", "")
    signs = signs.replace("O", "0").replace("I", "1").replace("L", "1")
    if len(signs) != NUMBER_BITS // 5 or any(sign not in _SIGNS for sign in signs):
        return None
    found = 0
    for sign in signs:
        found = found << 5 | _SIGNS.index(sign)
    return found
