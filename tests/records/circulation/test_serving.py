"""What the desk opens of the patron in front of it, and what it does not."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from circumspect.records.circulation import lending, serving
from circumspect.records.patrons.models import Patron
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import NO_SUCH_RECORD, Refused
from circumspect.trust.policy.request import Circumstance

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
SCANNED = Circumstance.CARD_SCANNED


@pytest.fixture
def served(house, clerk):
    return lambda patron: serving.serve(house, clerk, patron, circumstance=SCANNED)


@pytest.mark.clause("TH-1.18")
def test_the_birth_date_makes_the_age_band_and_is_not_in_the_record_that_is_shown(house, clerk, served):
    child = register(house, clerk, Registration("Nowak", "Ola", birth_date=dt.date(2016, 5, 1)))

    shown = served(child)

    assert shown.age_band == "5-11"
    assert set(shown.record) == set(serving.SHOWN)


def test_whoever_is_half_forgotten_is_refused_and_nothing_breaks(house, clerk, served, ada, book):
    """The row is gone and the key is not yet: a forgetting that was cut short."""
    Patron.objects.filter(id=ada).delete()

    for act in (served, lambda patron: lending.check_out(house, clerk, patron, book, branch="main")):
        with pytest.raises(Refused) as refusal:
            act(ada)
        assert refusal.value.decision.rules == NO_SUCH_RECORD


def test_the_record_is_read_once_whatever_the_number_of_loans(house, clerk, served, ada, shelve):
    lending.check_out(house, clerk, ada, shelve(), branch="main")
    with CaptureQueriesContext(connection) as few:
        served(ada)
    for _ in range(4):
        lending.check_out(house, clerk, ada, shelve(), branch="main")
    with CaptureQueriesContext(connection) as many:
        served(ada)

    assert len(many) == len(few)
    assert sum("patrons_patron" in query["sql"] for query in many) == 1


def test_what_is_opened_prints_as_nothing(served, house, clerk, ada, book):
    lending.check_out(house, clerk, ada, book, branch="main")

    shown = served(ada)

    for value in (shown, shown.record, list(shown.loans), list(shown.notes)):
        assert "Niemnem" not in repr(value)
        assert "Zieli" not in repr(value)
