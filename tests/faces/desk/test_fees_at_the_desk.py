"""Fees at the desk: the sheet, what is booked on it, its receipt, and the day's money."""

from __future__ import annotations

import re

import pytest
from desk_support import ADA_CARD, BEN_CARD, DATABASES, ITEMS, KID_CARD, AtDesk, ledger_bodies, patron_of
from django.db import connection, transaction

from circumspect.records.catalog.models import Item
from circumspect.records.fees import charging
from circumspect.records.fees.models import DrawerCount, FeeEntry, FeeLine
from circumspect.records.fees.rules import FeeKind

pytestmark = pytest.mark.django_db(databases=DATABASES)

TITLE = "Nad Niemnem"


@pytest.fixture
def owes(library):
    """Let somebody owe something, by their card."""

    def owes(card: str, cents: int, kind: FeeKind = FeeKind.OVERDUE, *, for_item: bool = False) -> int:
        item = Item.objects.get(barcode=ITEMS[0]).id if for_item else None
        with transaction.atomic(), connection.cursor() as cursor:
            return charging.charge(
                library,
                cursor,
                patron_of(library, card),
                kind,
                cents,
                branch="main",
                item_id=item,
                today=library.today(),
            )

    return owes


def sheet(desk: AtDesk) -> str:
    """What the fee sheet reads."""
    start = desk.text.find("owed")
    assert start >= 0, desk.text
    return desk.text


def test_amounts_show_only_where_the_clerk_opens_them(desk, owes):
    """A loan's page says nothing of money; the sheet does, with the title while it is open."""
    owes(ADA_CARD, 1250, FeeKind.LOST, for_item=True)
    desk.scan(ADA_CARD)
    assert "12.50" not in desk.text
    assert "owed" not in desk.text

    desk.does("/fees/")

    assert "$12.50 owed" in desk.text
    assert "Replacement fee Nad Niemnem" in desk.text
    assert "Ada Zielińska" in desk.text


def test_the_panel_says_what_is_stopped_while_too_much_is_owed(desk, owes):
    """Nobody is told OK to borrow whom the next scan refuses; the word names no amount, and goes with the payment."""
    owes(ADA_CARD, 400)
    desk.scan(ADA_CARD)
    assert "OK to borrow" in desk.text

    desk.does("/fees/charge/", part=True, kind="damage", amount="8.50")
    assert "Stop: no lending" in desk.text
    desk.does("/next/")
    desk.scan(ADA_CARD)

    assert "Stop: no lending" in desk.text
    assert "Something on the account has to be settled first." in desk.text
    assert "12.50" not in desk.text
    assert 'name="block" value="owes"' not in desk.html, "nobody lifts by hand what follows from facts"

    desk.does("/fees/")
    desk.does("/fees/pay/", part=True, amount="12.50", method="cash")

    assert "OK to borrow" in desk.text
    assert "Stop: no lending" not in desk.text


def test_what_comes_back_takes_its_stop_off_the_open_panel(desk):
    """Lost and billed, then found and taken back while its borrower stands there: the panel says so at once."""
    desk.scan(ADA_CARD)
    desk.scan(ITEMS[0])
    desk.does("/loans/lost/", item=ITEMS[0])
    assert "A lost item is not settled." in desk.text

    desk.scan(ITEMS[0], mode="check-in", part=True)

    assert "It had been given up as lost, and here it is." in desk.text
    assert "A lost item is not settled." not in desk.text
    assert "OK to borrow" in desk.text


def test_all_is_paid_by_one_key(desk, owes):
    """The button says all, in cash; after it nothing is owed and a receipt can be printed."""
    owes(ADA_CARD, 1000)
    owes(ADA_CARD, 250, FeeKind.LOST, for_item=True)
    desk.scan(ADA_CARD)
    desk.does("/fees/")
    assert 'data-key="F10"' in desk.html
    amount = desk.hidden("amount")[0]

    desk.does("/fees/pay/", amount=amount, method="cash")

    assert "Paid. $12.50, cash." in desk.said()
    assert "Nothing owed" in desk.text
    assert "$2.50 paid" in desk.text
    assert TITLE not in desk.text
    assert FeeLine.objects.filter(item__isnull=False).count() == 0


