"""A key with a last day: over means over, whether or not anything came by to destroy it."""

from __future__ import annotations

import datetime as dt

import pytest

from circumspect.trust.vault.errors import NoKeyError
from circumspect.trust.vault.models import SubjectKey

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def last(clock) -> dt.date:
    return clock.now.date() + dt.timedelta(days=3)


@pytest.mark.clause("MP-6.12", "TH-1.8")
def test_a_key_past_its_last_day_seals_and_opens_nothing_though_it_lies_there(vault, clock, last):
    """Retention is key expiry: no job has to have run."""
    vault.new_subjects([7], last)
    vault.new_subjects([8])

    clock.forward(days=2)
    assert vault.subjects_with_keys([7, 8]) == {7, 8}
    clock.forward(days=1)

    with pytest.raises(NoKeyError):
        vault.sealer(7)
    assert vault.subjects_with_keys([7, 8]) == set(vault.store.subject_keys([7, 8])) == {8}
    assert SubjectKey.objects.filter(subject=7).exists()
    assert vault.due_subjects() == [7]


@pytest.mark.clause("MP-6.13")
def test_a_last_day_moves_later_and_never_earlier_and_not_once_it_is_over(vault, clock, last):
    vault.new_subjects([7], last)
    vault.new_subjects([8])

    assert vault.prolong_subject(7, last + dt.timedelta(days=3))
    assert not vault.prolong_subject(7, last)
    assert not vault.prolong_subject(8, last)
    clock.forward(days=5)
    assert vault.subjects_with_keys([7]) == {7}
    clock.forward(days=1)

    assert not vault.prolong_subject(7, last + dt.timedelta(days=30))
    assert vault.subjects_with_keys([7, 8]) == {8}


def test_a_destroyed_key_with_a_last_day_is_on_the_list_of_erasures(vault, clock, last):
    """So that an older copy of the key store does not bring it back for the rest of its days."""
    vault.new_subjects([7], last)
    clock.forward(days=3)

    assert vault.destroy_subjects(vault.due_subjects()) == 0
    assert not SubjectKey.objects.exists()
    assert vault.due_subjects() == []
