"""The pages about people: who is due, who is designated, who is trained, the board, and the card for everybody."""

from __future__ import annotations

import io
import re

import pytest
from desk_support import ADA_CARD, DATABASES, GOOD_PASSWORD, AtDesk
from django.utils import timezone
from pypdf import PdfReader

from circumspect import composition
from circumspect.offices.staff import accounts, appointing, routine
from circumspect.offices.staff.models import Designation, StaffMember, TrusteeReview
from circumspect.trust.policy.policy import Policy

pytestmark = pytest.mark.django_db(databases=DATABASES)

PAGES = ("/people/", "/people/designations/", "/people/trainings/", "/people/trustees/")


@pytest.fixture
def director(staff_of):
    """A window at which the Executive Director has signed in and proved it once more."""
    staff_of("dora", ["executive_director", "desk"])
    window = AtDesk()
    window.sign_in("dora")
    return window


def prove(window: AtDesk) -> AtDesk:
    window.does("/step-up/", kept=window.hidden("kept")[0], way="password", password=GOOD_PASSWORD)
    return window


def pk(username: str) -> str:
    return str(StaffMember.objects.get(username=username).pk)


@pytest.mark.clause("MP-7.2", "MP-5.1")
def test_the_director_names_somebody_after_a_fresh_proof_and_the_named_one_may_work_at_once(
    director, staff_of
):
    staff_of("nina", ["reference"])
    nina = AtDesk()
    nina.sign_in("nina")
    asked = {
        "act": "designate", "member": pk("nina"), "title": "privacy_in_charge", "place": "1",
        "first_on": "2026-11-23", "last_on": "2026-12-31",
    }  # fmt: skip

    director.does("/people/designations/appoint/", **asked)
    assert "Once more: is it you?" in director.text
    assert not Designation.objects.exists()
    prove(director)
    assert "nothing of it has been done yet" in director.text
    director.does("/people/designations/appoint/", **asked)

    assert "Nina" in director.text
    assert "name Nina Privacy In Charge of this library" in director.text
    nina.open("/people/designations/")
    assert "Sign in" in nina.text, "what she was signed in for has changed"
    nina.sign_in("nina")
    nina.open("/people/designations/")
    assert "Designations and duty" in nina.text
    assert "Name somebody" not in nina.text


@pytest.mark.clause("MP-7.2")
def test_nobody_else_is_let_near_the_appointing_act(staff_of, desk, director):
    staff_of("pia", ["privacy_in_charge", "deputy_director", "supervisor", "system"])
    pia = AtDesk()
    pia.sign_in("pia")
    before = Designation.objects.count()

    for window in (desk, pia):
        window.does(
            "/people/designations/appoint/", act="designate", member=pk("rosa"), title="privacy_in_charge"
        )
        assert window.response.status_code == 403
        window.does("/people/designations/appoint/", act="end", designation="1")
        assert window.response.status_code == 403
    assert Designation.objects.count() == before


@pytest.mark.clause("MP-5.1")
def test_a_designation_that_lapses_closes_the_page_and_the_session_with_it(director, staff_of, clock):
    staff_of("pia", ["privacy_in_charge", "desk"])
    pia = AtDesk()
    pia.sign_in("pia")
    pia.open("/people/trainings/")
    assert "Trainings and reviews" in pia.text

    appointing.end(accounts.find_member("dora"), Designation.objects.get(), now=clock())
    pia.open("/people/trainings/")

    assert "Sign in" in pia.text
    pia.sign_in("pia")
    pia.open("/people/trainings/")
    assert "somebody else's work" in pia.text
    pia.scan(ADA_CARD)
    assert "Ada Zielińska" in pia.text, "what she does at the desk she still does"


@pytest.mark.clause("MP-7.1")
def test_too_many_are_warned_of_with_the_form_as_it_was_typed(director, staff_of, clock, monkeypatch):
    from circumspect.offices.staff import designations

    monkeypatch.setattr(designations, "MOST", 1)
    staff_of("pia", ["privacy_in_charge"])
    staff_of("nina", ["reference"])
    asked = {
        "act": "designate", "member": pk("nina"), "title": "privacy_in_charge", "place": "7",
        "first_on": "2026-11-23", "last_on": "2026-12-31",
    }  # fmt: skip
    director.does("/people/designations/appoint/", **asked)
    prove(director)

    director.does("/people/designations/appoint/", **asked)

    assert "More than 1 people would be designated" in director.text
    assert 'name="last_on" value="2026-12-31"' in director.html
    assert 'name="place" inputmode="numeric" value="7"' in director.html
    director.does("/people/designations/appoint/", **asked, beyond_most="yes")
    assert Designation.objects.filter(member__username="nina").exists()