@pytest.mark.clause("TH-1.23", "MP-7.6")
def test_a_receipt_names_nobody_and_nothing_that_was_lent(desk, owes):
    """Amount, kind, day and branch, for paper that may be left lying."""
    owes(ADA_CARD, 250, FeeKind.LOST, for_item=True)
    desk.scan(ADA_CARD)
    desk.does("/fees/pay/", amount="3.00", method="cash", rest="deposit", form="fees-pay")
    assert "$3.00, cash. $0.50 of it went on the deposit." in desk.said()
    sealed = desk.hidden("receipt")[0]

    response = desk.client.post("/fees/receipt/", {"receipt": sealed})

    paper = " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())
    assert "Replacement fee $2.50 Put on the deposit $0.50 $3.00 paid, cash" in paper
    assert "Main Library, Nov 23, 2026" in paper
    for secret in ("Ada", "Zieli", ADA_CARD, ADA_CARD[-4:], TITLE, ITEMS[0]):
        assert secret not in response.content.decode()
    desk.does("/next/")
    assert desk.client.post("/fees/receipt/", {"receipt": sealed}).status_code == 302


def test_a_part_payment_and_a_chosen_fee(desk, owes):
    """What was typed is what is booked."""
    owes(ADA_CARD, 1000)
    chosen = owes(ADA_CARD, 400, FeeKind.PRINT)
    desk.scan(ADA_CARD)

    desk.does("/fees/pay/", amount="1.50", method="card", fee=str(chosen), form="fees-pay")

    assert "$12.50 owed" in desk.text
    assert "$2.50 of $4.00" in desk.text


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"amount": "99", "method": "cash"}, "$10.00 is owed; give $89.00 back, or put it on the deposit"),
        ({"amount": "2,50", "method": "cash"}, "An amount is dollars and cents, such as 2.50"),
        ({"amount": ADA_CARD, "method": "cash"}, "An amount is dollars and cents, such as 2.50"),
        ({"amount": "0", "method": "cash"}, "An amount is more than nothing, such as 2.50"),
        ({"amount": "1", "method": "gold"}, "Choose how it is paid"),
        ({"amount": "1", "method": "deposit"}, "The deposit holds $0.00"),
        ({"amount": "1", "method": "cash", "fee": "4"}, "This fee is not on the account any more"),
        ({"amount": "1", "method": "cash", "fee": "x"}, "This fee is not on the account any more"),
        ({"amount": "1", "method": "cash", "fee": "9" * 19}, "This fee is not on the account any more"),
    ],
)
def test_what_cannot_be_booked_comes_back_with_what_was_typed(desk, owes, fields, words):
    """The form is open again, its error beside it; nothing was booked."""
    owes(ADA_CARD, 1000)
    desk.scan(ADA_CARD)

    desk.does("/fees/pay/", form="fees-pay", **fields)

    assert words in desk.text
    assert "Nothing was booked." in desk.said()
    assert 'aria-invalid="true"' in desk.html
    assert f'value="{fields["amount"]}"' in desk.html
    assert FeeEntry.objects.exclude(kind="charged").count() == 0


@pytest.mark.clause("TH-1.20")
def test_a_lead_waives_with_a_reason_and_a_clerk_is_not_even_offered_it(desk, lead_desk, owes):
    """The clerk who sends the form all the same is refused at the door."""
    fee = owes(ADA_CARD, 1000)
    desk.scan(ADA_CARD)
    desk.does("/fees/")
    assert "Let go of a fee" not in desk.text
    desk.does("/fees/let-go/", fee=str(fee), amount="10", code="goodwill", form="fees-let-go")
    assert desk.response.status_code == 403
    assert FeeLine.objects.get().outstanding == 1000

    lead_desk.scan(ADA_CARD)
    lead_desk.does("/fees/")
    assert "Let go of a fee" in lead_desk.text
    for code in ("", "because she was ill", "payment_failed"):
        lead_desk.does("/fees/let-go/", fee=str(fee), amount="10", code=code, form="fees-let-go")
        assert "Choose the reason from the list" in lead_desk.text
    lead_desk.does("/fees/let-go/", fee=str(fee), amount="4", code="closed", form="fees-let-go")
    assert "It is waived." in lead_desk.said()
    lead_desk.does("/fees/let-go/", fee=str(fee), amount="5", code="mistake", form="fees-let-go")
    assert "It is credited." in lead_desk.said()
    lead_desk.does("/fees/let-go/", fee=str(fee), amount="", code="too_small", form="fees-let-go")

    assert "It is written off." in lead_desk.said()
    assert (
        "$10.00 let go: the library was closed, the library's mistake, too small to ask for" in lead_desk.text
    )


