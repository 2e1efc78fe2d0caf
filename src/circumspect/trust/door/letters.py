"""Letters are opened here: first the door says whether this actor may, and writes it down; then the seal breaks.

A letter is what a device sealed while the line was down (``trust/vault/letterbox``). Whose record it speaks
of is not known before it is open; so the question at the door names an act and no record, and whatever is
then to be read or changed of somebody's record is asked for itself.

Source: guarantees 2 and 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from circumspect.trust.door.errors import DoorClosed
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.errors import BrokenSealError, NoKeyError, VaultError


def open_letters(
    house: House,
    actor: Actor,
    letters: Sequence[tuple[int, bytes]],
    *,
    action: Action,
    series: str,
    fields: Iterable[str],
) -> list[bytes | None]:
    """Open letters that were sealed while the line was down.

    Args:
        letters: Each with its box.
        action: What is to be done with what they say, to which series and fields.

    Returns:
        What each says, in order; None for one that does not open: altered, or its box is gone.

    Raises:
        Refused: The policy says no. Written down; nothing is opened.
        DoorClosed: Policy, ledger or key store cannot be reached.
    """
    house.door.permit(
        actor,
        action=action,
        purpose=Purpose.CIRCULATE,
        series=series,
        fields=fields,
        circumstance=Circumstance.OFFLINE,
    )
    try:
        return [_opened(house, box, letter) for box, letter in letters]
    except VaultError as problem:
        raise DoorClosed("the key store") from problem


def _opened(house: House, box: int, letter: bytes) -> bytes | None:
    try:
        return house.vault.letterbox.open_letter(box, letter)
    except (BrokenSealError, NoKeyError):
        return None
