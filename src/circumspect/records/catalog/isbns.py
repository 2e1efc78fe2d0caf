"""One form for every way an ISBN is written, so that the ten-digit form finds the thirteen-digit one.

Pure. A misprinted ISBN (they are in real books) keeps its digits: it is found as it is printed.

Source: ISO 2108; python-stdnum knows the check digits.
"""

from __future__ import annotations

import re
import unicodedata

from stdnum import isbn

_DIGITS = re.compile(r"\d{9}[\dX]|\d{13}")


def isbn_key(text: str) -> str | None:
    """The form an ISBN is stored and looked for in, or None where the text is not one.

    Takes hyphens, spaces, an "ISBN" before and a remark after: "0-13-110370-9 (pbk.)".
    """
    plain = unicodedata.normalize("NFKC", text[:80]).upper()
    plain = re.sub(r"^\s*ISBN(?:-?1[03])?:?", "", plain)
    plain = re.split(r"[(:;|$]", plain, maxsplit=1)[0]
    digits = re.sub(r"[\s\-\u2010-\u2015]", "", plain)
    if not (digits.isascii() and _DIGITS.fullmatch(digits)):
        return None
    if isbn.is_valid(digits):
        return str(isbn.to_isbn13(digits))
    return digits
