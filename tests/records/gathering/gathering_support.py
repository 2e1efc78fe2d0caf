"""A patron about whom every room keeps something, told by marks that stand nowhere else."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import connection, transaction

from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.request import Circumstance

HERE: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
CARD = "21234000000018"
TITLES = ("Nad Niemnem", "Lalka")
# A PIN's hash is said to nobody, and who looked is told from the ledger.
OF_PATRONS = {"registration", "cards", "notes", "loans", "holds", "ill", "fees", "computers", "notices"}


def everything(*series: str) -> dict[str, set[str]]:
    """Every field that this library keeps, of these series or of all that are gathered."""
    from circumspect import composition
    from circumspect.records.patrons import passkeys

    # What a passkey is known by is shown to nobody, its owner included.
    never = {passkeys.SERIES: passkeys.FIELDS - passkeys.SHOWN}
    known = Fields.load().series
    return {
        name: set(known[name].fields) - known[name].optional - never.get(name, frozenset())
        for name in composition.collectors()
        if not series or name in series
    }


def furnish(house: Any, lead: Any, card: str = CARD, family: str = "Zielińska") -> int:
    """Register somebody and let every room keep something about them."""
    from circumspect.records.catalog.models import Branch, Item, ItemType, Title
    from circumspect.records.circulation import lending
    from circumspect.records.circulation.requesting import place_hold
    from circumspect.records.fees import charging
    from circumspect.records.fees.rules import FeeKind
    from circumspect.records.holds.placing import Placed, Wanted
    from circumspect.records.ill import asking
    from circumspect.records.ill.citations import Citation
    from circumspect.records.patrons import notes
    from circumspect.records.patrons.registration import Registration, register

    Branch.objects.get_or_create(code="main", defaults={"name": "Main"})
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    patron = register(
        house,
        lead,
        Registration(
            family,
            "Ada",
            street="12 Bluestem Lane",
            city="Prairie Bend",
            postcode="62191",
            phone="217-555-0142",
            email=f"ada{card[-3:]}@example.org",
            birth_date=dt.date(1984, 3, 9),
            language="pl",
            card_number=card,
        ),
    )
    lent, wished = (
        Item.objects.create(
            barcode=f"{card[-6:]}{at:08d}",
            title=Title.objects.get_or_create(source_key=f"t:{at}", defaults={"title": title})[0],
            item_type_id="book",
            branch_id="main",
        )
        for at, title in enumerate(TITLES)
    )
    lending.check_out(house, lead, patron, lent.barcode, branch="main")
    answer = place_hold(house, lead, patron, Wanted(wished.title_id, wished.id), pickup_branch="main", **HERE)
    assert isinstance(answer, Placed), answer
    asked = asking.ask(house, lead, patron, Citation("Meir Ezofowicz"), pickup_branch="main", **HERE)
    assert isinstance(asked, asking.Asked), asked
    end = house.today() + dt.timedelta(days=30)
    notes.add_note(house, lead, patron, kind="pickup", text="waits outside", expires_on=end, **HERE)
    with transaction.atomic(), connection.cursor() as cursor:
        charging.charge(
            house,
            cursor,
            patron,
            FeeKind.OVERDUE,
            250,
            branch="main",
            item_id=lent.id,
            today=house.today(),
        )
    _rows(house, patron)
    return patron


def _rows(house: Any, patron: int) -> None:
    """A booking and a notice, as their rooms would have written them."""
    from circumspect.offices.notices.models import Notice
    from circumspect.records.computers import places
    from circumspect.records.computers.models import Area, Booking, Seat

    if not Area.objects.filter(code="adult").exists():
        places.put_area("adult", "Adult computers", "main", session_minutes=60)
        places.add_seat("Main 1", "adult")
    link, starts = house.vault.link("computers", patron), int(house.clock().timestamp()) + 3600
    Booking.objects.create(
        id=patron,
        seat=Seat.objects.get(),
        epoch=link.epoch,
        link=link.token,
        back=link.back,
        starts_at=starts,
        ends_at=starts + 900,
    )
    link = house.vault.link("notices", patron)
    Notice.objects.create(
        id=patron,
        epoch=link.epoch,
        link=link.token,
        back=link.back,
        kind="overdue",
        channel="email",
        state="sent",
        branch="main",
        sent_on=house.today(),
    )
