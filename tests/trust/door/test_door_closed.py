"""Whatever part cannot be reached: the door is closed, and nothing was read."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from django.db import OperationalError, connections

from circumspect.trust.door.errors import DOOR_CLOSED, DoorClosed, DoorError
from circumspect.trust.ledger.errors import NotWrittenError
from circumspect.trust.policy.request import Action, Circumstance, Decision, Purpose
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@contextmanager
def unreachable(alias):
    """Every statement on one database fails."""

    def fail(execute, sql, params, many, context):
        raise OperationalError("disk I/O error near 'Zielińska'")

    with connections[alias].execute_wrapper(fail):
        yield


@pytest.fixture
def granted(house, monkeypatch):
    """Every grant that is made."""
    made: list[object] = []
    real = house.door._unsealer.grant

    def note(*args, **kwargs):
        made.append(args)
        return real(*args, **kwargs)

    monkeypatch.setattr(house.door._unsealer, "grant", note)
    return made


def assert_closed(look, patron, part, granted) -> None:
    """The door says which part, and nothing else."""
    granted.clear()
    with pytest.raises(DoorClosed) as closed:
        look(patron)

    assert closed.value.part == part
    assert "Zieli" not in str(closed.value)
    assert granted == []


def assert_entered(house, before, part_fields=("family_name", "given_name")) -> None:
    """One try more, refused because the door was closed; it names nobody."""
    assert house.ledger.size() == before + 1
    entry = house.ledger.entries(before, before + 1)[0].body
    assert (entry["outcome"], tuple(entry["rules"]), entry["marks"]) == ("refused", DOOR_CLOSED, [])
    assert tuple(entry["fields"]) == part_fields


def test_without_the_ledger_nobody_reads(house, look, ada, granted):
    before = house.ledger.size()

    with unreachable("ledger"):
        assert_closed(look, ada, "the ledger", granted)

    assert house.ledger.size() == before
    look(ada)


def test_without_the_key_store_nobody_reads_and_the_try_is_written_down(house, look, ada, granted):
    with unreachable("keys"):
        assert_closed(look, ada, "the key store", granted)

    entry = house.ledger.entries(house.ledger.size() - 1, house.ledger.size())[0].body
    assert (entry["outcome"], tuple(entry["rules"]), entry["marks"]) == ("refused", DOOR_CLOSED, [])
    assert "given_name" in entry["fields"]
    look(ada)


def test_with_both_stores_away_nobody_reads(house, look, ada, granted):
    before = house.ledger.size()

    with unreachable("keys"), unreachable("ledger"):
        assert_closed(look, ada, "the key store, and the ledger", granted)

    assert house.ledger.size() == before


def test_a_ledger_that_does_not_answer_for_an_entry_opens_nothing(house, look, ada, granted, monkeypatch):
    def not_durable(_entries):
        raise NotWrittenError("the ledger could not write")

    monkeypatch.setattr(house.ledger, "append_many", not_durable)

    assert_closed(look, ada, "the ledger", granted)


@pytest.mark.parametrize("answer", [None, True, "allowed", 1, object()])
def test_a_policy_that_answers_otherwise_than_by_a_decision_opens_nothing(
    house, look, ada, granted, monkeypatch, answer
):
    monkeypatch.setattr(house.policy, "decide", lambda _request: answer)
    before = house.ledger.size()

    assert_closed(look, ada, "the policy", granted)
    assert_entered(house, before)


@pytest.mark.parametrize("allowed", [None, "yes", 1, 0, []])
def test_a_decision_that_is_neither_yes_nor_no_opens_nothing(house, look, ada, granted, monkeypatch, allowed):
    decision = Decision(allowed, (), ("MP-3.1",), "", "", house.policy.hash)
    monkeypatch.setattr(house.policy, "decide", lambda _request: decision)

    assert_closed(look, ada, "the policy", granted)


def test_a_policy_that_raises_opens_nothing(house, look, ada, granted, monkeypatch):
    def fail(_request):
        raise RuntimeError("panic")

    monkeypatch.setattr(house.policy, "decide", fail)
    before = house.ledger.size()

    assert_closed(look, ada, "the policy", granted)
    assert_entered(house, before)


def test_an_unknown_version_in_force_opens_nothing(house, look, ada, granted):
    def hidden():
        raise OperationalError("no such table")

    house.door._version_in_force = hidden
    before = house.ledger.size()

    assert_closed(look, ada, "the policy version in force", granted)
    assert_entered(house, before)
    with unreachable("ledger"):
        assert_closed(look, ada, "the policy version in force, and the ledger", granted)


def test_a_card_of_staff_that_cannot_be_told_opens_nothing(house, look, ada, granted):
    def hidden(_actor, _subjects):
        raise OperationalError("no such table")

    house.door._is_own_card = hidden
    before = house.ledger.size()

    assert_closed(look, ada, "who holds which card among staff", granted)
    assert_entered(house, before)


def test_a_link_whose_key_cannot_be_reached_opens_nothing(house, clerk, ada, granted):
    link = house.vault.link("loans", ada)
    before = house.ledger.size()

    def look_by_link(_patron):
        house.vault.forget_cached_keys()
        house.door.ask_by_link(
            clerk,
            action=Action.USE,
            purpose=Purpose.CIRCULATE,
            series="registration",
            fields={"standing"},
            circumstance=Circumstance.OPEN_TRANSACTION,
            epoch=link.epoch,
            token=link.token,
            back=link.back,
            link_series="loans",
        )

    with unreachable("keys"):
        assert_closed(look_by_link, ada, "the key of this link", granted)

    assert_entered(house, before, ("standing",))


def test_a_damaged_key_opens_nothing(house, look, ada, granted):
    row = SubjectKey.objects.get(subject=ada)
    SubjectKey.objects.filter(subject=ada).update(wrapped=bytes(row.wrapped)[:-1] + b"\x00")

    assert_closed(look, ada, "the key store", granted)


def test_a_subject_that_is_no_number_opens_nothing(look, ada):
    """Retyped by a mistake of ours."""
    with pytest.raises(DoorError):
        look(str(ada) + "x")
