"""What the policy in force allows and refuses, told as the library would tell it."""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice, product

import pytest
from question_matrix import field_sets, likely, one_step_away, principals
from twins import with_text

from circumspect.trust.policy.data import PolicyFaultError
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    Decision,
    Purpose,
    Reason,
    Request,
    Role,
)

VERSION = "2026-11"
SERIES = ("registration", "cards", "notes", "pins", "loans", "ledger")
WAYS_OUT = (Action.DISCLOSE, Action.EXPORT)


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.load()


def staff(*roles: str, signed: str = VERSION, active: bool = True) -> Actor:
    return Actor(ActorKind.STAFF, "17", frozenset(roles), active, signed)


PATRON = Actor(ActorKind.PATRON, "5")
MACHINE = Actor(ActorKind.TERMINAL, "selfcheck-1")
JOB = Actor(ActorKind.JOB, "night")


def ask(actor: Actor, *fields: str, **other: object) -> Request:
    """A healthy look at a patron being served, but for what is said."""
    usual = Request(
        actor=actor,
        action=Action.VIEW,
        purpose=Purpose.SERVE,
        series="registration",
        fields=frozenset(fields),
        circumstance=Circumstance.CARD_SCANNED,
        reason=None,
        own_record=actor.kind is ActorKind.PATRON,
        subjects=1,
        version_in_force=VERSION,
    )
    return replace(usual, **other)  # type: ignore[arg-type]


def own(*fields: str, **other: object) -> Request:
    return ask(PATRON, *fields, purpose=Purpose.OWN_RECORD, circumstance=Circumstance.OWN_SIGN_IN, **other)


def whole(policy: Policy, series: str) -> list[str]:
    known = policy.fields.series[series]
    return [name for name in known.fields if name not in known.optional]


# What every decision is


def test_an_allowed_look_names_rule_clauses_and_policy(policy: Policy) -> None:
    """The answer carries what the ledger needs."""
    decision = policy.decide(ask(staff("desk"), "given_name", "standing"))

    assert decision.allowed
    assert decision.rules == ("serve-see-patron",)
    assert "MP-7.15" in decision.clauses
    assert decision.remedy == ""
    assert decision.policy_hash == policy.hash


@pytest.mark.clause("MP-3.1", "MP-3.8")
def test_every_refusal_says_why_and_what_instead(policy: Policy) -> None:
    """Also the refusal no rule spoke: it has clauses and words of its own."""
    refusals = [policy.decide(each) for each in likely(1, 1_500)]

    for decision in (each for each in refusals if not each.allowed):
        assert decision.clauses
        assert list(decision.clauses) == sorted(decision.clauses)
        assert set(decision.clauses) <= set(policy.clauses.clauses)
        assert decision.explanation.endswith(".")
        assert decision.remedy.endswith(".")


@pytest.mark.clause("MP-3.8", "MP-3.1")
def test_what_no_rule_speaks_to_is_refused(policy: Policy) -> None:
    """With no rule of a permit's kind left, nobody opens anything."""
    decision = policy.decide(ask(staff("desk"), "street"))

    assert not decision.allowed
    assert decision.rules == ()
    assert decision.clauses == ("MP-5.2", "MP-7.15")


@pytest.mark.clause("MP-3.8", "MP-7.15", "TH-4.4")
@pytest.mark.parametrize(
    ("roles", "opens", "is_said"),
    [
        (("system",), (), "None of the roles you hold opens patron records"),
        (("communications",), ("public mail", "newsletter"), "the newsletter's list"),
        (("communications", "system"), ("public mail", "newsletter"), "the newsletter's list"),
        (("foia_officer",), ("public mail", "records requests"), "requests for public records"),
        (
            ("foia_officer", "communications"),
            ("public mail", "newsletter", "records requests"),
            "requests for them",
        ),
    ],
)
def test_a_refusal_says_of_each_role_what_is_so(
    policy: Policy, roles: tuple[str, ...], opens: tuple[str, ...], is_said: str
) -> None:
    """Whoever opens some public records is not told that they open nothing; and nobody that they open more."""
    decision = policy.decide(ask(staff(*roles), "street"))
    ways = product(Purpose, Circumstance)
    opened = {
        series
        for purpose, circumstance in ways
        for series, field in (
            ("registration", "street"), ("loans", "item"), ("inquiries", "message"), ("public mail", "message"),
            ("newsletter", "address"), ("records requests", "request"),
        )
        if policy.decide(
            ask(staff(*roles), field, series=series, purpose=purpose, circumstance=circumstance)
        ).allowed
    }  # fmt: skip

    assert is_said in decision.explanation
    assert opened == set(opens)