def test_a_lead_refunds_and_the_desk_charges(desk, lead_desk, owes):
    """A refund is offered where something was paid."""
    fee = owes(ADA_CARD, 300)
    desk.scan(ADA_CARD)
    desk.does("/fees/pay/", amount="3", method="cash", form="fees-pay")
    desk.does("/fees/charge/", kind="card", amount="2", form="fees-charge")
    assert "Card fee." in desk.said()
    desk.does("/fees/charge/", kind="overdue", amount="2", form="fees-charge")
    assert "Choose what it is for from the list" in desk.text
    desk.does("/fees/refund/", fee=str(fee), amount="3", method="cash", code="mistake", form="fees-refund")
    assert desk.response.status_code == 403

    lead_desk.scan(ADA_CARD)
    lead_desk.does("/fees/refund/", fee="", amount="3", method="cash", code="mistake", form="fees-refund")
    assert "Choose the fee" in lead_desk.text
    lead_desk.does(
        "/fees/refund/", fee=str(fee), amount="3", method="cash", code="mistake", form="fees-refund"
    )

    assert "It is refunded." in lead_desk.said()
    assert "$2.00 owed" in lead_desk.text


def test_a_deposit_is_put_on_the_card_spent_and_by_a_lead_paid_out(desk, lead_desk, owes):
    """The panel shows it, and the sheet pays from it."""
    owes(ADA_CARD, 300)
    desk.scan(ADA_CARD)
    desk.does("/fees/deposit/", amount="5", method="cash", way="in", form="fees-deposit")
    assert "It holds $5.00 now." in desk.said()
    desk.does("/fees/pay/", amount="3", method="deposit", form="fees-pay")
    assert "$2.00 on deposit" in desk.text
    desk.does("/fees/deposit/", amount="1", method="cash", way="out", form="fees-deposit")
    assert desk.response.status_code == 403

    lead_desk.scan(ADA_CARD)
    lead_desk.does("/fees/deposit/", amount="2", method="cash", way="out", form="fees-deposit")

    assert "It holds $0.00 now." in lead_desk.said()


def test_nothing_is_booked_on_a_patron_who_is_not_open(desk, owes):
    """A slip of an earlier turn opens no sheet and books no payment."""
    owes(ADA_CARD, 300)
    desk.scan(ADA_CARD)
    old = desk.slip
    desk.scan(KID_CARD)

    for path, fields in {
        "/fees/": {},
        "/fees/pay/": {"amount": "3", "method": "cash"},
        "/fees/deposit/": {"amount": "3", "method": "cash"},
    }.items():
        desk.does(path, slip=old, **fields)
        assert "The patron is not open any more." in desk.said()

    assert FeeEntry.objects.count() == 1


def test_the_sheet_of_one_patron_never_books_on_another(desk, owes):
    """Ben's fee is not to be paid from Ada's sheet."""
    his = owes(BEN_CARD, 300)
    owes(ADA_CARD, 300)
    desk.scan(ADA_CARD)

    desk.does("/fees/pay/", amount="3", method="cash", fee=str(his), form="fees-pay")

    assert "This fee is not on the account any more" in desk.text
    assert FeeLine.objects.get(id=his).outstanding == 300


def test_every_look_at_fees_is_in_the_ledger_and_names_no_amount(desk, library, owes):
    """Kinds of field and the purpose; nothing of what was owed."""
    owes(ADA_CARD, 98765)
    desk.scan(ADA_CARD)
    desk.does("/fees/")
    desk.does("/fees/pay/", amount="987.65", method="cash")

    seen = [body for body in ledger_bodies(library) if body["series"] == "fees"]

    assert ("view", "serve at the desk") in {(body["action"], body["purpose"]) for body in seen}
    assert ("change", "settle fees") in {(body["action"], body["purpose"]) for body in seen}
    assert not any(
        "987" in str(value)
        for body in seen
        for name, value in body.items()
        if name not in ("nonce", "policy")
    )


# the day's money


