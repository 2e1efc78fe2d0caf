"""The closed list of roles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from circumspect.offices.staff import roles
from circumspect.offices.staff.roles import ROLES, RoleError
from circumspect.trust.policy.request import Role

NOT_TRUSTEE = sorted(ROLES - {Role.TRUSTEE})


def test_the_list_is_exactly_the_twelve_roles():
    assert {
        "desk",
        "circulation_lead",
        "reference",
        "communications",
        "finance",
        "foia_officer",
        "system",
        "privacy_in_charge",
        "deputy_director",
        "executive_director",
        "trustee",
        "supervisor",
    } == ROLES


@given(st.lists(st.sampled_from(NOT_TRUSTEE), min_size=1))
def test_roles_are_stored_sorted_and_once(wanted: list[str]):
    assert roles.checked(wanted) == sorted(set(wanted))


@given(st.lists(st.sampled_from(NOT_TRUSTEE)), st.text().filter(lambda role: role not in ROLES))
def test_one_role_off_the_list_refuses_them_all_and_is_not_echoed(good: list[str], bad: str):
    with pytest.raises(RoleError) as refusal:
        roles.checked([*good, "zz" + bad + "zz"])

    assert "zz" + bad + "zz" not in str(refusal.value)


def test_no_role_at_all_is_refused():
    with pytest.raises(RoleError):
        roles.checked([])


@pytest.mark.clause("MP-7.17")
@given(st.lists(st.sampled_from(NOT_TRUSTEE), min_size=1))
def test_a_trustee_can_hold_no_role_that_opens_anything(others: list[str]):
    with pytest.raises(RoleError):
        roles.checked(["trustee", *others])


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_a_stored_value_never_gives_a_role_off_the_list(stored: object):
    assert roles.held(stored) <= ROLES


@pytest.mark.clause("MP-7.17")
def test_a_trustee_row_altered_by_hand_still_gives_only_trustee():
    assert roles.held(["desk", "trustee", "system"]) == {"trustee"}
