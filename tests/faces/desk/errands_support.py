"""The rarer errands of a desk, for whoever walks it: holds, other libraries, lists, loans gone wrong, letters."""

from __future__ import annotations

import datetime as dt
from typing import Any

from desk_support import ITEMS, KID_CARD, AtDesk, barcode, patron_of

ADAS_NEW_CARD = barcode("2", 9)


def wait_for_things(desk: AtDesk, house: Any) -> None:
    """Holds from placing to the shelf and off it, at the sheet, the check-in and the lists."""
    from circumspect.records.catalog.models import Item
    from circumspect.records.holds.models import Hold

    def place(wanted: str) -> int:
        before = set(Hold.objects.values_list("id", flat=True))
        title = Item.objects.get(barcode=wanted).title_id
        desk.does("/holds/place/", title=title, pickup_branch="main")
        new: int = (set(Hold.objects.values_list("id", flat=True)) - before).pop()
        return new

    desk.scan(ADAS_NEW_CARD)
    desk.does("/holds/")
    cancelled = place(ITEMS[20])
    desk.does("/holds/change/", hold=cancelled, do="freeze", frozen_until="2026-12-01")
    desk.does("/holds/change/", hold=cancelled, do="cancel")
    for item in (ITEMS[21], ITEMS[22], ITEMS[23]):
        place(item)
    desk.does("/check-in/", scans=f"{ITEMS[21]} {ITEMS[22]}")
    desk.open("/holds/pull/")
    desk.open("/holds/shelf/")
    # One of the two has stood there for too long.
    Hold.objects.filter(item__barcode=ITEMS[22]).update(pick_up_by=dt.date(2026, 11, 1))
    desk.does("/holds/shelf/", do="end", branch="main")


def ask_elsewhere(desk: AtDesk, house: Any) -> None:
    """Requests to other libraries: asked, cancelled, sent, brought, given back, not to be had."""
    from circumspect.records.ill.citations import number_of
    from circumspect.records.ill.models import IllRequest

    def number() -> str:
        return number_of(IllRequest.objects.order_by("asked_on").get(state="requested").id)

    desk.scan(ADAS_NEW_CARD)
    desk.does("/interlibrary/ask/", title="Kosmos", pickup_branch="main")
    desk.does("/interlibrary/cancel/", request=IllRequest.objects.get().id)
    desk.does("/interlibrary/ask/", title="Ferdydurke", pickup_branch="main")
    desk.open("/interlibrary/")
    desk.does("/interlibrary/", do="library", code="CHIPL", name="Chicago Public")
    asked = number()
    desk.does("/interlibrary/form/", number=asked)
    desk.does("/interlibrary/", do="send", number=asked, lender="CHIPL")
    desk.does("/interlibrary/", do="receive", number=asked, barcode="ILL7", due_on="2026-12-20")
    desk.scan(ADAS_NEW_CARD)
    desk.scan("ILL7")
    desk.does("/check-in/", scans="ILL7")
    desk.does("/interlibrary/", do="send_back", number=asked)
    desk.scan(ADAS_NEW_CARD)
    desk.does("/interlibrary/ask/", title="Trans-Atlantyk", pickup_branch="main")
    desk.does("/interlibrary/", do="not_filled", number=number())


def loans_gone_wrong(lead_desk: AtDesk, house: Any) -> None:
    """Late, claimed, over the limit of claims, with another due day, damaged, lost; and the lists of them."""
    from circumspect.records.circulation.models import Loan

    lead_desk.scan(ADAS_NEW_CARD)
    lead_desk.does("/due-day/", due_on="2026-12-05", reason="a supervisor asked")
    lead_desk.scan(ITEMS[24])
    lead_desk.does("/due-day/", clear="yes")
    more = ITEMS[25:30]
    for item in more:
        lead_desk.scan(item)
    for item in more:
        lead_desk.does("/loans/claimed/", item=item)
        lead_desk.does("/loans/claimed/", item=item, reason="a supervisor asked")
    lead_desk.does("/loans/lost/", item=ITEMS[24])
    lead_desk.does("/lists/work/", list="claims", act="denied", item=ITEMS[25])
    lead_desk.does("/lists/work/", list="lost", act="found", item=ITEMS[24])
    lead_desk.scan(ADAS_NEW_CARD)
    lead_desk.scan(ITEMS[32])
    Loan.objects.filter(item__barcode=ITEMS[32]).update(due_at=1)
    lead_desk.open("/lists/?list=late")
    lead_desk.does("/lists/late/", branch="")
    lead_desk.does("/lists/cards/", month="202611")
    lead_desk.does("/check-in/", scans=ITEMS[32], mode="damaged", damage="3.50")


def letters_and_calls(desk: AtDesk, house: Any) -> None:
    """Every kind of notice, by post and by telephone; and what somebody was sent."""
    from circumspect.offices.notices import outbox
    from circumspect.offices.notices.kinds import Channel, Kind

    for card, channel in (
        (ADAS_NEW_CARD, Channel.POST),
        (KID_CARD, Channel.POST),
        (ADAS_NEW_CARD, Channel.PHONE),
    ):
        link = house.vault.link(outbox.SERIES, patron_of(house, card))
        outbox.put([outbox.Wish(link, (link.token,), tuple(Kind), channel, "main", house.today())])
    desk.open("/notices/")
    desk.does("/notices/letters/")
    desk.does("/notices/printed/", well="yes")
    desk.does("/notices/calls/")
    desk.scan(ADAS_NEW_CARD)
    desk.does("/notices/sent/")


def back_late_and_waited_for(desk: AtDesk, house: Any) -> None:
    """Without a line: what somebody waits for comes back, and a card that nobody has waits for a person."""
    from offline_support import box_of, sealed

    desk.scan(ADAS_NEW_CARD)
    desk.does("/holds/place/", copy=ITEMS[33], pickup_branch="main")
    box = box_of(desk)["box"]
    letters = [
        sealed(house, box, do="in", scan=ITEMS[33], here=True),
        sealed(house, box, do="out", scan=ITEMS[34], cards=["29999999999999"]),
        # Out to Ben from the day before: the report says which item, and asks for it.
        sealed(house, box, do="out", scan=ITEMS[31], cards=[KID_CARD]),
    ]
    desk.client.post("/offline/take/", {"box": box, "letter": letters})
    desk.open("/offline/report/")
