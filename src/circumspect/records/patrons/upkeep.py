"""Blocks, renewal, forgetting, and new index keys.

Forgetting destroys the patron's key first: from that commit on every sealed value is noise, here and
in every copy. The rows go after; should that stop half-way, ``sweep_keyless`` finishes it.

Source: clauses TH-1.8, TH-1.10, TH-1.21; guarantee 7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from django.db import DEFAULT_DB_ALIAS, transaction

from circumspect.records.patrons import finding
from circumspect.records.patrons.categories import categories
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import FieldError
from circumspect.records.patrons.models import Card, ContactIndex, NameIndex, Patron
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, open_records, read
from circumspect.records.patrons.standing import SETTABLE, BlockKind, Standing, may_lift
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason
from circumspect.trust.vault.models import Rotation
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import INDEX
from circumspect.trust.vault.wiping import wipe_log_after_commit

ROTATION_JOB = Actor(ActorKind.JOB, "rotate-keys")
_BATCH = 500
CARDS = "cards"
_INDEXED = ["given_name", "family_name", "birth_date", "email", "phone"]


def standing_of(
    house: House,
    actor: Actor,
    patron: int,
    *,
    circumstance: Circumstance,
    purpose: Purpose = Purpose.MAINTAIN,
    reason: Reason | None = None,
) -> Standing:
    """The patron's standing, read for a rule (nobody is shown it)."""
    opened = open_records(
        house,
        actor,
        [patron],
        ["standing"],
        purpose=purpose,
        circumstance=circumstance,
        action=Action.USE,
        reason=reason,
    )
    return opened[0].standing


