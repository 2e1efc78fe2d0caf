"""Charging, paying, waiving and refunding through the door, as kept in the tables."""

from __future__ import annotations

import datetime as dt
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from fees_support import ITEM, TITLE, member, on_disk

from circumspect.records.fees import charging, settling
from circumspect.records.fees.account import Outcome
from circumspect.records.fees.account import account as open_account
from circumspect.records.fees.lines import NoSuchFeeError
from circumspect.records.fees.models import CashTally, FeeEntry, FeeLine
from circumspect.records.fees.rules import Code, CodeError, FeeKind, Method, MoneyError, TooMuchError
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.wiping import wipe_owed

OPEN = Circumstance.OPEN_TRANSACTION
pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


def items_known() -> list[int | None]:
    """Which items the fee lines name."""
    return list(FeeLine.objects.values_list("item_id", flat=True))


def test_what_is_owed_is_the_sum_of_what_is_open_and_only_ones_own(charge, pay, owed, ada, ben):
    """Asked by links: nobody's number is in the table."""
    charge(ada, 500)
    charge(ada, 250)
    charge(ben, 9900)

    assert (owed(ada), owed(ben)) == (750, 9900)
    pay(ada, 600)
    assert (owed(ada), owed(ben)) == (150, 9900)
    with connection.cursor() as cursor:
        assert charging.owed(cursor, []) == 0


def test_fees_of_an_earlier_epoch_are_still_owed(house, clock, charge, owed, ada):
    """A link of each epoch finds its own."""
    charge(ada, 500)
    clock.forward(days=40)
    charge(ada, 100)

    assert FeeLine.objects.values("link").distinct().count() == 2
    assert owed(ada) == 600


def test_paying_takes_the_oldest_first_and_says_so_on_the_receipt(clock, charge, pay, account, ada):
    """Kind, amount and day, and nothing else."""
    charge(ada, 300, FeeKind.DAMAGE)
    clock.forward(days=1)
    charge(ada, 400, FeeKind.OVERDUE)

    receipt = pay(ada, 500)

    assert receipt.parts == ((FeeKind.DAMAGE, 300), (FeeKind.OVERDUE, 200))
    assert (receipt.total, receipt.day, receipt.branch) == (500, dt.date(2026, 11, 24), "main")
    shown = account(ada)
    assert [(fee.words, fee.outstanding) for fee in shown.owed] == [("Overdue fee", 200)]
    assert [(fee.words, fee.paid) for fee in shown.paid] == [("Damage fee", 300)]


def test_a_chosen_fee_is_paid_before_an_older_one(clock, charge, pay, account, ada):
    """The patron says which."""
    charge(ada, 300, FeeKind.DAMAGE)
    chosen = charge(ada, 400, FeeKind.PRINT)

    pay(ada, 400, fees=[chosen])

    assert [fee.kind for fee in account(ada).owed] == [FeeKind.DAMAGE]
    with pytest.raises(TooMuchError):
        pay(ada, 400, fees=[charge(ada, 399)])


def test_somebody_elses_fee_cannot_be_paid_waived_or_refunded_here(house, lead, charge, pay, owed, ada, ben):
    """A fee's number opens nothing: it must be the patron's own."""
    his = charge(ben, 300)
    charge(ada, 300)
    more = {"branch": "main", "circumstance": OPEN}

    with pytest.raises(NoSuchFeeError):
        pay(ada, 300, fees=[his])
    with pytest.raises(NoSuchFeeError):
        settling.waive(house, lead, ada, his, 300, code=Code.GOODWILL, **more)
    with pytest.raises(NoSuchFeeError):
        settling.refund(house, lead, ada, his, 300, method=Method.CASH, code=Code.MISTAKE, **more)

    assert (owed(ada), owed(ben)) == (300, 300)
    assert FeeEntry.objects.exclude(kind="charged").count() == 0


def test_an_overpayment_changes_nothing(charge, pay, owed, ada):
    """No entry, no count, no change of what is owed."""
    charge(ada, 300)

    with pytest.raises(TooMuchError):
        pay(ada, 301)

    assert owed(ada) == 300
    assert not CashTally.objects.filter(kind="paid").exists()