@pytest.mark.clause("MP-7.1", "MP-7.13")
def test_hours_that_nobody_covers_are_shown_until_somebody_does(director, staff_of):
    from circumspect.records.catalog.facts import BranchFacts
    from circumspect.records.catalog.usecases import put_branch

    put_branch(BranchFacts("main", "Main Library", "", ((("09:00", "17:00"),), (), (), (), (), (), ())))
    staff_of("pia", ["privacy_in_charge"])
    director.open("/people/designations/")
    assert "Main Library, Monday, Nov 23: 9:00-17:00" in director.text

    director.does("/people/designations/roster/", act="shift", member=pk("pia"), weekday="0",
                  starts_at="09:00", ends_at="12:30")  # fmt: skip
    assert "Main Library, Monday, Nov 23: 12:30-17:00" in director.text
    assert "On duty now: Pia" in director.text
    director.does("/people/designations/roster/", act="shift", member=pk("pia"), weekday="0",
                  starts_at="18:00", ends_at="12:30")  # fmt: skip
    assert director.response.status_code == 422
    assert 'name="starts_at" value="18:00"' in director.html


@pytest.mark.clause("MP-7.12", "MP-7.13")
def test_an_alarm_goes_to_the_work_address_that_was_noted_and_it_rests_sealed(director, staff_of, library):
    staff_of("pia", ["privacy_in_charge"])
    director.does("/people/designations/roster/", act="email", member=pk("pia"), work_email="not an address")
    assert director.response.status_code == 422
    director.does(
        "/people/designations/roster/", act="email", member=pk("pia"), work_email="pia@library.example"
    )

    called = {each.name: each.address for each in composition.callers(library).order()}
    assert called == {"Pia": "pia@library.example", "Dora": ""}
    assert b"library.example" not in bytes(StaffMember.objects.get(username="pia").sealed_work_email)
    assert "pia@" not in director.html
    director.does("/people/designations/roster/", act="email", member=pk("pia"), work_email="")
    assert not StaffMember.objects.get(username="pia").sealed_work_email


@pytest.mark.clause("MP-7.13")
def test_whoever_takes_a_request_in_is_shown_whom_to_telephone(director, staff_of, library):
    """A clerk alone at the desk has the numbers of those in charge, and is not told of a message that nobody was sent."""
    staff_of("pia", ["privacy_in_charge"])
    roster = "/people/designations/roster/"
    director.does(roster, act="phone", member=pk("pia"), work_phone="ask at the desk")
    assert director.response.status_code == 422
    director.does(roster, act="phone", member=pk("pia"), work_phone="(847) 555-0134 ext. 7")
    assert b"555-0134" not in bytes(StaffMember.objects.get(username="pia").sealed_work_phone)
    clerk = AtDesk()
    clerk.sign_in("rosa")

    clerk.does("/cases/take-in/", what="danger", came_at="2026-11-23T20:00", urgent="yes")
    assert "Pia, (847) 555-0134 ext. 7" in clerk.text
    assert "no e-mail could be sent: telephone them or fetch them yourself" in clerk.text
    clerk.open("/people/card/")
    assert "Pia, (847) 555-0134 ext. 7; Dora" in clerk.text

    director.does(roster, act="phone", member=pk("pia"), work_phone="")
    assert not StaffMember.objects.get(username="pia").sealed_work_phone


@pytest.mark.clause("MP-7.3")
def test_what_the_director_has_to_learn_is_due_like_everybodys(director):
    director.open("/people/")

    assert "Be trained: policies" in director.text


@pytest.mark.clause("MP-7.3", "MP-7.4")
def test_a_lapsed_training_and_an_overdue_review_are_flagged_until_they_are_made_good(
    director, staff_of, clock
):
    from circumspect.offices.staff import designations

    staff_of("pia", ["privacy_in_charge"])
    director.does("/people/trainings/", act="set-review", due_on="2026-11-01")
    director.open("/people/")
    assert "Be trained: policies Pia" in director.text
    assert "Look through policy and procedures again" in director.text
    director.open("/people/trainings/")
    review = director.hidden("review")[0]

    for topic in designations.topics():
        director.does("/people/trainings/", act="training", member=pk("pia"), topic=topic,
                      trained_on="2026-11-23", renew_by="2027-11-23")  # fmt: skip
    director.does("/people/trainings/", act="review", review=review, outcome="nothing to change")

    assert "Nov 23, 2026: nothing to change, version 2026-11, Dora" in director.text
    director.open("/people/")
    assert "Be trained: policies Pia" not in director.text
    assert "Look through" not in director.text
    clock.forward(days=400)
    director.sign_in("dora")
    director.open("/people/")
    assert "Look through policy and procedures again" in director.text


@pytest.mark.clause("MP-7.17", "MP-7.18")
def test_a_trustee_without_orientation_is_overdue_and_after_a_year_again(director, clock):
    director.does("/people/trustees/", act="add", name="Augusta Pennington", since_on="2026-11-20")
    director.open("/people/")
    assert "Go through the policy in the orientation Augusta Pennington" in director.text
    director.open("/people/trustees/")
    trustee = director.hidden("trustee")[0]

    director.does(
        "/people/trustees/", act="review", trustee=trustee, kind="orientation", done_on="2026-11-22"
    )

    assert TrusteeReview.objects.get().version_id == "2026-11"
    director.open("/people/")
    assert "Augusta" not in director.text
    clock.forward(days=366)
    director.sign_in("dora")
    director.open("/people/")
    assert "Review the policy once more Augusta Pennington" in director.text


