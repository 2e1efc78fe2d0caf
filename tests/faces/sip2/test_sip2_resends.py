"""What a machine sends again because it heard no answer is done once; what it asks anew is done anew."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from sip2_support import ADA_CARD, ADA_PIN, BEN_CARD, ITEMS, client, served

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.resends import PAYMENT_SECONDS, Resends
from circumspect.records.circulation.models import Loan
from circumspect.records.fees import charging
from circumspect.records.fees.models import FeeLine
from circumspect.records.fees.rules import FeeKind

DATABASES = ["default", "keys", "ledger"]
WHEN = "20261103    101500"


def _framed(text: str, sequence: int) -> str:
    framed = f"{text}AY{sequence}AZ"
    return f"{framed}{-sum(framed.encode()) & 0xFFFF:04X}"


def _pays(card: str = ADA_CARD, pin: str = ADA_PIN, **changed: str) -> codec.FeePaid:
    said = {"amount": "1.00", "transaction": "t-1", "date": WHEN} | changed
    return codec.FeePaid(institution="1234", patron=card, patron_password=pin, **said)


def _booked(transaction: str = "t-1") -> codec.FeeAccepted:
    return codec.FeeAccepted(
        accepted="Y", date=WHEN, institution="1234", patron=ADA_CARD, transaction=transaction
    )


def test_a_payment_is_known_again_by_all_that_it_says_for_its_machine_and_its_time():
    resends = Resends()
    mark = resends.payment("terminal:1", _pays())
    resends.booked(mark, _booked(), 100.0)

    assert resends.answer_to(mark, 101.0) == _booked()
    assert resends.answer_to(mark, 100.0 + PAYMENT_SECONDS) is None
    others = [
        resends.payment("terminal:2", _pays()),
        *(
            resends.payment("terminal:1", _pays(**changed))
            for changed in (
                {"amount": "2.00"},
                {"transaction": "t-2"},
                {"date": "20261103    101501"},
                {"card": BEN_CARD},
                {"pin": "9999"},
            )
        ),
    ]
    assert [resends.answer_to(each, 101.0) for each in others] == [None] * len(others)


def test_what_was_not_booked_or_bears_no_number_is_not_kept():
    resends = Resends()
    refused = codec.FeeAccepted(accepted="N", date=WHEN, institution="1234", patron=ADA_CARD)
    mark = resends.payment("terminal:1", _pays())
    resends.booked(mark, refused, 100.0)

    assert resends.answer_to(mark, 101.0) is None
    assert resends.payment("terminal:1", _pays(transaction="")) == b""
    assert resends.act(_pays(), None) == b""


def test_nothing_of_a_patron_is_kept_but_hashes_and_our_own_answer():
    resends = Resends()
    resends.booked(resends.payment("terminal:1", _pays()), _booked(), 100.0)

    assert all(ADA_PIN.encode() not in mark and len(mark) == 32 for mark in resends._paid)
    assert ADA_CARD not in repr(resends)


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_a_payment_sent_again_after_the_line_was_lost_is_booked_once(world: Any):
    with connection.cursor() as cursor:
        charging.charge(
            world.house, cursor, world.ada, FeeKind.CARD, 500,
            branch="main", item_id=None, today=world.house.today(),
        )  # fmt: skip
    paid = f"37{WHEN}0102USDBV1.00|AO1234|AA{ADA_CARD}|AD{ADA_PIN}|BKt-1|"
    with served(world.house) as one:
        for _line in range(2):
            with client(one.ports[0]) as machine:
                machine.log_in(world.terminals["payment_kiosk"])
                assert machine.ask(paid).startswith("38Y")
        with client(one.ports[0]) as machine:
            machine.log_in(world.terminals["payment_kiosk"])
            assert machine.ask(paid.replace("BKt-1", "BKt-2")).startswith("38Y")

    assert FeeLine.objects.get().outstanding == 300


@pytest.mark.django_db(databases=DATABASES, transaction=True)
def test_an_act_with_the_number_it_had_gets_the_answer_it_had(world: Any):
    back = f"09N{WHEN}{WHEN}APmain|AO1234|AB{ITEMS[0]}|AC|"
    out = f"11NN{WHEN}{WHEN}AO1234|AA{ADA_CARD}|AB{ITEMS[0]}|AC|"
    with served(world.house) as one, client(one.ports[0]) as machine:
        machine.log_in(world.terminals["open"])
        lent = [machine.ask(_framed(out, 1)) for _ in range(2)]
        assert lent[0] == lent[1]
        assert lent[0].startswith("121N")
        first, again = (machine.ask(_framed(back, 2)) for _ in range(2))
        assert first == again
        assert not Loan.objects.exists()
        # Another message came between, so the same number begins anew.
        machine.ask("9900802.00")
        machine.ask(_framed(out, 2))
        assert machine.ask(_framed(back, 2)).startswith("101")
        assert not Loan.objects.exists()