@pytest.mark.clause("TH-1.13", "MP-4.5")
@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_settled_fee_no_longer_knows_its_item_in_the_database_file(house, lead, charge, pay, ada, item):
    """Paid, waived, credited or written off: not in the pages, nor in the log."""

    def traces() -> int:
        return on_disk().count(ITEM.to_bytes(8, "big")) if connection.vendor == "sqlite" else 0

    wipe_owed()
    without_fees = traces()
    fees = [charge(ada, 100, FeeKind.LOST, item) for _ in range(5)]
    if connection.vendor == "sqlite":
        assert traces() > without_fees
    assert items_known() == [item] * 5

    more = {"branch": "main", "circumstance": OPEN}
    pay(ada, 60, fees=fees[:1])
    assert items_known() == [item] * 5
    pay(ada, 40, fees=fees[:1])
    assert items_known().count(None) == 1
    settling.waive(house, lead, ada, fees[1], 100, code=Code.GOODWILL, **more)
    settling.credit(house, lead, ada, fees[2], 100, code=Code.MISTAKE, **more)
    settling.write_off(house, lead, ada, fees[3], 100, code=Code.TOO_OLD, **more)
    with transaction.atomic(), connection.cursor() as cursor:
        assert not charging.item_settled(cursor, item)
        assert charging.forgive_for_item(cursor, item, {FeeKind.LOST}, house.today()) == 100
        assert charging.item_settled(cursor, item)

    assert items_known() == [None] * 5
    wipe_owed()
    assert traces() == without_fees


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_settlement_that_fails_keeps_both_the_debt_and_the_item(
    house, charge, pay, owed, ada, item, monkeypatch
):
    """Both or neither, in one transaction."""
    charge(ada, 100, FeeKind.LOST, item)

    def broken(*_args: object, **_more: object) -> None:
        raise RuntimeError("the power fails")

    monkeypatch.setattr("circumspect.records.fees.lines.tally", broken)
    with pytest.raises(RuntimeError):
        pay(ada, 100)

    assert (owed(ada), items_known()) == (100, [item])
    assert FeeEntry.objects.count() == 1


@pytest.mark.clause("TH-1.20")
def test_a_waiver_needs_a_code_from_the_list_and_has_no_room_for_a_story(house, lead, charge, account, ada):
    """Owed, paid and waived are separate, each with its reason."""
    fee = charge(ada, 500)
    more = {"branch": "main", "circumstance": OPEN}

    for no_code in (Code.TOO_OLD, "because she was ill"):
        with pytest.raises(CodeError):
            settling.waive(house, lead, ada, fee, 500, code=no_code, **more)
    settling.waive(house, lead, ada, fee, 500, code=Code.CLOSED, **more)

    shown = account(ada)
    assert (shown.owed, shown.paid) == ((), ())
    assert [(each.let_go, each.why, each.outcome) for each in shown.waived] == [
        (500, ("The library was closed",), Outcome.WAIVED)
    ]
    text_columns = {
        field.name: field.max_length
        for model in (FeeLine, FeeEntry)
        for field in model._meta.fields
        if field.get_internal_type() in ("CharField", "TextField")
    }
    assert max(text_columns.values()) <= 32


def test_a_found_item_ends_what_is_owed_for_it_and_leaves_what_was_paid(
    house, lead, charge, pay, account, ada, item
):
    """The rest is credited; the part that was paid can be refunded by a lead."""
    lost = charge(ada, 2000, FeeKind.LOST, item)
    charge(ada, 500, FeeKind.PROCESSING, item)
    charge(ada, 75, FeeKind.OVERDUE, item)
    pay(ada, 800, fees=[lost])

    with transaction.atomic(), connection.cursor() as cursor:
        back = charging.forgive_for_item(cursor, item, {FeeKind.LOST, FeeKind.PROCESSING}, house.today())
        assert charging.forgive_for_item(cursor, item, (), house.today()) == 0

    assert back == 1200 + 500
    assert [(fee.kind, fee.outstanding) for fee in account(ada).owed] == [(FeeKind.OVERDUE, 75)]
    settling.refund(
        house,
        lead,
        ada,
        lost,
        800,
        method=Method.CASH,
        code=Code.ITEM_FOUND,
        branch="main",
        circumstance=OPEN,
    )
    assert account(ada).paid_cents == 0


