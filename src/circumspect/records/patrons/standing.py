"""A patron's standing: all that the circulation rules may know. No name, sex, birth date or note.

Pure: values in, values out. A block says what it stops and who may override it; blocks that follow
from facts (an expired card) are worked out, not stored.

Source: ARCHITECTURE.md; DOMAIN practice of blocks; clauses MP-2.1, MP-4.17.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum


class Act(StrEnum):
    """What a block can stop."""

    CHECK_OUT = "check out"
    RENEW = "renew"
    HOLD = "hold"
    COMPUTER = "computer"


class BlockKind(StrEnum):
    """The closed list of blocks. A narrative has no place here."""

    EXPIRED = "expired"
    CARD_LOST = "card_lost"
    ADDRESS_UNVERIFIED = "address_unverified"
    RETURNED_MAIL = "returned_mail"
    LOST_ITEM = "lost_item"
    OWES = "owes"
    TOO_MANY_OVERDUE = "too_many_overdue"
    TOO_MANY_CLAIMS = "too_many_claims"
    SEE_LEAD = "see_lead"
    SEE_PERSON_IN_CHARGE = "see_person_in_charge"


@dataclass(frozen=True, slots=True)
class BlockRule:
    """What one kind of block stops, who may override it, and what the desk says."""

    stops: frozenset[Act]
    override_roles: frozenset[str]
    words: str


_ALL = frozenset(Act)
_LEADS = frozenset({"circulation_lead", "supervisor", "deputy_director", "executive_director"})
_DESK = _LEADS | {"desk"}

BLOCK_RULES: dict[BlockKind, BlockRule] = {
    BlockKind.EXPIRED: BlockRule(_ALL, _LEADS, "The card has run out. Renew it first."),
    BlockKind.CARD_LOST: BlockRule(
        _ALL, frozenset(), "This card was reported lost. Ask for proof of identity and issue a new one."
    ),
    BlockKind.ADDRESS_UNVERIFIED: BlockRule(
        frozenset({Act.CHECK_OUT, Act.HOLD}), _DESK, "The address has not been checked yet."
    ),
    BlockKind.RETURNED_MAIL: BlockRule(
        frozenset({Act.CHECK_OUT, Act.HOLD}), _DESK, "Mail came back. Ask for the present address."
    ),
    BlockKind.LOST_ITEM: BlockRule(
        frozenset({Act.CHECK_OUT, Act.RENEW, Act.HOLD}), _LEADS, "A lost item is not settled."
    ),
    BlockKind.OWES: BlockRule(
        frozenset({Act.CHECK_OUT, Act.HOLD}),
        _LEADS,
        "Something on the account has to be settled first. Open the fees.",
    ),
    BlockKind.TOO_MANY_OVERDUE: BlockRule(
        frozenset({Act.CHECK_OUT, Act.RENEW}), _LEADS, "Too many items are overdue."
    ),
    BlockKind.TOO_MANY_CLAIMS: BlockRule(
        frozenset({Act.CHECK_OUT, Act.HOLD}), _LEADS, "Too many items are said to be returned."
    ),
    BlockKind.SEE_LEAD: BlockRule(_ALL, _LEADS, "Ask the circulation lead."),
    # Incidents live elsewhere, under their own rights: the desk is told no more than this (MP-4.17).
    BlockKind.SEE_PERSON_IN_CHARGE: BlockRule(
        _ALL, frozenset({"deputy_director", "executive_director"}), "See the person in charge."
    ),
}
# Those a clerk may set by hand; the others follow from facts.
SETTABLE = (
    BlockKind.ADDRESS_UNVERIFIED,
    BlockKind.RETURNED_MAIL,
    BlockKind.SEE_LEAD,
    BlockKind.SEE_PERSON_IN_CHARGE,
)


def may_lift(kind: BlockKind, roles: Collection[str]) -> bool:
    """Whether somebody with these roles may take a block away: set by hand, and theirs to override."""
    return kind in SETTABLE and bool(BLOCK_RULES[kind].override_roles & set(roles))


@dataclass(frozen=True, slots=True)
class Standing:
    """Attributes:
    category: Code such as "resident_adult".
    branch: Code of the home branch.
    expires_on: Last day of the registration; None for no end.
    blocks: Kinds set by somebody, sorted.
    until: The last day of those that end by themselves, sorted by kind.
    history: The number of the box that a reading history goes into, where its holder asked for one (it is
        ciphertext that only they open: see ``records/reading``); "" for everybody else.
    """

    category: str
    branch: str
    expires_on: dt.date | None
    blocks: tuple[BlockKind, ...] = ()
    history: str = ""
    until: tuple[tuple[BlockKind, dt.date], ...] = ()

    def to_text(self) -> str:
        """The JSON text that is sealed."""
        said: dict[str, object] = {
            "category": self.category,
            "branch": self.branch,
            "expires_on": self.expires_on.isoformat() if self.expires_on else None,
            "blocks": [kind.value for kind in self.blocks],
        }
        if self.history:
            said["history"] = self.history
        if self.until:
            said["until"] = {kind.value: day.isoformat() for kind, day in self.until}
        return json.dumps(said, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Standing:
        """Read what ``to_text`` wrote."""
        read = json.loads(text)
        expires = read["expires_on"]
        return cls(
            read["category"],
            read["branch"],
            dt.date.fromisoformat(expires) if expires else None,
            tuple(BlockKind(kind) for kind in read["blocks"]),
            read.get("history", ""),
            tuple(
                (BlockKind(kind), dt.date.fromisoformat(day)) for kind, day in read.get("until", {}).items()
            ),
        )

    def blocks_on(self, today: dt.date) -> tuple[BlockKind, ...]:
        """Blocks in effect that day, those that follow from facts among them."""
        blocks = self.blocks
        if self.until:
            over = {kind for kind, day in self.until if today > day}
            blocks = tuple(kind for kind in blocks if kind not in over)
        if self.expires_on is not None and today > self.expires_on:
            return (BlockKind.EXPIRED, *blocks)
        return blocks

    def with_block(self, kind: BlockKind, until: dt.date | None = None) -> Standing:
        """The standing with one more block, which ends by itself after a day where one is given."""
        ends = dict(self.until)
        if until is None:
            ends.pop(kind, None)
        else:
            ends[kind] = until
        return replace(self, blocks=tuple(sorted({*self.blocks, kind})), until=tuple(sorted(ends.items())))

    def ends_with(self, other: Standing) -> tuple[tuple[BlockKind, dt.date], ...]:
        """When blocks end where two records become one: the later day, and none where either has no end."""
        ends: dict[BlockKind, dt.date] = {}
        for kind in {*self.blocks, *other.blocks}:
            days = [dict(each.until).get(kind) for each in (self, other) if kind in each.blocks]
            known = [day for day in days if day is not None]
            if len(known) == len(days):
                ends[kind] = max(known)
        return tuple(sorted(ends.items()))

    def without_block(self, kind: BlockKind) -> Standing:
        """The standing with that block lifted."""
        return replace(
            self,
            blocks=tuple(each for each in self.blocks if each != kind),
            until=tuple(each for each in self.until if each[0] != kind),
        )


def age_band(birth_date: dt.date | None, today: dt.date) -> str:
    """An age as the desk may see it: "0-4", "5-11", "12-17", "18-64", "65+", or "" where unknown (TH-1.18)."""
    if birth_date is None:
        return ""
    age = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    for limit, band in ((5, "0-4"), (12, "5-11"), (18, "12-17"), (65, "18-64")):
        if age < limit:
            return band
    return "65+"
