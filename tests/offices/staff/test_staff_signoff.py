"""Publishing the policy, signing it, and what the door is told."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries
from staff_support import GOOD_PASSWORD, HASH, MORNING, Browser, after

from circumspect.offices.staff import accounts, policy_text, sessions, signoff
from circumspect.offices.staff.models import PolicyVersion, SignOff, StaffMember
from circumspect.offices.staff.signoff import SignOffError, Version
from circumspect.records.series import inventory
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    Purpose,
    Reason,
    Request,
)


def publish(number: str, *, requires: bool = True, at: datetime = MORNING) -> PolicyVersion:
    return signoff.publish(number, HASH, f"# {number}", requires_signature=requires, in_force_from=at)


@given(
    st.lists(st.booleans(), max_size=6).map(
        lambda flags: [Version(str(number), flag) for number, flag in enumerate(flags)]
    ),
    st.sets(st.sampled_from([str(number) for number in range(8)])),
)
def test_a_signature_stands_exactly_until_a_version_asks_anew(versions: list[Version], signed: set[str]):
    stands = any(
        version.number in signed and not any(newer.requires_signature for newer in versions[:place])
        for place, version in enumerate(versions)
    )

    said = signoff.standing_signature(versions, signed)

    assert (bool(versions) and said == versions[0].number) == stands
    assert said == "" or stands or said in signed


@pytest.mark.django_db
@pytest.mark.clause("MP-7.16")
def test_a_version_published_in_mid_session_counts_at_the_next_request(clerk: StaffMember, browser: Browser):
    signoff.sign(clerk, publish("v1", at=after(days=-9)), now=after(days=-8))
    browser.does(lambda request: sessions.begin(request, clerk, now=MORNING))

    def actor_at(moment: datetime) -> tuple[Actor, str]:
        found = browser.does(lambda request: sessions.check(request, now=moment))
        assert isinstance(found, sessions.Live)
        return signoff.actor_and_version(found.member, moment)

    before, in_force = actor_at(after(seconds=10))
    assert before.signed_version == in_force == "v1"
    second = publish("v2", at=after(seconds=20))

    unsigned, in_force = actor_at(after(seconds=20))
    assert (unsigned.signed_version, in_force) == ("v1", "v2")
    signoff.sign(clerk, second, now=after(seconds=30))
    signed, in_force = actor_at(after(seconds=31))
    assert signed.signed_version == in_force == "v2"


@pytest.mark.django_db
def test_a_version_that_asks_for_nothing_lets_earlier_signatures_stand(clerk: StaffMember):
    signoff.sign(clerk, publish("v1"), now=MORNING)
    publish("v2", requires=False, at=after(days=1))

    assert signoff.signed_version(clerk, after(days=2)) == "v2"


@pytest.mark.django_db
def test_a_signature_for_a_version_to_come_does_not_count_before_it(clerk: StaffMember):
    publish("v1")
    coming = publish("v2", at=after(days=1))
    signoff.sign(clerk, coming, now=MORNING)

    assert signoff.signed_version(clerk, after(hours=1)) == ""
    assert signoff.signed_version(clerk, after(days=1)) == "v2"


@pytest.mark.django_db
@pytest.mark.clause("MP-7.16")
def test_who_has_signed_nothing_is_shown_to_the_door_as_unsigned(clerk: StaffMember):
    publish("v1")

    actor, in_force = signoff.actor_and_version(clerk, MORNING)

    assert in_force == "v1"
    assert actor == Actor(ActorKind.STAFF, str(clerk.pk), frozenset({"desk"}), True, "")


@pytest.mark.django_db
def test_before_the_first_version_nobody_has_signed_anything(clerk: StaffMember):
    publish("v1", at=after(days=1))

    assert signoff.version_in_force(MORNING) is None
    assert signoff.number_in_force(MORNING) == ""
    assert signoff.signed_version(clerk, MORNING) == ""


@pytest.mark.django_db
def test_the_version_in_force_on_any_day_can_be_asked_for():
    publish("v1")
    publish("v2", at=after(days=10))

    assert [signoff.number_in_force(after(days=day)) for day in (0, 9, 10, 99)] == ["v1", "v1", "v2", "v2"]
    in_force = signoff.version_in_force(after(days=9))
    assert in_force is not None
    assert in_force.text == "# v1"


@pytest.mark.django_db
def test_an_actor_costs_two_queries_whatever_the_history(
    clerk: StaffMember, django_assert_num_queries: DjangoAssertNumQueries
):
    for number in range(20):
        version = publish(f"v{number}", requires=number % 3 == 0, at=after(days=number))
        signoff.sign(clerk, version, now=after(days=number))

    with django_assert_num_queries(2):
        signoff.actor_and_version(clerk, after(days=30))


@pytest.mark.django_db
def test_a_disabled_member_is_an_inactive_actor(clerk: StaffMember):
    signoff.sign(clerk, publish("v1"), now=MORNING)

    assert not signoff.actor_for(accounts.disable(clerk), MORNING).active


@pytest.mark.django_db
def test_a_role_written_into_the_database_by_hand_is_not_an_actors_role(clerk: StaffMember):
    StaffMember.objects.filter(pk=clerk.pk).update(roles=["desk", "root"])

    assert signoff.actor_for(StaffMember.objects.get(pk=clerk.pk)).roles == {"desk"}


@pytest.mark.django_db
def test_a_published_version_never_changes():
    publish("v1")

    assert publish("v1").number == "v1"
    with pytest.raises(SignOffError):
        signoff.publish("v1", HASH, "# other text", requires_signature=True, in_force_from=MORNING)
    assert PolicyVersion.objects.get().text == "# v1"


@pytest.mark.django_db
@pytest.mark.parametrize("shift", [timedelta(0), timedelta(days=-1)])
def test_no_version_is_slipped_in_before_a_published_one(shift: timedelta):
    publish("v1")

    with pytest.raises(SignOffError):
        publish("v0", at=MORNING + shift)

    assert PolicyVersion.objects.count() == 1


@pytest.mark.django_db
def test_the_first_version_must_ask_for_signatures():
    with pytest.raises(SignOffError):
        publish("v1", requires=False)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("number", "policy_hash", "text"), [("", HASH, "x"), ("v", "zz", "x"), ("v", HASH, "  ")]
)
def test_an_incomplete_version_is_not_published(number: str, policy_hash: str, text: str):
    with pytest.raises(SignOffError):
        signoff.publish(number, policy_hash, text, requires_signature=True, in_force_from=MORNING)

    assert not PolicyVersion.objects.exists()


@pytest.mark.django_db
def test_signing_twice_keeps_the_first_signature(clerk: StaffMember):
    version = publish("v1")
    first = signoff.sign(clerk, version, now=MORNING)

    assert signoff.sign(clerk, version, now=after(days=1)) == first
    assert SignOff.objects.get().signed_at == MORNING


@pytest.mark.django_db
def test_signatures_that_mean_nothing_are_refused(clerk: StaffMember):
    first = publish("v1")
    second = publish("v2", at=after(days=1))
    closed = accounts.disable(accounts.add_member("olga", "Olga", ["desk"], GOOD_PASSWORD).member)

    for member, version, other in ((clerk, first, None), (clerk, second, clerk), (closed, second, None)):
        with pytest.raises(SignOffError):
            signoff.sign(member, version, discussed_with=other, now=after(days=2))
    assert not SignOff.objects.exists()


@pytest.mark.django_db
@pytest.mark.clause("MP-7.16")
def test_with_whom_it_was_discussed_is_kept(clerk: StaffMember):
    head = accounts.add_member("ines", "Inês", ["supervisor"], GOOD_PASSWORD).member

    signature = signoff.sign(clerk, publish("v1"), discussed_with=head, now=MORNING)

    assert SignOff.objects.get(pk=signature.pk).discussed_with == head


@pytest.mark.django_db
def test_who_is_due_to_sign_is_listed(clerk: StaffMember):
    accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD)
    accounts.disable(accounts.add_member("olga", "Olga", ["desk"], GOOD_PASSWORD).member)
    signoff.sign(clerk, publish("v1"), now=MORNING)

    assert [member.username for member in signoff.unsigned_members(MORNING)] == ["ana"]


# What the policy makes of it


def asks(actor: Actor, in_force: str, actions: Iterable[Action] = Action) -> Iterator[Request]:
    """A twentieth, drawn at random, of what can be asked of every series: one field, and all its fields.

    All of it is asked of the policy itself by the long form of its table.
    """
    drawing = random.Random(20261128)
    fields: dict[str, set[str]] = defaultdict(set)
    for entry in inventory().about_people():
        fields[entry.series].add(entry.field)
    for action, purpose, circumstance in product(actions, Purpose, Circumstance):
        reason = Reason.PHONE if circumstance is Circumstance.UNEXPLAINED else None
        for series, names in fields.items():
            for some in (frozenset(names), frozenset({min(names)})):
                if drawing.randrange(20):
                    continue
                yield Request(
                    actor, action, purpose, series, some, circumstance, reason,
                    own_record=False, subjects=1, version_in_force=in_force,
                )  # fmt: skip


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.clause("MP-7.17")
def test_a_trustee_who_signed_in_and_signed_off_opens_nothing():
    policy = Policy.load()
    trustee = accounts.add_member("tess", "Tess", ["trustee"], GOOD_PASSWORD).member
    signoff.sign(trustee, publish("v1"), now=MORNING)
    actor, in_force = signoff.actor_and_version(trustee, MORNING)

    assert actor.signed_version == in_force
    assert not [ask for ask in asks(actor, in_force) if policy.decide(ask).allowed]


@pytest.mark.django_db
@pytest.mark.clause("MP-7.16")
def test_a_clerk_opens_nothing_before_signing_something_after_and_nothing_again_once_a_new_version_asks(
    clerk: StaffMember,
):
    policy = Policy.load()
    first = publish("v1")

    def opened(moment: datetime) -> int:
        actor, in_force = signoff.actor_and_version(clerk, moment)
        return sum(policy.decide(ask).allowed for ask in asks(actor, in_force, [Action.VIEW]))

    assert opened(MORNING) == 0
    signoff.sign(clerk, first, now=after(minutes=1))
    assert opened(after(minutes=2)) > 0
    publish("v2", at=after(minutes=3))
    assert opened(after(minutes=3)) == 0


# The text to be signed


def cited_clauses(text: str) -> set[str]:
    """All clause ids in a text; "MP-4.6 to MP-4.14" stands for all between."""
    found = {
        f"{policy}-{section}.{number}" for policy, section, number in re.findall(r"(MP|TH)-(\d)\.(\d+)", text)
    }
    spans = re.findall(r"((?:MP|TH)-\d)\.(\d+)\s+to\s+(?:MP|TH)-\d\.(\d+)", text)
    return found | {f"{group}.{n}" for group, first, last in spans for n in range(int(first), int(last) + 1)}


def test_the_page_names_every_staff_duty():
    sections = {"MP-3": 14, "MP-4": 17, "MP-5": 2, "MP-6": 14, "MP-7": 18}
    expected = {f"{section}.{number}" for section, last in sections.items() for number in range(1, last + 1)}
    staff_duties = {"TH-1.1", "TH-1.7", "TH-1.8", "TH-1.9", "TH-1.10", "TH-1.14", "TH-1.22"}

    assert expected | staff_duties <= cited_clauses(policy_text.text())


def test_the_page_is_one_page():
    assert len(policy_text.text().split()) < 900
    assert policy_text.VERSION in policy_text.text()


@pytest.mark.django_db
def test_the_shipped_page_can_be_published_and_signed(clerk: StaffMember):
    version = signoff.publish(
        policy_text.VERSION, HASH, policy_text.text(), requires_signature=True, in_force_from=MORNING
    )
    signoff.sign(clerk, version, now=MORNING)

    assert signoff.signed_version(clerk, MORNING) == "2026-11"
