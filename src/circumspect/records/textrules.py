"""What text may be stored in any record, and the one way all records fold it for finding.

Refused, in every free-text field of every record: what has the shape of a Social Security
number (nobody here may keep one), control and unprintable characters, text beyond its limit.
A refusal names the field and the rule; it never repeats the text.

Folding is for finding only: what is shown is always the text as it was given. SQLite and
PostgreSQL differ in how they fold, so neither is asked to.

Pure: values in, values out.

Source: the bad-input list of the founding issue; ARCHITECTURE.md, "How patron information rests".
"""

from __future__ import annotations

import re
import unicodedata

# Any dash or space that a person types between the groups, after NFKC has made the wide ones plain.
_GAP = r"[\s.\-\u00ad\u2010-\u2015\u2212_/]{1,3}"
# A further group of digits on either side makes it something else: an ISBN such as 978-80-7203-123-4.
_SSN_GROUPED = re.compile(
    rf"(?<!\d)(?<!\d[-\u2010-\u2015])\d{{3}}{_GAP}\d{{2}}{_GAP}\d{{4}}(?![-\u2010-\u2015]?\d)"
)
_SSN_LABEL = (
    r"(?:\bs\.?\s*s\.?\s*n\b\.?|\bssn|\bss\s*(?:\#|no\b\.?|num)|social\s*security|\bsoc\.?\s*sec"
    r"|seguro\s+social|seguridad\s+social|\bitin)"
)
_SSN_LABELLED = re.compile(rf"{_SSN_LABEL}\D{{0,24}}(?:\d[\s.\-]?){{8}}\d(?!\d)", re.IGNORECASE)

# Letters that Unicode does not take apart, though a reader looking for them types the plain one.
_PLAIN = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ĸ": "k",
        "ŋ": "ng",
        "ə": "e",
    }
)
# Signs inside a word that readers leave out or type differently: O'Reilly, d’Arc, la-moʻadim.
_APOSTROPHES = "'’‘`´ʻʼʽʾʿˈʹ′＇׳"
# Combining classes that change a letter into another one: voiced kana (8), viramas (9).
_MARKS_KEPT = (0, 8, 9)


class UnstorableTextError(ValueError):
    """A text may not be stored. The message names the field and the rule, never the text.

    Attributes:
        field: The name of the field, such as "note".
        rule: Why, in plain words fit for a report or a screen.
    """

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def looks_like_ssn(text: str) -> bool:
    """Whether a text holds the shape of a US Social Security number.

    Three, two and four digits with something between them, or nine digits with a label that says
    so. Nine bare digits pass: they are as often a phone number or a legacy card. Shape only: whether
    the number was ever issued is nobody's business here.
    """
    plain = text
    if not text.isascii():
        wide = unicodedata.normalize("NFKC", text)
        plain = "".join(sign for sign in wide if unicodedata.category(sign) != "Cf")
    # Most texts end here: this runs on every field of every imported row.
    if sum(map(str.isdigit, plain)) < 9:
        return False
    return bool(_SSN_GROUPED.search(plain) or _SSN_LABELLED.search(plain))


def refuse_unstorable(field: str, text: str, limit: int) -> str:
    """Return the text, trimmed at its ends, if it may be stored in a record.

    Args:
        field: The field's name, for the refusal.
        text: As a person or another system gave it.
        limit: The most characters the field holds.

    Raises:
        UnstorableTextError: Too long; a control character other than a line end or tab; half of a
            surrogate pair; the shape of a Social Security number.
    """
    trimmed = text.strip()
    if len(trimmed) > limit:
        raise UnstorableTextError(field, f"longer than {limit} characters")
    for sign in "" if trimmed.isprintable() else trimmed:
        if unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t":
            raise UnstorableTextError(field, "holds a control character")
    if looks_like_ssn(trimmed):
        raise UnstorableTextError(field, "has the shape of a Social Security number, which is never kept")
    return trimmed


def fold(text: str) -> str:
    """Fold a text for finding: no case, no accents, no ligatures; other scripts stay themselves.

    "Łódź" and "lodz" fold alike, so do "STRASSE" and "Straße". Hebrew points and Arabic vowel signs
    go; what makes another letter (Indic vowels, voiced kana) stays. Folding twice changes nothing.
    """
    once = _fold_once(text)
    twice = _fold_once(once)
    while twice != once:
        once, twice = twice, _fold_once(twice)
    return once


def _fold_once(text: str) -> str:
    lower = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", lower)
    bare = "".join(sign for sign in apart if unicodedata.combining(sign) in _MARKS_KEPT)
    return unicodedata.normalize("NFC", bare.translate(_PLAIN))


def words(text: str) -> list[str]:
    """The folded words of a text, in order: runs of letters, digits and the marks that belong to them.

    An apostrophe joins: "O'Reilly" is "oreilly". Nothing that a query language could take for an
    operator can be in a word.
    """
    joined = "".join(sign for sign in fold(text) if sign not in _APOSTROPHES)
    spaced = "".join(
        sign if sign.isalnum() or unicodedata.category(sign)[0] == "M" else " " for sign in joined
    )
    return spaced.split()


def index_words(text: str) -> list[str]:
    """The words under which a text is to be found: ``words``, and the halves an apostrophe joined.

    So "O'Reilly" is found by "oreilly", "o'reilly" and "reilly".
    """
    found = words(text)
    for whole in fold(text).split():
        if any(sign in _APOSTROPHES for sign in whole):
            parted = "".join(" " if sign in _APOSTROPHES else sign for sign in whole)
            found += [part for part in words(parted) if len(part) > 1]
    return found