def test_the_explanation_holds_no_field_value_and_no_actor(policy: Policy) -> None:
    """A refusal is fit for any screen: it repeats nothing it was given."""
    request = ask(replace(staff("desk"), id="Lovelace"), "Lovelace", series="Lovelace")

    assert "Lovelace" not in repr(policy.decide(request))


# Nothing leaves the house


@pytest.mark.clause("MP-3.5", "MP-3.6", "MP-3.8", "MP-7.6", "MP-7.7", "MP-7.8")
def test_nobody_may_disclose_or_export_anything_for_any_purpose(policy: Policy) -> None:
    """Not the director, not the patron, not a job; whatever the purpose is called."""
    decisions = [
        policy.decide(
            ask(
                actor,
                *whole(policy, series),
                action=action,
                purpose=purpose,
                series=series,
                reason=Reason.LETTER,
            )
        )
        for actor, action, purpose, series in product(principals(), WAYS_OUT, Purpose, SERIES)
    ]

    assert len(decisions) > 3_000
    assert [each for each in decisions if each.allowed] == []


@pytest.mark.clause("MP-3.5", "MP-7.7", "MP-7.8", "MP-7.6")
def test_a_disclosure_is_refused_in_the_words_of_its_clauses(policy: Policy) -> None:
    """Police, press and agency get the same answer, and the clerk learns where to pass the paper."""
    decision = policy.decide(
        ask(staff("executive_director"), "street", action=Action.DISCLOSE, purpose=Purpose.DISCLOSE)
    )

    assert decision.rules == ()
    assert {"MP-3.5", "MP-3.8", "MP-7.7", "MP-7.8"} <= set(decision.clauses)
    assert "Executive Director" in decision.remedy


def test_nobody_may_set_anything_aside_yet(policy: Policy) -> None:
    """Preserving has no rule, so it is refused."""
    for actor, series in product(principals(), SERIES):
        request = ask(
            actor, *whole(policy, series), action=Action.PRESERVE, purpose=Purpose.PRESERVE, series=series
        )
        assert not policy.decide(request).allowed


# Staff


@pytest.mark.clause("MP-7.16")
@pytest.mark.parametrize(
    ("signed", "in_force"), [("", VERSION), ("2025-01", VERSION), ("", ""), (VERSION, "")]
)
def test_staff_who_have_not_signed_the_version_in_force_open_nothing(
    policy: Policy, signed: str, in_force: str
) -> None:
    """Nor does anybody while no version is in force."""
    request = ask(staff("desk", signed=signed), "given_name", version_in_force=in_force)

    decision = policy.decide(request)

    assert not decision.allowed
    assert decision.rules == ("policy-not-signed",)
    assert "sign" in decision.remedy


def unsigned_may(policy: Policy) -> set[tuple[str, str, str]]:
    """The attack: of what somebody may do who has signed, and what lies a step from it, what an unsigned one may."""
    asked = [
        replace(each, actor=replace(each.actor, signed_version=""))
        for each in (*islice(one_step_away(), 0, None, 53), *likely(16, 700))
        if each.actor.kind is ActorKind.STAFF
    ]
    assert len(asked) > 1_000
    return {(each.action, each.purpose, each.series) for each in asked if policy.decide(each).allowed}


TAKES_IN = (Action.CHANGE, Purpose.TAKE_IN, "cases")


@pytest.mark.clause("MP-7.12", "MP-7.16")
@pytest.mark.attack(4)
def test_whoever_has_not_signed_writes_a_request_down_and_does_nothing_else(policy: Policy) -> None:
    """Everybody is asked about patrons, on the first day too; what they write down opens nothing."""
    assert unsigned_may(policy) == {TAKES_IN}


