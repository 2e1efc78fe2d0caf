"""Fees in a real Chromium: opened, paid and left by keyboard alone, looked at, and read by axe."""

from __future__ import annotations

import pytest
from desk_support import ADA_CARD, DATABASES, ITEMS, KID_CARD, patron_of
from django.db import connection, transaction
from test_browser import NARROW, PHONE, chromium, shows, window  # noqa: F401 (fixtures)

from circumspect.records.catalog.models import Item
from circumspect.records.fees import charging, drawer
from circumspect.records.fees.models import FeeLine
from circumspect.records.fees.rules import FeeKind
from pictures import picture

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, databases=DATABASES)]


@pytest.fixture
def ada_owes(library):
    """Ada owes for three things."""
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, cents, for_item in (
            (FeeKind.OVERDUE, 150, True),
            (FeeKind.LOST, 2499, True),
            (FeeKind.PRINT, 40, False),
        ):
            charging.charge(
                library,
                cursor,
                patron_of(library, ADA_CARD),
                kind,
                cents,
                branch="main",
                item_id=Item.objects.get(barcode=ITEMS[0]).id if for_item else None,
                today=library.today(),
            )


def test_fees_are_opened_paid_and_left_by_keyboard_alone(window, library, ada_owes):  # noqa: F811
    """F7, F10, the next card: three keys between two patrons, and no amount stays behind."""
    w = window().sign_in()
    w.scan(ADA_CARD)
    shows(w, "#who", "Ada Zielińska")
    assert "$" not in w.page.inner_text("#main")

    w.page.keyboard.press("F7")
    shows(w, "#fees h2", "$26.89 owed")
    assert w.page.evaluate("document.activeElement.id") == "scan-box"
    w.is_accessible("the fee sheet")
    w.shot("fees-sheet")
    w.page.keyboard.press("F10")
    shows(w, "#said", "Paid.")
    shows(w, "#fees h2", "Nothing owed")
    w.page.keyboard.press("F10")
    w.scan(KID_CARD)
    shows(w, "#who", "Kasia Zając")

    assert "26.89" not in w.page.content()
    assert FeeLine.objects.filter(state="open").count() == 0
    assert drawer.day_report(library.today(), "main").drawer.taken == 2689
    assert not any("fee" in address and "?" in address for address in w.asked)
    assert w.complaints == []


def test_a_wrong_amount_keeps_the_form_open_and_the_focus_in_it(window, ada_owes):  # noqa: F811
    """Typed again at once."""
    w = window().sign_in("lead")
    w.scan(ADA_CARD)
    shows(w, "#who", "Ada Zielińska")
    w.page.keyboard.press("F7")
    shows(w, "#fees h2", "owed")
    w.page.locator("summary", has_text="Take a payment").click()
    w.page.fill("#pay-amount", "99.00")
    w.page.press("#pay-amount", "Enter")

    shows(w, "#pay-error", "give $72.11 back")
    assert w.page.evaluate("document.activeElement.id") == "pay-amount"
    w.is_accessible("the fee sheet with an error")
    w.shot("fees-error")
    w.page.fill("#pay-amount", "6.89")
    w.page.press("#pay-amount", "Enter")
    shows(w, "#fees h2", "$20.00 owed")
    w.page.locator("summary", has_text="Let go of a fee").click()
    w.shot("fees-lead")


def test_the_sheet_and_the_days_money_look_right_on_every_screen(window, ada_owes):  # noqa: F811
    """No page is wider than its screen; axe finds nothing."""
    w = window().sign_in("lead")
    w.scan(ADA_CARD)
    shows(w, "#who", "Ada Zielińska")
    w.page.keyboard.press("F7")
    shows(w, "#fees h2", "owed")
    w.looks_right("fees")
    w.page.keyboard.press("F10")
    shows(w, "#said", "Paid.")
    w.page.goto(w.address + "/money/")
    w.sees("The day's money")
    w.looks_right("money")
    w.page.fill("#count-opening", "50.00")
    w.page.fill("#count-counted", "76.00")
    w.page.press("#count-counted", "Enter")
    w.sees("$0.89 too little")
    w.looks_right("money-counted")
    w.page.set_viewport_size({"width": 794, "height": 1000})
    w.page.emulate_media(media="print")
    w.shot("money-print")
    assert w.complaints == []


def test_a_receipt_prints_on_narrow_paper(window, ada_owes):  # noqa: F811
    """Seventy-two millimetres, and nothing about anybody."""
    w = window().sign_in()
    w.scan(ADA_CARD)
    shows(w, "#who", "Ada Zielińska")
    w.page.keyboard.press("F7")
    shows(w, "#fees h2", "owed")
    w.page.keyboard.press("F10")
    shows(w, "#fees", "Print a receipt")
    with w.context.expect_page() as opening:
        w.page.get_by_role("button", name="Print a receipt").click()
    paper = opening.value
    paper.get_by_text("$26.89").wait_for()

    assert "Ada" not in paper.content()
    assert "Niemnem" not in paper.content()
    paper.set_viewport_size({"width": 420, "height": 600})
    picture(paper, "fees-receipt", full=False)


def test_finance_opens_a_card_and_leaves_it_by_keyboard(window, staff_of, ada_owes):  # noqa: F811
    """Without a name; the page is accessible, on a phone too."""
    staff_of("fin", ["finance"])
    w = window(color_scheme="dark").sign_in("fin")
    w.page.goto(w.address + "/money/")
    w.page.fill("#fees-of-card", ADA_CARD)
    w.page.press("#fees-of-card", "Enter")
    w.sees("$26.89 owed")
    w.is_accessible("the fees of a card")
    w.page.set_viewport_size(NARROW)
    assert w.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    w.shot("fees-card-narrow")
    w.page.set_viewport_size(PHONE)
    w.page.select_option("#off-fee", index=2)
    w.page.get_by_role("button", name="Write it off").click()
    w.sees("It is written off.")
    w.shot("fees-card-phone")
    w.page.get_by_role("button", name="Done with this card").click()
    w.page.wait_for_selector("#scan-box")
    assert w.complaints == []