@pytest.mark.clause("MP-7.17", "MP-7.18")
def test_a_trustee_whose_term_is_still_to_begin_stands_on_the_roster_and_owes_nothing_before(director, clock):
    director.does("/people/trustees/", act="add", name="Basil Thornquist", since_on="2026-12-20")
    director.open("/people/trustees/")

    assert "Basil Thornquist from Dec 20, 2026" in director.text
    assert "overdue" not in director.text
    director.open("/people/")
    assert "Thornquist" not in director.text
    director.open("/people/trustees/")
    trustee = director.hidden("trustee")[0]
    director.does("/people/trustees/", act="leave", trustee=trustee, until_on="2027-12-19")
    director.open("/people/trustees/")
    assert "until Dec 19, 2027" in director.text


@pytest.mark.clause("MP-7.18")
def test_an_orientation_is_due_on_the_first_day_and_overdue_when_that_day_is_over(director, clock):
    first = timezone.localdate(clock())
    due = f"Go through the policy in the orientation, {first:%b} {first.day}, {first.year}"
    director.does("/people/trustees/", act="add", name="Basil Thornquist", since_on=first.isoformat())
    director.open("/people/trustees/")
    assert due in director.text
    assert "overdue" not in director.text

    clock.forward(days=1)
    director.sign_in("dora")
    director.open("/people/trustees/")

    assert f"{due} overdue" in director.text


@pytest.mark.clause("MP-7.17")
def test_a_trustee_who_signs_in_has_the_card_and_nothing_else_of_the_peoples_pages(library, staff_of):
    staff_of("tess", ["trustee"])
    window = AtDesk()
    window.sign_in("tess")

    assert [window.open(page).status_code for page in PAGES] == [403] * 4
    assert window.open("/people/card/").status_code == 200


@pytest.mark.clause("MP-7.16")
def test_a_supervisor_who_was_not_asked_confirms_nothing_and_no_confirms_the_opposite(
    staff_of, library, desk
):
    staff_of("nina", ["desk"], signs=False)
    staff_of("hollis", ["supervisor"])
    windows = {}
    for username in ("nina", "hollis", "lead"):
        windows[username] = AtDesk()
        windows[username].sign_in(username)
    nina = windows["nina"]
    nina.does("/policy/", step="read", version="2026-11")
    nina.does("/policy/", step="discuss", discussed_with=pk("lead"), discussed_on="2026-11-23")
    windows["lead"].open("/people/")
    talk = windows["lead"].hidden("orientation")[0]

    for other in (windows["hollis"], desk, nina):
        other.does("/people/", act="confirm", orientation=talk)
        assert other.response.status_code in (403, 422)
    windows["lead"].does("/people/", act="decline", orientation=talk)

    nina.does("/policy/", step="sign", version="2026-11")
    assert "before you sign" in nina.text


@pytest.mark.clause("MP-7.16")
def test_the_certificate_says_what_was_done_and_with_whom(staff_of, library):
    staff_of("nina", ["desk"], signs=False)
    windows = {}
    for username in ("nina", "lead"):
        windows[username] = AtDesk()
        windows[username].sign_in(username)
    nina, lead = windows["nina"], windows["lead"]
    assert nina.does("/people/certificate/").headers["Content-Type"].startswith("text/html")
    nina.does("/policy/", step="read", version="2026-11")
    nina.does("/policy/", step="discuss", discussed_with=pk("lead"), discussed_on="2026-11-23")
    lead.open("/people/")
    lead.does("/people/", act="confirm", orientation=lead.hidden("orientation")[0])
    nina.does("/policy/", step="sign", version="2026-11")

    pdf = nina.client.post("/people/certificate/")

    pages = PdfReader(io.BytesIO(pdf.content)).pages
    text = " ".join(pages[0].extract_text().split())
    assert len(pages) == 1
    assert "Nina" in text
    assert "version 2026-11" in text
    assert "Guadalupe Sandoval on November 23, 2026; confirmed November 23, 2026" in text


def test_the_card_has_the_six_steps_and_fits_a_page(desk):
    desk.open("/people/card/")

    assert len(re.findall(r"<li><strong>", desk.html)) == 6
    assert "I can't answer that. I will get the person in charge." in desk.text


@pytest.mark.clause("MP-5.2")
def test_the_list_of_routine_disclosures_is_the_policys_own():
    """What is not on the list is refused, since no other rule permits it; what is, is entered by its name."""
    carry = {rule.id for rule in Policy.load().rules.values() if "MP-5.2" in rule.clauses}

    assert {each.rule for each in routine.listed()} == carry
    assert all(each.proof and each.whom for each in routine.listed())