@pytest.mark.attack(4)
def test_a_twin_whose_exception_is_a_word_too_wide_is_convicted(policy: Policy) -> None:
    exact = """  resource == Series::"cases" &&
  context.purpose == "take in a request" &&
  context.subjects == 1
};
"""
    twin = with_text(policy, exact, exact.replace('context.purpose == "take in a request" &&', ""))

    assert unsigned_may(twin) > {TAKES_IN}


@pytest.mark.clause("MP-7.16")
def test_a_version_published_in_mid_session_refuses_the_very_next_request(policy: Policy) -> None:
    """The decision before it is remembered; the one after it is another question."""
    request = ask(staff("desk"), "given_name")

    assert policy.decide(request).allowed
    assert not policy.decide(replace(request, version_in_force="2026-12")).allowed


@pytest.mark.clause("MP-7.10")
@pytest.mark.parametrize(
    "actor", [staff("desk", active=False), replace(PATRON, active=False), replace(JOB, active=False)]
)
def test_a_switched_off_account_opens_nothing(policy: Policy, actor: Actor) -> None:
    """Whatever kind of account it is."""
    assert "inactive-actor" in policy.decide(ask(actor, "given_name")).rules


@pytest.mark.clause("MP-7.17")
def test_a_trustee_opens_nothing_even_with_another_role(policy: Policy) -> None:
    """The desk role beside it does not help."""
    for series, fields in field_sets():
        request = ask(staff("trustee", "desk"), *fields, series=series)
        assert not policy.decide(request).allowed


@pytest.mark.clause("MP-2.2", "MP-7.15", "TH-1.12")
@pytest.mark.parametrize("role", ["communications", "foia_officer", "system", "trustee"])
def test_roles_without_desk_work_open_nothing_of_patrons(policy: Policy, role: str) -> None:
    """Every series, every field, every purpose, to look at, use or change."""
    for (series, fields), purpose, action in product(
        field_sets(), Purpose, (Action.VIEW, Action.USE, Action.CHANGE, Action.ERASE)
    ):
        assert not policy.decide(
            ask(staff(role), *fields, series=series, purpose=purpose, action=action)
        ).allowed


@pytest.mark.clause("MP-2.2")
@pytest.mark.parametrize("series", ["loans", "cards", "notes", "pins"])
def test_reference_and_finance_open_no_record_of_use(policy: Policy, series: str) -> None:
    """What they may see is in the registration record alone."""
    for role in ("reference", "finance"):
        assert not policy.decide(ask(staff(role), *whole(policy, series), series=series)).allowed
    assert policy.decide(ask(staff("finance"), "balance")).allowed
    assert not policy.decide(ask(staff("finance"), "balance", "given_name")).allowed


@pytest.mark.clause("MP-7.15", "MP-7.5")
def test_a_look_nothing_explains_needs_a_reason(policy: Policy) -> None:
    """And with one from the list it goes ahead, to be reviewed."""
    unexplained = ask(staff("desk"), "given_name", circumstance=Circumstance.UNEXPLAINED)

    assert policy.decide(unexplained).rules == ("unexplained-needs-reason",)
    assert policy.decide(replace(unexplained, reason=Reason.PHONE)).allowed


@pytest.mark.clause("MP-7.15")
@pytest.mark.parametrize("purpose", [Purpose.SERVE, Purpose.MAINTAIN, Purpose.OVERRIDE, Purpose.REGISTER])
def test_nobody_works_on_their_own_card(policy: Policy, purpose: Purpose) -> None:
    """A clerk's own record is out of the clerk's reach, block and all."""
    request = ask(staff("circulation_lead"), "standing", purpose=purpose, own_staff_record=True)

    assert "own-card" in policy.decide(request).rules


@pytest.mark.clause("MP-4.3", "MP-7.5", "MP-2.2")
def test_loans_open_with_card_or_item_in_hand_or_with_a_reason(policy: Policy) -> None:
    """A name found in a search is not enough to see what somebody reads."""
    loans = ask(staff("desk"), "item", "due_at", series="loans")

    allowed = {
        circumstance
        for circumstance in Circumstance
        if policy.decide(replace(loans, circumstance=circumstance)).allowed
    }

    assert allowed == {Circumstance.CARD_SCANNED, Circumstance.ITEM_SCANNED, Circumstance.OPEN_TRANSACTION}
    with_reason = replace(loans, circumstance=Circumstance.UNEXPLAINED, reason=Reason.PHONE)
    assert policy.decide(with_reason).allowed


