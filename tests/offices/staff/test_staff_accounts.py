"""Staff accounts: making, changing, closing."""

from __future__ import annotations

import pytest
from staff_support import GOOD_PASSWORD

from circumspect.offices.staff import accounts, passwords, recovery
from circumspect.offices.staff.accounts import AccountError
from circumspect.offices.staff.models import StaffMember
from circumspect.offices.staff.passwords import PasswordError
from circumspect.offices.staff.roles import RoleError

pytestmark = pytest.mark.django_db


def test_a_new_member_gets_a_password_that_must_be_changed():
    member, one_time = accounts.add_member("Ana", "Ana K.", ["desk"])

    assert passwords.is_right(member, one_time)
    assert member.must_change_password
    assert one_time not in StaffMember.objects.get(pk=member.pk).password


def test_passwords_rest_as_argon2id_hashes(clerk: StaffMember):
    assert clerk.password.startswith("argon2$argon2id$")
    assert GOOD_PASSWORD not in clerk.password


def test_two_one_time_passwords_differ():
    assert len({passwords.new_one_time() for _ in range(50)}) == 50


@pytest.mark.parametrize("username", ["", "a", "has blank", "-x", "semi;colon", "x" * 65, "nul\0"])
def test_a_malformed_username_is_refused_and_not_echoed(username: str):
    with pytest.raises(AccountError) as refusal:
        accounts.add_member(username, "Somebody", ["desk"])

    assert StaffMember.objects.count() == 0
    assert len(username) < 2 or username not in str(refusal.value)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines", "nul\0"])
def test_a_malformed_display_name_is_refused(name: str):
    with pytest.raises(AccountError):
        accounts.add_member("ana", name, ["desk"])

    assert StaffMember.objects.count() == 0


def test_a_username_is_one_whatever_its_case_and_width(clerk: StaffMember):
    with pytest.raises(AccountError, match="taken"):
        accounts.add_member(" ROSA ", "Another", ["desk"])

    assert accounts.find_member("Ｒｏｓａ") == clerk


def test_names_in_other_alphabets_are_names():
    member, _ = accounts.add_member("łucja", "Łucja Święcicka", ["reference"])

    assert accounts.find_member("ŁUCJA") == member


@pytest.mark.parametrize(
    "password", ["brief-pass", "password1234", "123456789012", "x" * 513, "rosa-rosa-rosa-rosa"]
)
def test_a_weak_password_is_refused_and_not_echoed(password: str):
    with pytest.raises(PasswordError) as refusal:
        accounts.add_member("rosa", "Rosa", ["desk"], password)

    assert StaffMember.objects.count() == 0
    assert all(password not in reason for reason in [str(refusal.value), *refusal.value.reasons])


def test_a_password_is_one_however_the_keyboard_writes_its_accents():
    member, _ = accounts.add_member("ana", "Ana", ["desk"], "cafe\u0301-con-leche-frio")

    assert passwords.is_right(member, "caf\u00e9-con-leche-frio")


def test_a_role_off_the_list_makes_no_account():
    with pytest.raises(RoleError):
        accounts.add_member("ana", "Ana", ["desk", "root"])

    assert StaffMember.objects.count() == 0


def test_a_row_with_a_role_off_the_list_cannot_be_saved(clerk: StaffMember):
    clerk.roles = ["desk", "root"]

    with pytest.raises(RoleError):
        clerk.save()

    assert StaffMember.objects.get(pk=clerk.pk).roles == ["desk"]


def test_refused_roles_leave_the_old_ones_and_the_sessions(clerk: StaffMember):
    with pytest.raises(RoleError):
        accounts.set_roles(clerk, ["root"])

    fresh = StaffMember.objects.get(pk=clerk.pk)
    assert fresh.roles == ["desk"]
    assert fresh.session_generation == clerk.session_generation


def test_each_change_that_ends_sessions_raises_the_generation(clerk: StaffMember):
    generations = [clerk.session_generation]
    for change in (
        lambda: accounts.set_roles(clerk, ["reference"]),
        lambda: accounts.disable(clerk),
        lambda: accounts.enable(clerk),
        lambda: accounts.reset_password(clerk),
        lambda: accounts.reset_second_factors(clerk),
        lambda: accounts.choose_password(clerk, "another-heron-entirely"),
    ):
        change()
        generations.append(StaffMember.objects.get(pk=clerk.pk).session_generation)

    assert generations == list(range(1, 8))


def test_a_changed_password_replaces_the_old_one(clerk: StaffMember):
    changed = accounts.change_password(clerk, GOOD_PASSWORD, "another-heron-entirely")

    assert passwords.is_right(changed, "another-heron-entirely")
    assert not passwords.is_right(changed, GOOD_PASSWORD)


@pytest.mark.parametrize(
    ("old", "new"), [("wrong", "another-heron-entirely"), (GOOD_PASSWORD, GOOD_PASSWORD)]
)
def test_a_password_is_not_changed_without_the_old_one_or_into_itself(clerk: StaffMember, old: str, new: str):
    with pytest.raises(PasswordError):
        accounts.change_password(clerk, old, new)

    assert passwords.is_right(StaffMember.objects.get(pk=clerk.pk), GOOD_PASSWORD)


def test_a_reset_password_must_be_changed_and_voids_the_old(clerk: StaffMember):
    one_time = accounts.reset_password(clerk)

    fresh = StaffMember.objects.get(pk=clerk.pk)
    assert fresh.must_change_password
    assert passwords.is_right(fresh, one_time)
    assert not passwords.is_right(fresh, GOOD_PASSWORD)


def test_a_disabled_member_keeps_no_way_in_and_comes_back_with_a_new_password(clerk: StaffMember):
    recovery.renew(clerk)
    closed = accounts.disable(clerk)
    assert not clerk.recovery_codes.exists()

    one_time = accounts.enable(closed)

    fresh = StaffMember.objects.get(pk=clerk.pk)
    assert passwords.is_right(fresh, one_time)
    assert not passwords.is_right(fresh, GOOD_PASSWORD)
    assert fresh.must_change_password


def test_a_disabled_member_keeps_their_number_and_is_listed(clerk: StaffMember):
    accounts.disable(clerk)

    assert [(member.pk, member.active) for member in accounts.list_members()] == [(clerk.pk, False)]
    assert accounts.list_members(active_only=True) == []
