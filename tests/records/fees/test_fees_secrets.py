"""What the money side keeps, logs and enters: no name, no card number, no title."""

from __future__ import annotations

import json
import logging

import pytest
from django.db import connection
from fees_support import TITLE

from circumspect.records.fees import deposits, drawer, settling
from circumspect.records.fees.models import FeeLine
from circumspect.records.fees.rules import Code, FeeKind, Method, MoneyError
from circumspect.trust.policy.request import Circumstance

OPEN = Circumstance.OPEN_TRANSACTION
TABLES = ("fees_line", "fees_entry", "fees_cash_tally", "fees_drawer_count")
SECRETS = ("Ada", "Zieli", "21234000000018", "00018", TITLE, "Canary", "39999000000011")
pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def busy_day(house, clerk, lead, charge, pay, top_up, account, ada, item, caplog):
    """Everything that can be done with money, done once, with a log that takes all."""
    more = {"branch": "main", "circumstance": OPEN}
    with caplog.at_level(logging.DEBUG):
        fees = [charge(ada, 500, kind, item) for kind in (FeeKind.LOST, FeeKind.OVERDUE, FeeKind.DAMAGE)]
        top_up(ada, 1000)
        receipt = pay(ada, 500, fees=fees[:1])
        pay(ada, 100, Method.DEPOSIT, fees=fees[1:2])
        settling.waive(house, lead, ada, fees[1], None, code=Code.GOODWILL, **more)
        settling.refund(house, lead, ada, fees[0], 200, method=Method.CASH, code=Code.ITEM_FOUND, **more)
        deposits.pay_out(house, lead, ada, 100, method=Method.CASH, **more)
        drawer.close_drawer(house.today(), "main", opening=0, counted=0)
        for wrong in (9_000, 0, -4):
            with pytest.raises(MoneyError) as refusal:
                pay(ada, wrong)
            logging.getLogger("circumspect").error("%s", refusal.value)
        logging.getLogger("circumspect").info("%r %r %r", receipt, account(ada), account(ada).owed)
        logging.getLogger("circumspect").info("%r", FeeLine.objects.first())
    return caplog.text


def rows() -> str:
    """Every cell of every table of this room, as text."""
    cells = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            cells += [
                repr(bytes(cell) if isinstance(cell, memoryview) else cell) for row in cursor for cell in row
            ]
    return "\n".join(cells)


@pytest.mark.clause("MP-4.3", "MP-4.15", "TH-1.13")
def test_no_fee_entry_or_sum_holds_a_name_a_card_number_or_a_title(busy_day):
    """Searched for in every cell."""
    stored = rows()

    assert "goodwill" in stored
    assert [secret for secret in SECRETS if secret in stored] == []


@pytest.mark.clause("MP-4.15")
def test_nothing_about_money_in_a_log_tells_whose_or_how_much(busy_day):
    """Values print as nothing; what went wrong says which field."""
    assert "amount: refused by the money rules" in busy_day
    assert [secret for secret in (*SECRETS, "$", "90.00") if secret in busy_day] == []


def test_the_ledger_says_what_kind_of_field_and_never_how_much(busy_day, house, ada):
    """Nor which fee: an entry's words are the policy's."""
    entries = [entry.body for entry in house.ledger.entries(0, house.ledger.size())]
    written = json.dumps(entries, default=str)

    assert '"fees"' in written
    assert [secret for secret in SECRETS if secret in written] == []
    assert not any(str(fee) in written for fee in FeeLine.objects.values_list("id", flat=True))
    assert str(ada) not in written


def test_fees_of_one_patron_share_no_token_between_epochs_and_no_number(clock, charge, ada, ben):
    """Two epochs, two links; nothing else on a line is the same for one person alone."""
    charge(ada, 500)
    charge(ben, 500)
    clock.forward(days=30)
    charge(ada, 500)

    lines = list(FeeLine.objects.order_by("day"))
    assert len({bytes(line.link) for line in lines}) == 3
    assert len({bytes(line.back) for line in lines}) == 3
    assert not {ada, ben} & {value for line in lines for value in (line.id, line.epoch, line.item_id)}