@pytest.mark.clause("MP-4.4")
def test_a_search_by_name_shows_the_fewest_details(policy: Policy) -> None:
    """Exactly these; above all no birth date, telephone or card number."""
    search = {"purpose": Purpose.FIND, "circumstance": Circumstance.NAME_SEARCH, "subjects": 20}

    seen = {
        name
        for name in policy.fields.series["registration"].fields
        if policy.decide(ask(staff("desk"), name, **search)).allowed
    }

    assert seen == {"given_name", "family_name", "street", "standing", "language"}
    assert not policy.decide(ask(staff("desk"), "barcode", series="cards", **search)).allowed


@pytest.mark.clause("MP-7.14")
def test_more_than_fifty_patrons_at_once_are_refused(policy: Policy) -> None:
    """Fifty on a page of search results; no list of the town."""
    search = ask(staff("desk"), "given_name", purpose=Purpose.FIND, circumstance=Circumstance.NAME_SEARCH)

    assert policy.decide(replace(search, subjects=50)).allowed
    assert policy.decide(replace(search, subjects=51)).rules == ("too-many-at-once",)


@pytest.mark.clause("MP-5.2")
def test_a_look_for_one_purpose_does_not_serve_another(policy: Policy) -> None:
    """The birth date belongs to the edit form; no other purpose shows it to anybody at the desk."""
    showing = {
        purpose
        for purpose, circumstance in product(Purpose, Circumstance)
        if policy.decide(
            ask(staff(*_working()), "birth_date", purpose=purpose, circumstance=circumstance)
        ).allowed
    }

    assert showing == {Purpose.MAINTAIN, Purpose.REGISTER}


def _working() -> list[str]:
    return [str(role) for role in Role if role is not Role.TRUSTEE]


@pytest.mark.clause("TH-1.18")
def test_the_desk_computes_with_the_birth_date_and_does_not_show_it(policy: Policy) -> None:
    """For the age band, and in full in the edit form only."""
    assert not policy.decide(ask(staff("desk"), "birth_date")).allowed
    assert policy.decide(ask(staff("desk"), "birth_date", action=Action.USE)).allowed
    assert policy.decide(ask(staff("desk"), "birth_date", purpose=Purpose.MAINTAIN)).allowed


@pytest.mark.clause("MP-7.15")
def test_a_block_is_set_aside_with_a_reason_and_by_the_desk_without_seeing_anything(policy: Policy) -> None:
    """Which blocks are whose is the rules' business; the desk may only let them read the standing."""
    override = ask(staff("circulation_lead"), "standing", purpose=Purpose.OVERRIDE, action=Action.USE)
    by_desk = replace(override, actor=staff("desk"), reason=Reason.CORRECTION)

    assert policy.decide(override).rules == ("override-needs-reason",)
    assert policy.decide(replace(override, reason=Reason.CORRECTION)).allowed
    assert policy.decide(by_desk).rules == ("override-by-desk",)
    assert not policy.decide(replace(by_desk, reason=None)).allowed
    assert not policy.decide(replace(by_desk, action=Action.VIEW)).allowed
    assert not policy.decide(replace(by_desk, actor=staff("reference"))).allowed


@pytest.mark.clause("TH-1.11", "TH-1.19")
def test_taking_an_item_back_asks_for_no_patron(policy: Policy) -> None:
    """The one act with no subject; anything else about nobody is refused."""
    taking_back = ask(
        staff("desk"),
        "item",
        series="loans",
        action=Action.CHANGE,
        purpose=Purpose.CIRCULATE,
        circumstance=Circumstance.ITEM_SCANNED,
        subjects=0,
    )

    assert policy.decide(taking_back).allowed
    assert policy.decide(replace(taking_back, action=Action.VIEW)).rules == ("names-nothing",)
    assert not policy.decide(replace(taking_back, fields=frozenset())).allowed


# Patrons


