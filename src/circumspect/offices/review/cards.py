"""A member's own library card, tied to their account; and decoys. Both are records, sealed and found blindly.

A tie is what makes ``own_staff_record`` true at the door: whoever has tied their card cannot work on their own record at
the desk, by whichever way they come to it. It is made by its owner, card in hand.

A decoy is registered like anybody, under an invented name, and marked here by one in charge. Who the decoys are stands
nowhere in the clear.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import count

from django.db import IntegrityError, transaction

from circumspect.offices.review.models import Decoy, Tie
from circumspect.records.patrons.cards import find_card
from circumspect.trust.door.door import LEDGER_SERIES
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind
from circumspect.trust.vault.vault import Vault

_TIE, _DECOY = "review.tie", "review.decoy"
# How long a tie that was just made or cut may be unknown to another process.
_KNOWN_SECONDS = 5.0
# Goes up with each change made here, so that this process knows of it at once.
_changes = count(1)
_latest = [0]


class NoCardError(ValueError):
    """No patron has this card."""


def tie(house: House, member: int, card: str) -> None:
    """Tie a member's own card to their account; replaces an earlier tie.

    Raises:
        NoCardError: No patron has this card. Nothing is changed.
    """
    patron = _patron(house, card)
    Tie.objects.update_or_create(
        member=member,
        defaults={
            "token": token(house.vault, patron),
            "sealed_patron": house.vault.secrets.protect(f"{_TIE}:{member}", _raw(patron)),
        },
    )
    _latest[0] = next(_changes)


def untie(member: int) -> bool:
    """Cut a member's tie; whether there was one."""
    gone = Tie.objects.filter(member=member).delete()[0] > 0
    _latest[0] = next(_changes)
    return gone


def is_tied(member: int) -> bool:
    """Whether a member has tied a card."""
    return Tie.objects.filter(member=member).exists()


def mark_decoy(house: House, member: int, card: str) -> None:
    """Mark a record as one that nobody has business with.

    Raises:
        NoCardError: No patron has this card, or it is marked already.
    """
    patron = _patron(house, card)
    name = token(house.vault, patron)
    try:
        with transaction.atomic():
            Decoy.objects.create(
                token=name,
                sealed_patron=house.vault.secrets.protect(f"{_DECOY}:{name.hex()}", _raw(patron)),
                marked_by=member,
                marked_on=house.today(),
                since=house.ledger.size(),
            )
    except IntegrityError:
        raise NoCardError from None


def unmark_decoy(house: House, card: str) -> bool:
    """Let a record be like any other; whether it was a decoy. Raises NoCardError."""
    return Decoy.objects.filter(token=token(house.vault, _patron(house, card))).delete()[0] > 0


def decoys(house: House) -> dict[int, int]:
    """Whose records are decoys, and the ledger's size when each was marked. For the review alone: a number opens nothing."""
    keeper = house.vault.secrets
    return {
        int.from_bytes(
            keeper.reveal(f"{_DECOY}:{bytes(row.token).hex()}", bytes(row.sealed_patron)), "big"
        ): row.since
        for row in Decoy.objects.all()
    }


def ties(house: House) -> dict[str, int]:
    """Whose record each member's own card is, by actor. For the review alone."""
    keeper = house.vault.secrets
    return {
        f"staff:{row.member}": int.from_bytes(
            keeper.reveal(f"{_TIE}:{row.member}", bytes(row.sealed_patron)), "big"
        )
        for row in Tie.objects.all()
    }


def token(vault: Vault, patron: int) -> bytes:
    """What stands for a record in the review's tables: the same for the same record, and made by this house alone."""
    return vault.proof("review subject", str(patron))


def ledger_links(vault: Vault, patron: int) -> set[tuple[int, bytes]]:
    """Under which marks the ledger knows a record, in the epochs that live."""
    return set(vault.links(LEDGER_SERIES, patron).items())


def own_cards(vault: Vault) -> Callable[[Actor, Sequence[int]], bool]:
    """For the door: whether one of the records asked about is the asking member's own."""
    known: dict[str, tuple[float, int, bytes]] = {}

    def is_own(actor: Actor, subjects: Sequence[int]) -> bool:
        if actor.kind is not ActorKind.STAFF or not subjects or not actor.id.isdecimal():
            return False
        read_at, change, own = known.get(actor.id, (float("-inf"), -1, b""))
        if change != _latest[0] or time.monotonic() - read_at > _KNOWN_SECONDS:
            change = _latest[0]
            row = Tie.objects.filter(member=int(actor.id)).values_list("token", flat=True).first()
            own = bytes(row) if row is not None else b""
            known[actor.id] = (time.monotonic(), change, own)
        return bool(own) and any(token(vault, each) == own for each in subjects)

    return is_own


def _patron(house: House, card: str) -> int:
    found = find_card(house, card.strip())
    if found is None:
        raise NoCardError
    return found.patron


def _raw(patron: int) -> bytes:
    return patron.to_bytes(8, "big")
