"""What the privacy desk writes to patrons: starting texts in English, for those who translate them and for ``wording``.

A letter to a patron is in the patron's own language. The translations stand with the program's others; each is a
starting text as the English one is, until the library has approved its own: see ``wording.words_in``.

Source: clauses MP-2.1, MP-3.8; 815 ILCS 530/10. Working assumptions, none of them legal advice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext_noop as _l

# In which a patron may be written to: code and how the library's own pages call it.
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "es": "Spanish", "pl": "Polish"}


# By name: what it is, for whoever approves it, and the text.
TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "patron_told": (
        "Letter that tells a patron of a release",
        _l(
            "The library received a lawful demand for information about you and had to answer it. What was "
            "handed over, and on which ground, is listed in your library account under the looks at your "
            "record. You may challenge its use."
        ),
    ),
    "refusal_own": (
        "Letter of refusal to a patron, about their own record or their permission",
        _l(
            "The library has not handed out what you asked for. It gives a record to whoever it is about, "
            "once they have shown who they are, and to others only as far as that person's written and signed"
            " permission goes. You may ask again at any desk, with your library card and a photo "
            "identification. Your own pages on the library's website show you everything that is kept about "
            "you."
        ),
    ),
    "own_cover": (
        "Letter that goes with a patron's own record",
        _l(
            "You asked what the library keeps about you. Everything that you asked for is printed with this "
            "letter. The library keeps no record of what was borrowed once it is returned, unless its reader "
            "asked for a reading history."
        ),
    ),
    "breach_intro": (
        "Breach, both letters: what happened",
        _l(
            "The library writes to tell you of a breach of security that concerns information about you. It "
            "has ended the access, and is looking into how it came about."
        ),
    ),
    "breach_1_what": (
        "Breach, type 1: what was exposed",
        _l("Somebody without right may have obtained your name together with your driver's licence number."),
    ),
    "breach_agencies": (
        "Breach, type 1: the consumer reporting agencies, with toll-free numbers and addresses",
        _l(
            "Consumer reporting agencies: Equifax, P.O. Box 105788, Atlanta, GA 30348, 1-888-378-4329. "
            "Experian, P.O. Box 9554, Allen, TX 75013, 1-888-397-3742. TransUnion, P.O. Box 160, Woodlyn, PA "
            "19094, 1-800-916-8800."
        ),
    ),
    "breach_ftc": (
        "Breach, type 1: the Federal Trade Commission, with number, address and website",
        _l(
            "Federal Trade Commission: 600 Pennsylvania Avenue NW, Washington, DC 20580, 1-877-438-4338, "
            "www.identitytheft.gov."
        ),
    ),
    "breach_freeze": (
        "Breach, type 1: fraud alerts and security freezes",
        _l(
            "From these agencies and from the Federal Trade Commission you can get information about fraud "
            "alerts and security freezes."
        ),
    ),
    "breach_2_what": (
        "Breach, type 2: what was exposed",
        _l("Somebody without right may have obtained your library card number together with its PIN."),
    ),
    "breach_2_change": (
        "Breach, type 2: what to do",
        _l(
            "Please change your PIN now, at the desk or on your own pages. If you use the same number or "
            "password elsewhere, change it there too."
        ),
    ),
    "breach_end": (
        "Breach, both letters: whom to ask",
        _l("If you have questions, call or visit the library and ask for the person in charge of privacy."),
    ),
    "receipt": (
        "Receipt for a packet",
        _l("I received the records listed above."),
    ),
    "signer": (
        "Who signs letters: title",
        _l("Executive Director"),
    ),
}
TOLD: Final = _l("Information about you was handed over")
REFUSED: Final = _l("Your request to the library")
ANSWERED: Final = _l("What the library keeps about you")
BREACH: Final = _l("Notice of a breach of security")
OUR_NUMBER: Final = _l("Our number:")
KIND: Final = _l("Kind of record")
VALUES: Final = _l("Values")
SIGN: Final = (_l("Signature"), _l("Printed name"), _l("Date and time"))
HASH: Final = _l("SHA-256 of the packet: %(digest)s")
# Of each kind of record, for the list in a patron's letter.
SERIES: Final[Mapping[str, str]] = {
    "registration": _l("Registration"),
    "cards": _l("Cards"),
    "notes": _l("Notes"),
    "loans": _l("Loans: what is out now"),
    "holds": _l("Holds"),
    "ill": _l("Requests to other libraries"),
    "fees": _l("Fees"),
    "computers": _l("Computer bookings"),
    "notices": _l("Notices sent"),
    "reading": _l("Reading history"),
    "permissions": _l("Permissions"),
}


def said_in(language: str, text: str) -> str:
    """A text of this module in a language; in English where there is no translation."""
    with translation.override(language):
        return translation.gettext(text)


def day_in(language: str, day: dt.date) -> str:
    """A day in words."""
    if language not in LANGUAGES or language == "en":
        return f"{day:%B} {day.day}, {day.year}"
    with translation.override(language):
        return date_format(day, "DATE_FORMAT")