def test_the_day_is_added_up_and_the_drawer_counted_once(desk, owes):
    """What should be in it, what is, and the difference; no patron anywhere."""
    owes(ADA_CARD, 1000)
    desk.scan(ADA_CARD)
    desk.does("/fees/pay/", amount="6", method="cash", form="fees-pay")
    desk.does("/fees/pay/", amount="4", method="card", form="fees-pay")
    desk.open("/money/")
    assert "Fees paid Cash 1 $6.00" in desk.text
    assert "Fees paid Card 1 $4.00" in desk.text
    assert "Charged 1 $10.00" in desk.text
    assert "Ada" not in desk.text

    desk.client.post("/money/close/", {"opening": "50", "counted": "x"})
    assert not DrawerCount.objects.exists()
    desk.read(desk.client.post("/money/close/", {"opening": "50", "counted": "55.90"}, follow=True))

    assert "Expected $56.00 Counted $55.90 Difference $0.10 too little" in desk.text
    again = desk.client.post("/money/close/", {"opening": "50", "counted": "56"})
    assert again.status_code == 422
    assert "has been counted and closed" in again.content.decode()


def test_a_count_that_does_not_do_comes_back_filled_in(desk):
    """With the field marked."""
    response = desk.client.post("/money/close/", {"opening": "50", "counted": "5O"})

    assert response.status_code == 422
    body = response.content.decode()
    assert 'value="50"' in body
    assert 'name="counted" inputmode="decimal" required value="5O" aria-invalid="true"' in body


@pytest.mark.parametrize(
    "query", ["?day=2026-11-20&branch=east", "?day=nonsense&branch=nowhere", "?day=2099-01-01", "?branch="]
)
def test_any_day_and_branch_can_be_looked_at_and_only_ones_own_counted_today(desk, query):
    """Another day's drawer is not counted after the fact."""
    response = desk.open(f"/money/{query}")

    assert response.status_code == 200
    assert "No money moved." in desk.text
    assert ("Write down the count" in desk.text) is (query == "?day=2099-01-01")


def test_the_days_money_is_for_those_whose_work_it_is(staff_of, library):
    """Finance sees it; a reference librarian does not."""
    staff_of("fin", ["finance"])
    staff_of("ref", ["reference"])
    for username, status in (("fin", 200), ("ref", 403)):
        window = AtDesk()
        window.sign_in(username)
        assert window.client.get("/money/").status_code == status
        closing = window.client.post("/money/close/", {"opening": "1", "counted": "x"})
        assert closing.status_code == (422 if status == 200 else 403)


@pytest.mark.clause("TH-1.13", "MP-7.15")
def test_finance_writes_off_without_learning_who_or_what(staff_of, library, owes):
    """A card scanned: kinds, amounts and days, and a button. No name, no item."""
    owes(ADA_CARD, 250, FeeKind.LOST, for_item=True)
    owes(ADA_CARD, 100)
    staff_of("fin", ["finance"])
    window = AtDesk()
    window.sign_in("fin")
    window.open("/money/")
    assert "Fees of a card" in window.text

    window.does("/money/card/", card=ADA_CARD)

    assert "$3.50 owed" in window.text
    for secret in ("Ada", "Zieli", TITLE, ADA_CARD):
        assert secret not in window.html
    fee = FeeLine.objects.get(amount=250).id
    window.does("/money/write-off/", fee=str(fee), code="goodwill")
    assert "Choose the reason from the list." in window.said() or "Nothing was booked." in window.text
    window.does("/money/write-off/", fee=str(fee), code="too_old")
    assert "It is written off." in window.text
    assert "$1.00 owed" in window.text
    assert FeeLine.objects.get(id=fee).item_id is None


def test_finance_and_strangers_get_no_further(desk, staff_of, library, owes):
    """A clerk has no right to write off; an unknown card opens nothing; a finance member does not pay fees in."""
    fee = owes(ADA_CARD, 250)
    desk.does("/money/card/", card=ADA_CARD)
    assert "Write it off" not in desk.text
    desk.scan(ADA_CARD)
    desk.does("/money/write-off/", fee=str(fee), code="too_old")
    assert desk.response.status_code == 403
    desk.does("/money/write-off/", slip="x", fee=str(fee), code="too_old")
    assert "The patron is not open any more." in desk.text
    staff_of("fin", ["finance"])
    window = AtDesk()
    window.sign_in("fin")
    window.does("/money/card/", card="29999999999999")
    assert "No library card has this number." in window.text
    window.does("/money/card/", card=ADA_CARD)
    window.does("/fees/pay/", amount="1", method="cash")

    assert window.response.status_code == 403
    assert FeeLine.objects.get().outstanding == 250