def set_block(
    house: House,
    actor: Actor,
    patron: int,
    kind: BlockKind,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Set a block by hand. Raises FieldError for one that follows from facts."""
    if kind not in SETTABLE:
        raise FieldError("block", "this block is set by the system")
    standing = standing_of(house, actor, patron, circumstance=circumstance, reason=reason).with_block(kind)
    change(house, actor, patron, Change(standing=standing), circumstance=circumstance, reason=reason)


def send_to_person_in_charge(
    house: House, actor: Actor, patron: int, until: dt.date | None, *, circumstance: Circumstance
) -> None:
    """Have the desk say "see the person in charge" until a day, included; None takes the word away.

    Why stands nowhere in the account (MP-4.17).

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    kind = BlockKind.SEE_PERSON_IN_CHARGE
    standing = standing_of(house, actor, patron, circumstance=circumstance, purpose=Purpose.ORDER)
    wanted = standing.without_block(kind) if until is None else standing.with_block(kind, until)
    change(house, actor, patron, Change(standing=wanted), circumstance=circumstance, purpose=Purpose.ORDER)


def lift_block(
    house: House,
    actor: Actor,
    patron: int,
    kind: BlockKind,
    *,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> None:
    """Lift a block.

    Raises:
        FieldError: It follows from facts, or is not this actor's to lift.
        Refused, DoorClosed: The door stays shut.
    """
    if not may_lift(kind, actor.roles):
        raise FieldError("block", "somebody else has to lift this block")
    standing = standing_of(house, actor, patron, circumstance=circumstance, reason=reason).without_block(kind)
    change(house, actor, patron, Change(standing=standing), circumstance=circumstance, reason=reason)


def renew_registration(
    house: House,
    actor: Actor,
    patron: int,
    *,
    address_seen: bool,
    circumstance: Circumstance,
    reason: Reason | None = None,
) -> Standing:
    """Renew by the category's period from today; the new standing.

    A renewal asks whether the address still holds: without that there is none. Seeing it lifts the block
    for an address not checked, and the day is kept.

    Args:
        address_seen: Somebody has looked at proof of the present address, or asked and been told it.

    Raises:
        FieldError: The address was not seen, or the card was made at the door and is not complete yet.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    if not address_seen:
        raise FieldError("address_checked", "check the address first, then tick that you did")
    if is_provisional(patron):
        raise FieldError(
            "address_checked", "this card was made at the door; see proof of identity and complete it"
        )
    standing = renewed(house, standing_of(house, actor, patron, circumstance=circumstance, reason=reason))
    standing = standing.without_block(BlockKind.ADDRESS_UNVERIFIED)
    wanted = Change({"address_checked_on": house.today()}, standing)
    change(house, actor, patron, wanted, circumstance=circumstance, reason=reason)
    return standing


# The registration may be renewed without coming by this long before it runs out, and a little after; the address has
# to have been seen by somebody within the last three years.
_RENEW_DAYS_AHEAD, _RENEW_DAYS_AFTER, _ADDRESS_GOOD_DAYS = 60, 60, 1096


class NotRenewableError(FieldError):
    """A patron's own renewal is not possible; come by with proof of the address.

    Attributes:
        code: Why: "no_end", "too_early", "too_late", "address", "block", "provisional".
    """

    def __init__(self, code: str) -> None:
        super().__init__("renewal", f"not possible without coming by: {code}")
        self.code = code


def why_not_renewable(house: House, record: Record, *, provisional: bool) -> str:
    """Why a patron cannot renew their own registration, as a code; "" where they can.

    Args:
        record: With ``standing`` and ``address_checked_on`` opened.
    """
    standing, today = record.standing, house.today()
    ahead = int(house.home.setting("portal", "renew_days_ahead", _RENEW_DAYS_AHEAD))
    good = int(house.home.setting("portal", "address_good_days", _ADDRESS_GOOD_DAYS))
    if standing.expires_on is None or not categories(house.home.config)[standing.category].days:
        return "no_end"
    if provisional:
        return "provisional"
    if standing.blocks:
        return "block"
    if (standing.expires_on - today).days > ahead:
        return "too_early"
    if (today - standing.expires_on).days > _RENEW_DAYS_AFTER:
        return "too_late"
    seen_on = record.date("address_checked_on")
    return "" if seen_on is not None and (today - seen_on).days <= good else "address"


def renew_own(house: House, actor: Actor, patron: int, *, address_holds: bool) -> Standing:
    """A patron renews their own registration, where no proof has to be seen; the new standing.

    The day the address was checked stays as it is: saying so is not showing it.

    Args:
        address_holds: They say that the address still holds.

    Raises:
        NotRenewableError: Not without coming by.
        FieldError: They did not say that the address holds.
        Refused, DoorClosed: The door stays shut; nothing is changed.
    """
    opened = open_records(
        house,
        actor,
        [patron],
        ["standing", "address_checked_on"],
        purpose=Purpose.OWN_RECORD,
        circumstance=Circumstance.OWN_SIGN_IN,
        action=Action.USE,
    )
    code = why_not_renewable(house, opened[0], provisional=is_provisional(patron))
    if code:
        raise NotRenewableError(code)
    if not address_holds:
        raise FieldError("address_holds", "say that your address is still the same")
    standing = renewed(house, opened[0].standing)
    wanted = Change(standing=standing)
    change(
        house,
        actor,
        patron,
        wanted,
        circumstance=Circumstance.OWN_SIGN_IN,
        purpose=Purpose.OWN_RECORD,
        version=opened[0].version,
    )
    return standing


def renewed(house: House, standing: Standing) -> Standing:
    """The standing after a renewal today, by its category's period."""
    days = categories(house.home.config)[standing.category].days
    return replace(standing, expires_on=house.today() + dt.timedelta(days=days) if days else None)


def is_provisional(patron: int) -> bool:
    """Whether the card was made at the door and its holder has not shown who they are yet. Opens nothing."""
    return Patron.objects.filter(id=patron, provisional_until__isnull=False).exists()


# forgetting


def forget_patron(house: House, actor: Actor, patron: int) -> None:
    """Forget a patron: the door is asked, then key, rows and index entries go.

    The caller has seen to it that nothing is out or owed.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is forgotten.
    """
    house.door.ask(
        actor,
        action=Action.ERASE,
        purpose=Purpose.FORGET,
        series="registration",
        subjects=[patron],
        fields={"standing"},
        circumstance=Circumstance.SCHEDULED if actor.kind is ActorKind.JOB else Circumstance.OPEN_TRANSACTION,
    )
    erase(house, patron)


def erase(house: House, patron: int) -> None:
    """Destroy a patron's key and rows, after the door has been asked."""
    house.vault.destroy_subject(patron)
    with transaction.atomic():
        finding.remove_index(patron)
        Patron.objects.filter(id=patron).delete()
        wipe_log_after_commit(DEFAULT_DB_ALIAS)


def sweep_keyless(house: House) -> int:
    """Remove the rows of patrons whose key is gone (a forgetting that was cut short); how many."""
    count = 0
    last = 0
    while batch := list(
        Patron.objects.filter(id__gt=last).order_by("id").values_list("id", flat=True)[:_BATCH]
    ):
        last = batch[-1]
        for patron in set(batch) - house.vault.subjects_with_keys(batch):
            erase(house, patron)
            count += 1
    return count


# new index keys


def rotate_index(house: House) -> Iterator[tuple[int, int]]:
    """Make every blind index anew under a new key, and destroy the old one.

    Safe to stop and start again: searches ask under both keys until it is done, and each batch is
    written in one transaction with the generation it carries.

    Yields:
        (patrons done, patrons in all) after each batch.

    Raises:
        Refused, DoorClosed: The door stays shut; what is done stays done.
    """
    generations = sorted(house.vault.named(INDEX))
    if len(generations) == 1:
        house.vault.store.make_named_key(INDEX, generations[0] + 1)
        house.vault.forget_cached_keys()
        generations = sorted(house.vault.named(INDEX))
        # The note of a rotation that was cut short in its very last step is not this one's.
        Rotation.objects.filter(kind=INDEX).delete()
    progress, _ = Rotation.objects.get_or_create(
        kind=INDEX,
        defaults={"target": generations[-1], "cursor": 0, "done": 0, "total": Patron.objects.count()},
    )
    slots = finding.NameSlots(house.vault)
    while batch := list(
        Patron.objects.filter(id__gt=progress.cursor).order_by("id").values_list("id", flat=True)[:_BATCH]
    ):
        _index_anew(house, batch, generations[-1], slots)
        progress.cursor, progress.done = batch[-1], progress.done + len(batch)
        progress.save(update_fields=["cursor", "done"])
        yield progress.done, max(progress.total, progress.done)
    for model in (NameIndex, ContactIndex):
        model.objects.filter(generation__lt=generations[-1]).delete()
    for generation in generations[:-1]:
        house.vault.store.destroy_named_key(INDEX, generation)
    house.vault.forget_cached_keys()
    progress.delete()


def _index_anew(house: House, batch: list[int], generation: int, slots: finding.NameSlots) -> None:
    # A forgetting that was cut short left rows without a key: nobody reads those, and the sweep takes them.
    with_keys = house.vault.subjects_with_keys(batch)
    batch = [patron for patron in batch if patron in with_keys]
    if not batch:
        return
    cards = list(Card.objects.filter(patron_id__in=batch))
    parts = [Part(Action.USE, Purpose.ROTATE_KEYS, REGISTRATION, tuple(batch), frozenset(_INDEXED))]
    if cards:
        whose = tuple(sorted({card.patron_id for card in cards}))
        parts.append(Part(Action.USE, Purpose.ROTATE_KEYS, CARDS, whose, frozenset({"barcode"})))
    openings = house.door.ask_all(ROTATION_JOB, parts, circumstance=Circumstance.SCHEDULED)
    records = read(openings[0], batch, _INDEXED)
    numbers = {
        card.id: openings[-1].read(Sealed(CARDS, "barcode", card.patron_id, card.id, card.sealed_barcode))
        for card in cards
    }
    with transaction.atomic():
        # Who was changed or forgotten since we read: their entries are new already, or must not come back.
        as_read = dict(Patron.objects.select_for_update().filter(id__in=batch).values_list("id", "version"))
        records = [record for record in records if as_read.get(record.patron) == record.version]
        for record in records:
            # A batch that was cut short between its commit and its progress note is done again: start it clean.
            finding.remove_index(record.patron, generation)
            year = int(record["birth_date"][:4]) if record["birth_date"] else None
            names, contacts = finding.index_rows(
                house.vault,
                slots,
                record.patron,
                finding.name_values(record["given_name"], record["family_name"], year),
                finding.contact_values(record["email"], record["phone"]),
            )
            finding.insert_index(names, contacts)
        for card in cards:
            Card.objects.filter(id=card.id).update(token=house.vault.blind("card", numbers[card.id]))