@pytest.mark.clause("MP-3.9", "TH-1.22", "MP-4.13")
@pytest.mark.parametrize("series", ["registration", "cards", "notes", "loans", "ledger"])
def test_patrons_see_everything_held_about_them(policy: Policy, series: str) -> None:
    """Notes and looks included."""
    assert policy.decide(own(*whole(policy, series), series=series)).allowed


@pytest.mark.clause("MP-7.9", "MP-3.9", "TH-1.1")
def test_patrons_reach_nobody_elses_record(policy: Policy) -> None:
    """Parent, spouse or sibling: a relation is nothing the policy can be told."""
    for series, fields in field_sets():
        for action in (Action.VIEW, Action.USE, Action.CHANGE, Action.ERASE):
            request = own(*fields, series=series, action=action, own_record=False)
            decision = policy.decide(request)
            assert not decision.allowed
            assert "MP-7.9" in decision.clauses


@pytest.mark.clause("TH-1.15")
def test_patrons_may_take_out_telephone_and_email_and_no_more(policy: Policy) -> None:
    """What the library needs to lend stays until the account goes."""
    removable = {
        name
        for name in whole(policy, "registration")
        if policy.decide(own(name, action=Action.ERASE)).allowed
    }
    changeable = {
        name
        for name in whole(policy, "registration")
        if policy.decide(own(name, action=Action.CHANGE)).allowed
    }

    assert removable == {"phone", "email"}
    # The standing: their own renewal of the card, and their choice about a reading history.
    assert changeable == {"phone", "email", "language", "notice_channel", "notice_titles", "standing"}


# Fields that are off, and the PIN


@pytest.mark.clause("TH-1.16", "TH-1.17", "TH-1.7", "MP-7.14")
@pytest.mark.parametrize("field", ["driver_licence", "sex"])
def test_a_switched_off_field_is_refused_to_all(policy: Policy, field: str) -> None:
    """To see, to use, to write, by staff, import or patron; only emptying it is left."""
    for actor, action, purpose, circumstance in product(
        (staff("circulation_lead", "privacy_in_charge"), PATRON, JOB),
        (Action.VIEW, Action.USE, Action.CHANGE),
        Purpose,
        Circumstance,
    ):
        request = ask(actor, field, action=action, purpose=purpose, circumstance=circumstance)
        assert not policy.decide(request).allowed
    emptying = ask(staff("desk"), field, action=Action.ERASE, purpose=Purpose.MAINTAIN)
    assert policy.decide(emptying).allowed


@pytest.mark.clause("TH-1.16", "TH-1.17")
@pytest.mark.parametrize("field", ["driver_licence", "sex"])
def test_switched_on_it_opens_to_a_lead_alone_and_never_to_a_machine(field: str) -> None:
    """The desk may write what the person says, and cannot read it back; lending never uses it."""
    switched_on = Policy.load(frozenset({field}))
    look = ask(staff("circulation_lead"), field, purpose=Purpose.MAINTAIN)

    assert switched_on.decide(look).allowed
    assert not switched_on.decide(replace(look, actor=staff("desk"))).allowed
    assert not switched_on.decide(replace(look, fields=frozenset({field, "given_name"}))).allowed
    for actor, purpose, circumstance in product((MACHINE, staff("desk")), Purpose, Circumstance):
        use = ask(actor, field, action=Action.USE, purpose=purpose, circumstance=circumstance)
        assert not switched_on.decide(use).allowed


def test_a_misspelt_switch_does_not_pass() -> None:
    """Nor can a switch open a field that is not optional."""
    for name in ("drivers_licence", "given_name", ""):
        with pytest.raises(PolicyFaultError):
            Policy.load(frozenset({name}))


@pytest.mark.clause("TH-1.1", "TH-1.14")
def test_a_fresh_policy_has_every_switch_at_its_protective_value(policy: Policy) -> None:
    """Optional fields are off, and while nothing is in force nobody on the staff opens anything."""
    assert policy.fields_on == frozenset()
    assert not policy.decide(ask(staff("desk", signed=""), "given_name", version_in_force="")).allowed


@pytest.mark.clause("TH-1.7")
def test_a_field_that_is_not_listed_does_not_exist(policy: Policy) -> None:
    """Not even for those who may see everything else."""
    for name in ("ssn", "occupation", "photo", "Given_Name", "given_name "):
        assert not policy.decide(own(name)).allowed
        assert not policy.decide(ask(JOB, name, action=Action.CHANGE, purpose=Purpose.IMPORT)).allowed


