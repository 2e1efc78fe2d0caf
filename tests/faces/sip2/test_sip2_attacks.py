"""Attacks: every machine, every message, every state of knowing, against everything a patron has.

Whatever of a patron stands in a line must have been opened for exactly that answer, and be on the machine's
list. A machine that is broken on purpose shows that the sweep would notice.
"""

from __future__ import annotations

import logging

import pytest
from sip2_support import ADA_CARD, ADA_PIN, DATE, ITEMS, TITLE, TOLD_BY

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.answers import Conversation
from circumspect.offices.terminals import accounts
from circumspect.offices.terminals.profiles import HARMLESS, PROFILES, SOURCES
from circumspect.records.fees import charging
from circumspect.records.fees.rules import FeeKind

pytestmark = [pytest.mark.attack(2), pytest.mark.django_db(databases=["default", "keys", "ledger"])]

# What stands in a line, the field of the door it is of, and the letters it may stand under.
CANARIES = {
    b"Adacanary": ("registration", "given_name", {"AE"}),
    b"Zielinskacanary": ("registration", "family_name", set()),
    b"Canary Street": ("registration", "street", set()),
    b"Canaryville": ("registration", "city", set()),
    b"60999": ("registration", "postcode", set()),
    b"5550199": ("registration", "phone", set()),
    b"555-0199": ("registration", "phone", set()),
    b"canary@example": ("registration", "email", set()),
    b"19900402": ("registration", "birth_date", {"PB"}),
    b"resident_adult": ("registration", "standing", {"PC"}),
    b"20291122": ("registration", "standing", {"PA"}),
    b"BLY": ("registration", "standing", {"BL"}),
    b"BV7.31": ("fees", "outstanding", {"BV"}),
    b" 7.31 ": ("fees", "outstanding", {"AV"}),
}
# Items of lists: loans, and holds that stand ready.
LISTED = {b"AU" + ITEMS[0].encode(): ("loans", "item"), b"AT" + ITEMS[0].encode(): ("loans", "item"),
          b"BM" + ITEMS[0].encode(): ("loans", "item"), b"BN" + ITEMS[0].encode(): ("loans", "item")}  # fmt: skip
# The fixed parts of 64 that are numbers of a patron's: place, code and the field they are counted from.
COUNTS = {
    37: ("count-holds", "holds", "state"),
    41: ("count-overdue", "loans", "due_at"),
    45: ("count-charged", "loans", "due_at"),
    49: ("count-fines", "fees", "outstanding"),
    57: ("count-unavailable", "holds", "state"),
}


@pytest.fixture
def crowded(world):
    """A patron with a loan, a late one, a fee and a hold: everything there is to tell."""
    from django.db import connection

    with connection.cursor() as cursor:
        charging.charge(
            world.house,
            cursor,
            world.ada,
            FeeKind.LOST,
            731,
            branch="main",
            item_id=None,
            today=world.house.today(),
        )
    machine = Conversation(world.house, accounts.find("wide"))
    machine.answer(codec.PatronInformationRequest(date=DATE, patron=ADA_CARD, patron_password=ADA_PIN))
    assert machine.answer(codec.CheckOut(date=DATE, patron=ADA_CARD, item=ITEMS[0])).ok == "1"
    assert machine.answer(codec.Hold(mode="+", date=DATE, patron=ADA_CARD, item=ITEMS[2])).ok == "1"
    return world


def requests(pin):
    """Every message there is, about the same patron and item."""
    who = {"date": DATE, "patron": ADA_CARD}
    secret = {"patron_password": pin}
    yield codec.PatronStatusRequest(patron_password=pin or "", date=DATE, patron=ADA_CARD)
    for place in range(10):
        summary = "".join("Y" if each == place else " " for each in range(10))
        yield codec.PatronInformationRequest(summary=summary, **who, **secret)
    yield codec.PatronInformationRequest(summary="YYYYYYYYYY", **who, **secret)
    yield codec.PatronEnable(**who, **secret)
    yield codec.ItemInformationRequest(date=DATE, item=ITEMS[0])
    yield codec.ItemStatusUpdate(date=DATE, item=ITEMS[0], properties="x")
    yield codec.CheckOut(item=ITEMS[0], **who, **secret)
    yield codec.CheckOut(item=ITEMS[0], cancel="Y", **who, **secret)
    yield codec.Renew(item=ITEMS[0], **who, **secret)
    yield codec.RenewAll(**who, **secret)
    yield codec.FeePaid(amount="99.00", **who, **secret)
    yield codec.Hold(mode="+", item=ITEMS[0], **who, **secret)
    yield codec.Hold(mode="-", item=ITEMS[1], **who, **secret)
    yield codec.EndSession(**who, **secret)
    yield codec.ScStatus()
    yield codec.CheckIn(date=DATE, returned=DATE, item=ITEMS[3])


