"""Make one record of two: what the spare record holds moves, and then it is forgotten.

Cards and notes move, and blocks are united: two records must not be a way to be rid of one. One card
stays good, the one chosen; every other is ended. All else of the spare record (its name, address, PIN)
dies with its key.

The door is asked for everything at once, the forgetting under its own name, before anything is touched.
Loans, holds, fees and the money on the card move first, in the same transaction:
``circulation.linking.merge_patrons`` joins it all. A record with money left on it is not united.

Source: clauses MP-7.14, TH-1.8.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from django.db import transaction

from circumspect.records.patrons import notes, upkeep
from circumspect.records.patrons.cards import PIN_SERIES
from circumspect.records.patrons.cards import SERIES as CARDS
from circumspect.records.patrons.errors import ChangedMeanwhileError, FieldError
from circumspect.records.patrons.models import REGISTRATION_FIELDS, Card, Note, Patron
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose, Reason
from circumspect.trust.vault.sealed import Sealed

CARD_FIELDS = frozenset({"barcode", "status"})
_READ = ("standing", "balance")


class KeptCard(StrEnum):
    """Whose card stays good after a merge; where that record has none, the other's does."""

    OF_KEPT = "kept"
    OF_SPARE = "spare"


def merge(
    house: House, actor: Actor, keep: int, drop: int, *, kept_card: KeptCard = KeptCard.OF_KEPT
) -> None:
    """Unite two records, and forget ``drop``. For records with nothing out: see ``circulation.linking``.

    Raises:
        FieldError: Both are the same record, or the spare one still has money on it.
        ChangedMeanwhileError: One of them is gone.
        Refused, DoorClosed: The door stays shut; nothing was moved.
    """
    with transaction.atomic():
        unite(house, actor, keep, drop, kept_card=kept_card)
    upkeep.erase(house, drop)


def unite(
    house: House, actor: Actor, keep: int, drop: int, *, kept_card: KeptCard = KeptCard.OF_KEPT
) -> None:
    """Ask the door, and move what ``drop`` holds to ``keep``, within the caller's transaction.

    The caller erases ``drop`` once that is committed (``upkeep.erase``): its key must outlive the move.

    Raises:
        FieldError: Both are the same record, or the spare one still has money on it.
        ChangedMeanwhileError: One of them is gone.
        Refused, DoorClosed: The door stays shut; nothing was moved.
    """
    if keep == drop:
        raise FieldError("patron", "choose two different records")
    both, spare = (keep, drop), (drop,)
    change, erase, why = Action.CHANGE, Action.ERASE, Purpose.MAINTAIN
    openings = house.door.ask_all(
        actor,
        [
            Part(change, why, REGISTRATION, both, frozenset(_READ)),
            Part(change, why, CARDS, both, CARD_FIELDS),
            Part(change, why, notes.SERIES, both, notes.FIELDS),
            Part(erase, why, REGISTRATION, spare, frozenset(REGISTRATION_FIELDS)),
            Part(erase, why, PIN_SERIES, spare, frozenset({"hash"})),
        ],
        circumstance=Circumstance.UNEXPLAINED,
        reason=Reason.DUPLICATE,
    )
    with transaction.atomic():
        _unite_standing(house, openings[0], keep, drop)
        _move_cards(house, openings[1], keep, drop, kept_card)
        _move_notes(house, openings[2], keep, drop)


def _unite_standing(house: House, opening: Opening, keep: int, drop: int) -> None:
    # In the order of their ids: two desks that merge the same two wait for each other, and do not lock up.
    rows = Patron.objects.select_for_update().filter(id__in=(keep, drop)).order_by("id")
    if len(rows) < 2:
        raise ChangedMeanwhileError
    records = {record.patron: record for record in read(opening, (keep, drop), _READ)}
    kept, spare = records[keep], records[drop]
    if spare["balance"].strip("0."):
        raise FieldError("balance", "move the money on the other record first")
    standing = kept.standing
    blocks = {*standing.blocks, *spare.standing.blocks}
    standing = replace(
        standing,
        blocks=tuple(kind for kind in BlockKind if kind in blocks),
        until=standing.ends_with(spare.standing),
    )
    Patron.objects.filter(id=keep).update(
        sealed_standing=house.vault.sealer(keep).seal(REGISTRATION, keep, "standing", standing.to_text()),
        changed_on=house.today(),
        version=kept.version + 1,
    )


def _move_cards(house: House, opening: Opening, keep: int, drop: int, kept_card: KeptCard) -> None:
    cards = list(Card.objects.filter(patron_id__in=(keep, drop)).order_by("id"))
    active = [card for card in cards if card.status == Card.Status.ACTIVE]
    chosen = keep if kept_card is KeptCard.OF_KEPT else drop
    good = next((card for card in active if card.patron_id == chosen), active[0] if active else None)
    sealer, today = house.vault.sealer(keep), house.today()
    for card in active:
        if card is not good:
            card.status, card.ended_on = Card.Status.REPLACED, today
            card.save(update_fields=["status", "ended_on"])
    for card in cards:
        if card.patron_id == drop:
            barcode = opening.read(Sealed(CARDS, "barcode", drop, card.id, card.sealed_barcode))
            card.patron_id = keep
            card.sealed_barcode = sealer.seal(CARDS, card.id, "barcode", barcode)
            card.save(update_fields=["patron_id", "sealed_barcode"])


def _move_notes(house: House, opening: Opening, keep: int, drop: int) -> None:
    sealer = house.vault.sealer(keep)
    for note in Note.objects.filter(patron_id=drop):
        text = notes.opened(note, opening).text
        note.patron_id, note.sealed_text = keep, sealer.seal(notes.SERIES, note.id, "text", text)
        note.save(update_fields=["patron_id", "sealed_text"])