@pytest.mark.clause("TH-1.23", "MP-3.6")
def test_a_pin_is_shown_to_nobody(policy: Policy) -> None:
    """Not to its owner, not to a director; a machine learns whether it was right."""
    for actor, purpose, circumstance in product(principals(), Purpose, Circumstance):
        request = ask(actor, "hash", series="pins", purpose=purpose, circumstance=circumstance)
        assert "pin-is-never-shown" in policy.decide(request).rules
    checking = ask(MACHINE, "hash", series="pins", action=Action.USE, purpose=Purpose.SIGN_IN)
    assert policy.decide(checking).allowed


@pytest.mark.clause("MP-4.4", "MP-7.14")
def test_machines_and_jobs_are_shown_nothing(policy: Policy) -> None:
    """They may use a few fields; there is no question by which they see one."""
    for actor, (series, fields), purpose in product((MACHINE, JOB), field_sets(), Purpose):
        for circumstance in (Circumstance.CARD_SCANNED, Circumstance.SCHEDULED):
            request = ask(actor, *fields, series=series, purpose=purpose, circumstance=circumstance)
            assert not policy.decide(request).allowed


# A policy is its texts


def test_a_policy_made_again_of_its_texts_decides_the_same(policy: Policy) -> None:
    """What a past decision was made by can be put back together, and answers alike."""
    again = Policy.from_bundle(policy.bundle())

    assert again.hash == policy.hash
    assert [again.decide(each) for each in likely(9, 500)] == [policy.decide(each) for each in likely(9, 500)]


@pytest.mark.parametrize(
    "name",
    [
        "rules/00-always.cedar",
        "schema.cedarschema",
        "clauses.toml",
        "refusals.toml",
        "schedule.toml",
        "fields.toml",
    ],
)
def test_a_changed_text_is_another_policy(policy: Policy, name: str) -> None:
    """One space is enough to change the hash."""
    bundle = policy.bundle()
    bundle[name] += "\n"

    assert Policy.from_bundle(bundle).hash != policy.hash


def test_switching_a_field_on_is_another_policy(policy: Policy) -> None:
    """The library's own switches are part of what decides."""
    assert Policy.load(frozenset({"sex"})).hash != policy.hash


@pytest.mark.parametrize("name", ["schema.cedarschema", "clauses.toml", "refusals.toml", "fields_on"])
def test_a_policy_with_a_text_missing_is_not_made(policy: Policy, name: str) -> None:
    """Half a policy decides nothing."""
    bundle = policy.bundle()
    del bundle[name]

    with pytest.raises(PolicyFaultError):
        Policy.from_bundle(bundle)


def test_a_text_too_many_is_not_overlooked(policy: Policy) -> None:
    """What is in the bundle is what decides, all of it."""
    with pytest.raises(PolicyFaultError):
        Policy.from_bundle({**policy.bundle(), "extra.cedar": "permit (principal, action, resource);"})


def test_who_asks_makes_no_difference_beyond_kind_and_roles(policy: Policy) -> None:
    """No rule knows a person, so that no person can be given a rule."""
    for request in likely(10, 300):
        other = replace(request, actor=replace(request.actor, id="somebody else"))
        assert policy.decide(other) == policy.decide(request)


def test_remembered_answers_equal_fresh_ones(policy: Policy) -> None:
    """Memory makes it quicker and changes nothing."""
    fresh = Policy.from_bundle(policy.bundle())
    first = [policy.decide(each) for each in likely(11, 400)]

    assert [policy.decide(each) for each in likely(11, 400)] == first
    assert [fresh.decide(each) for each in likely(11, 400)] == first


def test_threads_get_the_same_answers(policy: Policy) -> None:
    """Four threads asking at once, each its own questions and the others'."""
    wanted = [policy.decide(each) for each in likely(12, 200)]
    fresh = Policy.from_bundle(policy.bundle())
    got: dict[int, list[Decision]] = {}
    threads = [
        threading.Thread(target=lambda n=n: got.update({n: [fresh.decide(each) for each in likely(12, 200)]}))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(got[n] == wanted for n in range(4))
