"""Hold rules at the desk: read by everybody, written by a lead, and they count at the next hold."""

from __future__ import annotations

import pytest
from desk_support import DATABASES

from circumspect.records.holds.models import HoldLimit, HoldRule
from circumspect.records.holds.placing import hold_terms, most_holds
from circumspect.records.holds.queue import HoldTerms

pytestmark = pytest.mark.django_db(databases=DATABASES)
PATH = "/rules/holds/"
RULE = {"act": "rule", "item_type": "book", "branch": "east", "holdable": "yes", "shelf_days": "5"}


def test_everybody_reads_what_holds_go_by(desk):
    HoldRule.objects.create(item_type="reference", branch="", holdable=False, shelf_days=3)
    HoldLimit.objects.create(category="resident_juvenile", max_holds=4)

    desk.open(PATH)

    assert "Any item Any branch yes built in any branch 7" in desk.text
    assert "Reference Any branch no any branch 3" in desk.text
    assert "Resident juvenile 4" in desk.text
    assert "Save" not in desk.text
    desk.open("/rules/")
    assert "Hold rules" in desk.text


def test_a_clerk_writes_nothing(desk):
    for form in (RULE, {**RULE, "act": "remove"}, {"act": "limits", "limit-": "3"}):
        assert desk.does(PATH, **form).status_code == 403
        assert "Hold rules are written by the circulation lead." in desk.text
    assert not HoldRule.objects.exists()
    assert not HoldLimit.objects.exists()


def test_a_lead_writes_a_rule_changes_it_and_takes_it_away(lead_desk):
    lead_desk.does(PATH, **RULE)
    assert hold_terms() == [HoldTerms("book", "east", True, False, 5)]
    assert "Book East Branch yes any branch 5" in lead_desk.text

    lead_desk.open(f"{PATH}?item_type=book&branch=east")
    assert 'name="shelf_days" type="text" inputmode="numeric" value="5"' in lead_desk.html
    lead_desk.does(PATH, **{**RULE, "holdable": "", "home_only": "yes", "shelf_days": "9"})
    assert hold_terms() == [HoldTerms("book", "east", False, True, 9)]

    lead_desk.does(PATH, act="remove", item_type="book", branch="east")
    assert hold_terms() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"shelf_days": "0"}, "A copy stands 1 to 60 days on the hold shelf"),
        ({"shelf_days": "61"}, "A copy stands 1 to 60 days on the hold shelf"),
        ({"shelf_days": "a week"}, "Give a whole number"),
        ({"item_type": "scroll"}, "Choose one of the list"),
        ({"branch": "moon"}, "Choose one of the list"),
    ],
)
def test_a_rule_that_cannot_be_meant_comes_back_filled_in(lead_desk, wrong, said):
    typed = {**RULE, **wrong}

    response = lead_desk.does(PATH, **typed)

    assert response.status_code == 422
    assert said in lead_desk.text
    assert f'value="{typed["shelf_days"]}"' in lead_desk.html
    assert not HoldRule.objects.exists()


def test_a_lead_says_how_many_holds_a_category_may_have(lead_desk):
    lead_desk.does(PATH, **{"act": "limits", "limit-": "12", "limit-resident_juvenile": "4"})
    assert (most_holds("resident_juvenile"), most_holds("resident_adult")) == (4, 12)

    lead_desk.does(PATH, **{"act": "limits", "limit-": "", "limit-resident_juvenile": "0"})
    assert (most_holds("resident_juvenile"), most_holds("resident_adult")) == (0, 25)


@pytest.mark.parametrize("number", ["501", "-1", "many", "1.5"])
def test_a_number_of_holds_that_cannot_be_meant_changes_none(lead_desk, number):
    HoldLimit.objects.create(category="", max_holds=7)

    response = lead_desk.does(PATH, **{"act": "limits", "limit-": "9", "limit-staff": number})

    assert response.status_code == 422
    assert f'value="{number}"' in lead_desk.html
    assert most_holds("staff") == 7