def test_a_check_that_bounced_is_owed_again(house, lead, charge, pay, owed, account, ada, item):
    """The debt comes back, the item does not."""
    fee = charge(ada, 500, FeeKind.DAMAGE, item)
    pay(ada, 500, Method.CHEQUE)

    settling.refund(
        house,
        lead,
        ada,
        fee,
        500,
        method=Method.CHEQUE,
        code=Code.PAYMENT_FAILED,
        branch="main",
        circumstance=OPEN,
    )

    assert owed(ada) == 500
    assert (FeeLine.objects.get().item_id, FeeLine.objects.get().settled_on) == (None, None)
    assert account(ada).owed[0].title == ""


def test_charging_by_hand_is_for_a_few_kinds_only(house, clerk, ada, account):
    """Overdue and lost follow from loans; nobody types them."""
    more = {"branch": "main", "circumstance": OPEN}

    settling.charge_by_hand(house, clerk, ada, FeeKind.CARD, 200, **more)
    for kind in (FeeKind.OVERDUE, FeeKind.LOST, FeeKind.PROCESSING, FeeKind.ILL):
        with pytest.raises(MoneyError):
            settling.charge_by_hand(house, clerk, ada, kind, 200, **more)

    assert [(fee.words, fee.amount) for fee in account(ada).owed] == [("Card fee", 200)]


# rights


RIGHTS = {
    "pay": {"desk", "circulation_lead"},
    "charge": {"desk", "circulation_lead"},
    "waive": {"circulation_lead"},
    "credit": {"circulation_lead"},
    "refund": {"circulation_lead"},
    "write off": {"circulation_lead", "finance"},
    "see": {"desk", "circulation_lead", "finance"},
}


@pytest.mark.parametrize(
    "role", ["desk", "circulation_lead", "finance", "reference", "system", "executive_director", "trustee"]
)
def test_each_act_is_the_right_of_the_roles_it_was_given_to(house, charge, ada, role):
    """And whoever may not has changed nothing."""
    who = member(role)
    more = {"branch": "main", "circumstance": OPEN}
    fee = charge(ada, 1000)
    acts = {
        "pay": lambda: settling.pay(house, who, ada, 10, method=Method.CASH, **more),
        "charge": lambda: settling.charge_by_hand(house, who, ada, FeeKind.CARD, 10, **more),
        "waive": lambda: settling.waive(house, who, ada, fee, 10, code=Code.GOODWILL, **more),
        "credit": lambda: settling.credit(house, who, ada, fee, 10, code=Code.MISTAKE, **more),
        "write off": lambda: settling.write_off(house, who, ada, fee, 10, code=Code.TOO_OLD, **more),
        "see": lambda: open_account(house, who, ada, circumstance=OPEN),
        "refund": lambda: settling.refund(
            house, who, ada, fee, 10, method=Method.CASH, code=Code.MISTAKE, **more
        ),
    }
    for name, act in acts.items():
        before = FeeEntry.objects.count()
        if role in RIGHTS[name]:
            try:
                act()
            except TooMuchError:
                assert name == "refund"  # finance and the desk pay nothing in this test's life
        else:
            with pytest.raises(Refused) as refusal:
                act()
            assert refusal.value.decision.clauses
            assert FeeEntry.objects.count() == before


@pytest.mark.clause("MP-7.15")
def test_no_fee_opens_without_a_card_or_a_reason(house, clerk, charge, ada):
    """A list to work through is no reason to see what somebody owes."""
    charge(ada, 100)

    for circumstance in (
        Circumstance.NAME_SEARCH,
        Circumstance.LIST,
        Circumstance.ITEM_SCANNED,
        Circumstance.UNEXPLAINED,
    ):
        with pytest.raises(Refused):
            open_account(house, clerk, ada, circumstance=circumstance)


