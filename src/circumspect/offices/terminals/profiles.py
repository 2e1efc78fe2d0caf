"""What each kind of machine is told: a profile to start from, and the most that a library may add to it.

A profile is closed: what is not on its lists is left out of every answer. A library narrows or widens the
lists of one machine within ``most``; what no profile may have (address, e-mail, telephone, a licence number,
a title in a list) is on no list, and the policy's rules for the machine's role would refuse it besides.

Fields go by their SIP2 letters. The fixed parts of message 64 have names of ours: ``count-holds`` and its like.

Pure: no database, no Django.

Source: clauses MP-3.6, MP-4.4, MP-7.14, TH-1.16; SIP2 2.00 and what machines of each kind need of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from circumspect.trust.policy.request import MachineRole

# Where each field of a patron comes from: the series and the fields of it that the door is asked for.
# "standing" holds category, home branch, expiry and blocks under one seal.
SOURCES: Final[dict[str, tuple[str, frozenset[str]]]] = {
    "BL": ("registration", frozenset({"standing"})),
    "CQ": ("registration", frozenset({"standing"})),
    "BZ": ("registration", frozenset({"standing"})),
    "CB": ("registration", frozenset({"standing"})),
    "PA": ("registration", frozenset({"standing"})),
    "PC": ("registration", frozenset({"standing"})),
    "AQ": ("registration", frozenset({"standing"})),
    "AE": ("registration", frozenset({"given_name"})),
    "PB": ("registration", frozenset({"birth_date"})),
    "language": ("registration", frozenset({"language"})),
    "count-overdue": ("loans", frozenset({"due_at"})),
    "count-charged": ("loans", frozenset({"due_at"})),
    "AT": ("loans", frozenset({"item", "due_at"})),
    "AU": ("loans", frozenset({"item", "due_at"})),
    "count-holds": ("holds", frozenset({"state"})),
    "count-unavailable": ("holds", frozenset({"state"})),
    "AS": ("holds", frozenset({"item", "state"})),
    "CD": ("holds", frozenset({"item", "state"})),
    "BV": ("fees", frozenset({"outstanding"})),
    "CC": ("fees", frozenset({"outstanding"})),
    "count-fines": ("fees", frozenset({"outstanding"})),
    "AV": ("fees", frozenset({"kind", "outstanding"})),
}
# What a machine that asks for no PIN may still be told: whether the card is good, and numbers.
HARMLESS: Final = frozenset({
    "BL", "BZ", "CB", "count-overdue", "count-charged", "count-holds", "count-unavailable",
})  # fmt: skip
# Fields about an item in hand; nothing of a patron is in them.
ITEM_FIELDS: Final = frozenset({"AJ", "AP", "CF", "CK", "CL", "CR", "CS", "CT", "CV"})
_TALK = frozenset({"93", "97", "99"})
_PATRON = frozenset({"23", "63", "35"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of machine.

    Attributes:
        role: What the policy knows it as.
        messages: Numbers of the requests it may make.
        fields: What it is told.
        more_messages, more_fields: What a library may add.
        may_skip_pin: It may serve by card alone, and does until the library asks for PINs: a card lends at the
            desk too. Without a PIN it is told no more than ``HARMLESS``.
    """

    role: MachineRole
    name: str
    messages: frozenset[str]
    fields: frozenset[str]
    more_messages: frozenset[str] = frozenset()
    more_fields: frozenset[str] = frozenset()
    may_skip_pin: bool = False

    @property
    def all_messages(self) -> frozenset[str]:
        """The most it may ever ask."""
        return self.messages | self.more_messages

    @property
    def all_fields(self) -> frozenset[str]:
        """The most it may ever be told."""
        return self.fields | self.more_fields


PROFILES: Final[dict[str, Profile]] = {
    str(each.role): each
    for each in (
        Profile(
            MachineRole.SELF_CHECK,
            "Self-check",
            _TALK | _PATRON | {"11", "09", "29", "65", "17"},
            frozenset({
                "BL", "CQ", "BV", "CC", "BZ", "CB", "AE", "AU", "AT", "AS", "language", "AJ",
                "count-holds", "count-overdue", "count-charged", "count-fines", "count-unavailable",
            }),
            more_messages=frozenset({"15", "37", "01", "25"}),
            more_fields=frozenset({"AV", "CD", "CL", "CT", "CV", "PA", "PC", "AQ", "AP", "CF", "CK", "CR", "CS"}),
            may_skip_pin=True,
        ),
        Profile(
            MachineRole.PC_RESERVATION,
            "PC reservation and print release",
            _TALK | _PATRON,
            frozenset({"BL", "CQ", "BV", "PA", "PC", "language"}),
            more_messages=frozenset({"37"}),
            more_fields=frozenset({"PB", "AQ", "CC", "count-holds"}),
        ),
        Profile(
            MachineRole.E_CONTENT,
            "E-content vendor",
            _TALK | _PATRON,
            frozenset({"BL", "CQ"}),
            more_fields=frozenset({"PA", "PC", "AQ"}),
        ),
        Profile(
            MachineRole.PAYMENT_KIOSK,
            "Payment kiosk",
            _TALK | _PATRON | {"37"},
            frozenset({"BL", "CQ", "BV", "CC", "AV", "count-fines", "language"}),
        ),
        Profile(
            MachineRole.BOOK_DROP,
            "Book drop",
            _TALK | {"09"},
            frozenset({"CL"}),
            more_fields=frozenset({"CK", "CT", "CV", "AJ"}),
        ),
        Profile(
            MachineRole.SORTER,
            "Sorter",
            _TALK | {"09", "17"},
            frozenset({"CL", "CT", "CV", "CR"}),
            more_messages=frozenset({"19"}),
            more_fields=frozenset({"AJ", "AP", "CF", "CK", "CS"}),
        ),
    )
}  # fmt: skip
