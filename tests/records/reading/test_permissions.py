"""A patron lets somebody do something until a day, and takes it back; there is no other way to their record."""

from __future__ import annotations

import datetime as dt

import pytest
from reading_support import themself

from circumspect.records.reading import permissions
from circumspect.records.reading.models import Permission
from circumspect.records.reading.permissions import PermissionNotGiven, Scope
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
NAME = "Vexqualm Zyxbrook"


@pytest.fixture
def given(house, ada):
    """Ada lets somebody pick up her holds for a month."""
    return permissions.give(
        house,
        themself(ada),
        ada,
        name=f"  {NAME.replace(' ', '   ')} ",
        scope=[Scope.PICK_UP, Scope.SEE_HOLDS],
        ends_on=house.today() + dt.timedelta(days=30),
    )


@pytest.mark.clause("MP-3.9", "MP-7.9")
def test_the_desk_is_shown_whom_and_what_while_the_card_is_open(house, clerk, ada, given):
    [shown] = permissions.given_by(house, clerk, ada, circumstance=Circumstance.CARD_SCANNED)

    assert (shown.name, shown.scope) == (NAME, (Scope.PICK_UP, Scope.SEE_HOLDS))
    assert shown.words == "pick up what is on the hold shelf; see what is waited for"
    assert permissions.are_given(house, ada)


def test_name_and_scope_rest_sealed(house, ada, given):
    row = Permission.objects.get()

    assert NAME.encode() not in bytes(row.sealed_name)
    assert b"pick_up" not in bytes(row.sealed_scope)


def test_withdrawn_means_gone_and_nobody_else_withdraws_it(house, clerk, ada, ben, given):
    with pytest.raises(Refused):
        permissions.withdraw(house, clerk, ada, given, circumstance=Circumstance.CARD_SCANNED)
    assert not permissions.withdraw(house, themself(ben), ben, given)

    assert permissions.withdraw(house, themself(ada), ada, given)

    assert not Permission.objects.exists()


def test_it_holds_to_its_last_day_and_no_longer(house, clerk, clock, ada, given):
    clock.forward(days=30)
    assert len(permissions.given_by(house, themself(ada), ada)) == 1
    clock.forward(days=1)

    assert permissions.given_by(house, themself(ada), ada) == []
    assert not permissions.are_given(house, ada)
    assert permissions.forget_ended(house) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"scope": []}, "scope"),
        ({"scope": ["everything"]}, "scope"),
        ({"days": -1}, "ends_on"),
        ({"days": 400}, "ends_on"),
        ({"days": None}, "ends_on"),
    ],
)
def test_what_cannot_be_given_names_its_field_and_not_what_was_typed(house, ada, wrong, field):
    days = wrong.get("days", 10)
    with pytest.raises(PermissionNotGiven) as problem:
        permissions.give(
            house,
            themself(ada),
            ada,
            name=wrong.get("name", NAME),
            scope=wrong.get("scope", [Scope.PICK_UP]),
            ends_on=house.today() + dt.timedelta(days=days) if days is not None else None,
        )

    assert problem.value.field == field
    assert str(problem.value) == f"{field}: {problem.value.code}"
    assert not Permission.objects.exists()


def test_five_at_most(house, ada):
    for number in range(permissions.MOST):
        permissions.give(
            house, themself(ada), ada, name=f"Friend {number}", scope=[Scope.PICK_UP], ends_on=house.today()
        )
    with pytest.raises(PermissionNotGiven, match="many"):
        permissions.give(
            house, themself(ada), ada, name="One more", scope=[Scope.PICK_UP], ends_on=house.today()
        )


@pytest.mark.clause("MP-7.9", "TH-1.1")
def test_whom_it_is_given_to_gets_no_way_to_look(house, ada, ben, given):
    """A permission is for the desk to act on: the other's own account opens nothing of this one."""
    with pytest.raises(Refused):
        permissions.given_by(house, themself(ben), ada)