def test_finance_sees_amounts_and_never_for_which_item(house, charge, ada, item):
    """The door is not even asked for the item."""
    charge(ada, 100, FeeKind.LOST, item)

    shown = open_account(house, member("finance"), ada, circumstance=OPEN)

    assert [(fee.words, fee.title, fee.barcode) for fee in shown.owed] == [("Replacement fee", "", "")]
    with pytest.raises(Refused):
        house.door.ask(
            member("finance"),
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="fees",
            subjects=(ada,),
            fields={"item"},
            circumstance=OPEN,
        )


def test_the_title_shows_while_the_fee_is_open_and_to_the_desk_only(charge, pay, account, ada, item):
    """Looked up when shown; after settling there is nothing to look it up by."""
    charge(ada, 100, FeeKind.LOST, item)
    assert [fee.title for fee in account(ada).owed] == [TITLE]

    pay(ada, 100)

    assert [fee.title for fee in account(ada).paid] == [""]


@pytest.mark.clause("MP-3.5", "MP-3.6", "TH-1.13")
def test_nobody_can_export_or_hand_over_what_patrons_owe(house, ada):
    """A collection agency gets nothing: every role and every purpose is refused, in words that say why."""
    from circumspect.trust.policy.request import Role

    others = [Actor(kind, "7") for kind in (ActorKind.TERMINAL, ActorKind.JOB)]
    for who in [*(member(str(role)) for role in Role), *others]:
        for action in (Action.EXPORT, Action.DISCLOSE):
            for purpose in (Purpose.SETTLE, Purpose.SERVE, Purpose.LISTS, Purpose.NOTIFY, Purpose.MACHINE):
                with pytest.raises(Refused) as refusal:
                    house.door.ask(
                        who,
                        action=action,
                        purpose=purpose,
                        series="fees",
                        subjects=(ada,),
                        fields={"kind", "outstanding"},
                        circumstance=OPEN,
                    )
                decision = refusal.value.decision
                if "no-collection-agency" in decision.rules:
                    assert {"MP-3.5", "MP-3.6", "TH-1.13"} <= set(decision.clauses)
                else:
                    assert str(Role.TRUSTEE) in who.roles


def test_the_refusal_to_collect_names_the_agency(house, clerk, ada):
    """In the words on the screen."""
    with pytest.raises(Refused) as refusal:
        house.door.ask(
            clerk,
            action=Action.EXPORT,
            purpose=Purpose.SETTLE,
            series="fees",
            subjects=(ada,),
            fields={"outstanding"},
            circumstance=OPEN,
        )

    assert "collection agency" in refusal.value.decision.explanation
    assert "write it off" in refusal.value.decision.remedy


@pytest.mark.clause("MP-5.2", "TH-1.20")
def test_a_patron_sees_their_own_fees_and_nobody_elses(house, charge, ada, ben, item):
    """Titles included while they are open: it is their own record."""
    charge(ada, 100, FeeKind.LOST, item)
    own = {"purpose": Purpose.OWN_RECORD, "circumstance": Circumstance.OWN_SIGN_IN}

    shown = open_account(house, Actor(ActorKind.PATRON, str(ada)), ada, **own)
    assert [(fee.words, fee.title) for fee in shown.owed] == [("Replacement fee", TITLE)]
    with pytest.raises(Refused):
        open_account(house, Actor(ActorKind.PATRON, str(ben)), ada, **own)


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_two_desks_that_take_one_payment_book_it_once(house, charge, pay, owed, ada):
    """Whoever comes second is told, and gives the money back."""
    fee = charge(ada, 100)
    answers: list[object] = []

    def one_desk() -> None:
        try:
            answers.append(pay(ada, 100, fees=[fee]).total)
        except MoneyError as problem:
            answers.append(type(problem))
        finally:
            connections.close_all()

    desks = [Thread(target=one_desk) for _ in range(4)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join()

    assert answers.count(100) == 1, answers
    assert owed(ada) == 0
    assert FeeEntry.objects.filter(kind="paid").count() == 1
    assert CashTally.objects.get(kind="paid").cents == 100