def sweep(world, name):
    """Every message in every state of knowing; what convicts."""
    house = world.house
    account = accounts.find(world.terminals[name].account.name)
    convicts, seen = [], set()
    # Not more than four wrong PINs: a locked card would say nothing.
    for pin in (ADA_PIN, None, "0001"):
        machine = Conversation(house, account)
        for number, request in enumerate(requests(pin)):
            if pin == "0001" and number not in (0, 1, 3, 4):
                continue
            before = house.ledger.size()
            machine.account = account
            line = codec.encode(machine.answer(request), codec.Encoding.UTF8)
            entries = [entry.body for entry in house.ledger.entries(before, house.ledger.size())]
            opened = {
                (body["series"], field)
                for body in entries
                if body["outcome"] == "allowed" and body["action"] == "view"
                for field in body["fields"]
            }
            circumstances = {body["circumstance"] for body in entries if body["action"] == "view"}
            for what, code in hits(line):
                seen.add(code)
                where = f"{name}, {request.NUMBER}, {'no' if pin is None else pin} PIN: {code} {what}"
                if what not in opened:
                    convicts.append(f"{where}: no opening")
                if code not in account.fields and code not in ("BM", "BN"):
                    convicts.append(f"{where}: not on its list")
                if pin != ADA_PIN and account.pin_required:
                    convicts.append(f"{where}: told to somebody who did not give the PIN")
                if pin != ADA_PIN and code not in HARMLESS:
                    convicts.append(f"{where}: not harmless")
                if "card and PIN given" not in circumstances and code not in HARMLESS:
                    convicts.append(f"{where}: opened without card and PIN")
    return convicts, seen


def hits(line):
    """What of the patron stands in a line: the door's field, and the letters or the place it stands under."""
    # What the machine itself said comes back to it.
    plain = line.replace(b"AA" + ADA_CARD.encode(), b"")
    for canary, (series, field, codes) in CANARIES.items():
        if canary in plain:
            code = next((each for each in sorted(codes) if each.encode() in plain), canary.decode())
            yield (series, field), code
    for listed, what in LISTED.items():
        if listed in plain:
            yield what, listed[:2].decode()
    if line[:2] == b"64":
        for place, (code, series, field) in COUNTS.items():
            if line[place : place + 4].strip():
                yield (series, field), code


@pytest.mark.clause("MP-3.6", "TH-1.16")
@pytest.mark.parametrize("name", TOLD_BY)
def test_no_machine_is_told_anything_that_no_opening_let_out(crowded, name, caplog):
    with caplog.at_level(logging.DEBUG):
        convicts, seen = sweep(crowded, name)

    assert convicts == []
    account = crowded.terminals[name].account
    if "63" in account.messages:
        assert "BL" in seen
    assert seen <= account.fields | {"BM", "BN"}
    # And no log says anything of it.
    told = caplog.text.encode()
    assert not [canary for canary in CANARIES if len(canary) > 6 and canary in told]
    assert not [secret for secret in (ADA_CARD, ADA_PIN, TITLE, *ITEMS) if secret in caplog.text]


def test_the_sweep_sees_all_there_is_to_see(crowded):
    """Otherwise it would convict nobody."""
    seen = set().union(*(sweep(crowded, name)[1] for name in ("wide", "payment_kiosk", "pc_reservation")))

    assert {
        "AE",
        "BL",
        "BV",
        "AV",
        "AU",
        "PA",
        "PC",
        "BM",
        *(code for code, _, _ in COUNTS.values()),
    } - seen <= {"BM"}


def test_a_machine_that_is_told_a_name_past_the_door_is_caught(crowded, monkeypatch):
    monkeypatch.setattr(Conversation, "_name", lambda *_: "Zielinskacanary")

    convicts, _ = sweep(crowded, "e_content")

    assert any("no opening" in each for each in convicts)
    assert any("not on its list" in each for each in convicts)


def test_a_machine_that_tells_without_a_pin_is_caught(crowded, monkeypatch):
    from dataclasses import replace

    from circumspect.trust.policy.request import Circumstance

    real = Conversation._find

    def always(self, number, pin):
        found = real(self, number, pin or ADA_PIN)
        return replace(found, circumstance=Circumstance.CARD_AND_PIN) if found else found

    monkeypatch.setattr(Conversation, "_find", always)

    convicts, _ = sweep(crowded, "self_check")

    assert any("did not give the PIN" in each for each in convicts)


def test_the_policy_refuses_what_a_list_was_widened_to_by_hand(crowded):
    """A row in the table that says too much is cut to what the profile may have, and the door would refuse the rest."""
    from circumspect.offices.terminals.models import Terminal

    Terminal.objects.filter(name="e-content").update(fields=["BL", "CQ", "AE", "BV", "AU", "PB"])

    convicts, seen = sweep(crowded, "e_content")

    assert convicts == []
    assert seen == {"BL"}


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_the_policy_allows_each_profile_all_it_may_have_and_nothing_else(house, profile):
    """Field for field, with card and PIN: the lists of the profiles and the rules of the policy agree."""
    from circumspect.trust.policy.fields import Fields
    from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Request

    actor = Actor(ActorKind.TERMINAL, "1", frozenset({profile}))

    def allowed(action, series, field, circumstance):
        request = Request(
            actor, action, Purpose.MACHINE, series, frozenset({field}), circumstance, None, False, 1, "v"
        )
        return house.policy.decide(request).allowed

    wanted = {(series, field) for code, (series, names) in SOURCES.items() for field in names
              if code in PROFILES[profile].all_fields}  # fmt: skip
    harmless = {(series, field) for code, (series, names) in SOURCES.items() for field in names
                if code in PROFILES[profile].all_fields & HARMLESS and PROFILES[profile].may_skip_pin}  # fmt: skip
    every = {(name, field) for name, one in Fields.load().series.items() for field in one.fields}

    told = {one for one in every if allowed(Action.VIEW, *one, Circumstance.CARD_AND_PIN)}
    by_card = {one for one in every if allowed(Action.VIEW, *one, Circumstance.CARD_SCANNED)}

    assert told == wanted
    assert by_card == harmless
