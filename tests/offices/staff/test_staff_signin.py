"""Signing in: no step can be skipped, nobody can be enumerated, guessing is slow."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from hypothesis import given
from hypothesis import strategies as st
from staff_support import DESK, GOOD_PASSWORD, MORNING, AesKeeper, Browser, after

from circumspect.home import Home
from circumspect.offices.staff import accounts, passwords, recovery, sessions, signin, throttle, totp
from circumspect.offices.staff.models import StaffMember, Throttle
from circumspect.offices.staff.passwords import PasswordError
from circumspect.offices.staff.secret_keeper import SecretKeeper
from circumspect.offices.staff.signin import Factor, Progress, SecondFactor, SignInError, Step
from circumspect.trust.vault.vault import Vault

REQUIRED, OPTIONAL = SecondFactor.REQUIRED, SecondFactor.OPTIONAL


def give_password(
    browser: Browser,
    password: str = GOOD_PASSWORD,
    *,
    username: str = "rosa",
    address: str = DESK,
    factor: SecondFactor = OPTIONAL,
    now: datetime = MORNING,
) -> Progress:
    return browser.does(
        lambda request: signin.offer_password(
            request, username, password, address=address, factor=factor, now=now
        )
    )


def give_totp(browser: Browser, keeper: AesKeeper, code: str, now: datetime = MORNING) -> Progress:
    return browser.does(lambda request: signin.offer_totp(request, keeper, code, factor=REQUIRED, now=now))


def finish(browser: Browser, factor: SecondFactor = OPTIONAL, now: datetime = MORNING) -> sessions.Live:
    return browser.does(lambda request: signin.finish(request, factor=factor, now=now))


def an_app(member: StaffMember, keeper: SecretKeeper) -> pyotp.TOTP:
    """The member's authenticator app, enrolled yesterday."""
    provisioning = totp.start(member, keeper, issuer="Sample Library")
    app = pyotp.TOTP(provisioning.secret.replace(" ", ""))
    assert totp.confirm(member, keeper, app.at(after(days=-1)), now=after(days=-1))
    return app


# Which step comes next


@given(st.booleans(), st.booleans(), st.sampled_from(SecondFactor), st.booleans())
def test_no_sign_in_is_done_without_what_the_library_requires(
    passed: bool, has: bool, factor: SecondFactor, must: bool
):
    step = signin.next_step(factor_passed=passed, has_factor=has, factor=factor, must_change_password=must)

    if step is Step.DONE:
        assert not must
        assert passed or not has
        assert passed or factor is OPTIONAL


@given(st.none() | st.booleans() | st.text() | st.integers())
def test_a_setting_that_makes_no_sense_requires_a_second_factor(setting: object):
    assert SecondFactor.chosen(setting) is (OPTIONAL if setting == "optional" else REQUIRED)


@pytest.mark.django_db
def test_password_alone_is_enough_where_the_library_made_the_factor_optional(
    clerk: StaffMember, browser: Browser
):
    assert give_password(browser).step is Step.DONE

    assert finish(browser).member == clerk


@pytest.mark.django_db
def test_who_has_a_factor_is_asked_for_it_even_where_it_is_optional(
    clerk: StaffMember, browser: Browser, keeper: AesKeeper
):
    an_app(clerk, keeper)

    reached = give_password(browser)

    assert reached.step is Step.SECOND_FACTOR
    assert reached.factors == {Factor.TOTP}
    with pytest.raises(SignInError):
        finish(browser)


@pytest.mark.django_db
def test_half_a_sign_in_is_no_session(clerk: StaffMember, browser: Browser, keeper: AesKeeper):
    an_app(clerk, keeper)
    give_password(browser, factor=REQUIRED)

    assert isinstance(browser.does(sessions.check), sessions.Ended)


@pytest.mark.django_db
def test_steps_asked_for_without_a_password_are_refused(clerk: StaffMember, keeper: AesKeeper):
    for step in (
        lambda request: signin.offer_totp(request, keeper, "000000", factor=REQUIRED),
        lambda request: signin.offer_recovery_code(request, "x", factor=REQUIRED),
        lambda request: signin.passkey_options(request, factor=REQUIRED),
        lambda request: signin.start_totp(request, keeper, issuer="L", factor=REQUIRED),
        lambda request: signin.choose_password(request, "another-heron-entirely", factor=REQUIRED),
        lambda request: signin.finish(request, factor=OPTIONAL),
    ):
        with pytest.raises(SignInError):
            Browser().does(step)


@pytest.mark.django_db
def test_a_first_sign_in_enrols_an_app_and_chooses_a_password(browser: Browser, keeper: AesKeeper):
    member, one_time = accounts.add_member("ana", "Ana", ["desk"])

    assert give_password(browser, one_time, username="ana", factor=REQUIRED).step is Step.ENROL
    provisioning = browser.does(
        lambda request: signin.start_totp(
            request, keeper, issuer="Sample: Library", factor=REQUIRED, now=MORNING
        )
    )
    app = pyotp.parse_uri(provisioning.uri)
    assert isinstance(app, pyotp.TOTP)
    enrolled = browser.does(
        lambda request: signin.confirm_totp(request, keeper, app.at(MORNING), factor=REQUIRED, now=MORNING)
    )
    assert enrolled.step is Step.NEW_PASSWORD
    assert len(enrolled.recovery_codes) == recovery.HOW_MANY
    chosen = browser.does(
        lambda request: signin.choose_password(request, GOOD_PASSWORD, factor=REQUIRED, now=MORNING)
    )
    assert chosen.step is Step.DONE
    assert finish(browser, REQUIRED).member == member
    assert give_password(Browser(), one_time, username="ana").wrong
    assert provisioning.qr_svg.startswith("<svg")
    assert app.secret not in repr(provisioning)


@pytest.mark.django_db
def test_one_time_password_opens_nothing_until_replaced_by_another(browser: Browser):
    _, one_time = accounts.add_member("ana", "Ana", ["desk"])
    assert give_password(browser, one_time, username="ana").step is Step.NEW_PASSWORD

    with pytest.raises(SignInError):
        finish(browser)
    with pytest.raises(PasswordError):
        browser.does(lambda request: signin.choose_password(request, one_time, factor=OPTIONAL, now=MORNING))
    with pytest.raises(SignInError):
        finish(browser)


@pytest.mark.django_db
def test_half_a_sign_in_dies_after_ten_minutes(clerk: StaffMember, browser: Browser):
    give_password(browser)

    with pytest.raises(SignInError):
        finish(browser, now=after(seconds=signin.PENDING_SECONDS + 1))


@pytest.mark.django_db
def test_half_a_sign_in_dies_when_the_account_changes(clerk: StaffMember, browser: Browser):
    give_password(browser)
    accounts.set_roles(clerk, ["reference"])

    with pytest.raises(SignInError):
        finish(browser)


@pytest.mark.django_db
def test_the_session_key_changes_at_each_rung(clerk: StaffMember, browser: Browser):
    """A key planted in the browser beforehand is worth nothing afterwards."""
    browser.does(lambda request: request.session.update({"anything": 1}))
    planted = browser.cookie
    give_password(browser)
    half = browser.cookie
    finish(browser)

    assert len({planted, half, browser.cookie}) == 3


# Nobody can be enumerated


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts the real hasher's computations, and leaves them real."""
    counted: Counter[str] = Counter()
    verify, encode = Argon2PasswordHasher.verify, Argon2PasswordHasher.encode

    def counting_verify(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        counted["verify"] += 1
        return verify(self, password, encoded)

    def counting_encode(self: Argon2PasswordHasher, password: str, salt: str) -> str:
        counted["encode"] += 1
        return encode(self, password, salt)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counting_verify)
    monkeypatch.setattr(Argon2PasswordHasher, "encode", counting_encode)
    return counted


@pytest.mark.django_db
@pytest.mark.clause("MP-7.10")
def test_unknown_wrong_closed_and_right_cost_the_same_hashing(clerk: StaffMember, hashings: Counter[str]):
    closed = accounts.add_member("olga", "Olga", ["desk"], GOOD_PASSWORD).member
    accounts.disable(closed)
    unusable = accounts.add_member("udo", "Udo", ["desk"], GOOD_PASSWORD).member
    unusable.set_unusable_password()
    unusable.save()
    passwords._decoy()
    costs = []
    for username, password in (
        ("nobody", GOOD_PASSWORD),
        ("rosa", "wrong"),
        ("rosa", ""),
        ("rosa", "x" * 100_000),
        ("olga", GOOD_PASSWORD),
        ("udo", GOOD_PASSWORD),
        ("rosa", GOOD_PASSWORD),
    ):
        hashings.clear()
        give_password(Browser(), password, username=username, address=f"10.0.0.{len(costs)}")
        costs.append(dict(hashings))

    assert costs == [{"verify": 1}] * 7


@pytest.mark.django_db
@pytest.mark.clause("MP-7.10")
def test_unknown_wrong_and_closed_get_one_answer(clerk: StaffMember):
    accounts.disable(accounts.add_member("olga", "Olga", ["desk"], GOOD_PASSWORD).member)
    by_hand = accounts.add_member("odd", "Odd", ["desk"], GOOD_PASSWORD).member
    StaffMember.objects.filter(pk=by_hand.pk).update(active=False)

    answers = [
        give_password(Browser(), GOOD_PASSWORD, username="nobody"),
        give_password(Browser(), "wrong"),
        give_password(Browser(), GOOD_PASSWORD, username="olga"),
        give_password(Browser(), GOOD_PASSWORD, username="odd"),
    ]

    assert answers == [Progress(Step.PASSWORD, wrong=True)] * 4


@pytest.mark.django_db
@pytest.mark.parametrize("odd", ["", "ro\0sa", "\ud800", "x" * 100_000, "Robert'); --", "\u202e", "é" * 300])
def test_odd_names_and_passwords_get_the_same_answer(clerk: StaffMember, odd: str, hashings: Counter[str]):
    answers = [give_password(Browser(), GOOD_PASSWORD, username=odd), give_password(Browser(), odd)]

    assert answers == [Progress(Step.PASSWORD, wrong=True)] * 2
    assert hashings["verify"] == 2


@pytest.mark.django_db
def test_unknown_names_are_slowed_like_real_ones(clerk: StaffMember):
    waits = {
        username: [
            give_password(Browser(), "wrong", username=username, address=address).wait_seconds
            for _ in range(8)
        ]
        for username, address in (("rosa", "10.0.0.1"), ("nobody", "10.0.0.2"))
    }

    assert waits["rosa"] == waits["nobody"]
    assert max(waits["rosa"]) > 0


# Guessing is slow, and holds up nobody else


@given(st.sampled_from(sorted(throttle.RULES)), st.integers(0, 10_000))
def test_waits_only_grow_and_stay_under_their_cap(scope: str, tries: int):
    rule = throttle.RULES[scope]

    assert throttle.wait_seconds(rule, tries) <= throttle.wait_seconds(rule, tries + 1) <= rule.cap_seconds
    assert (throttle.wait_seconds(rule, tries) == 0) == (tries < rule.free)


@pytest.mark.django_db
@pytest.mark.clause("MP-7.10")
def test_guessing_at_one_account_is_slowed_more_and_more(clerk: StaffMember, hashings: Counter[str]):
    moment, waited = MORNING, []
    for _ in range(6):
        for _ in range(20):
            answer = give_password(Browser(), "wrong", now=moment)
            if answer.wait_seconds:
                break
        waited.append(answer.wait_seconds)
        moment = moment + (after(seconds=answer.wait_seconds) - MORNING)

    assert waited == sorted(waited)
    assert waited[-1] > waited[0] > 0
    assert hashings["verify"] < 12


@pytest.mark.django_db
def test_the_right_password_waits_too_and_then_passes(clerk: StaffMember):
    while not (answer := give_password(Browser(), "wrong")).wait_seconds:
        pass

    assert give_password(Browser()).step is Step.PASSWORD
    assert give_password(Browser(), now=after(seconds=answer.wait_seconds)).step is Step.DONE


@pytest.mark.django_db
def test_hammering_during_the_wait_does_not_prolong_it(clerk: StaffMember):
    while not (answer := give_password(Browser(), "wrong")).wait_seconds:
        pass
    for _ in range(50):
        give_password(Browser(), "wrong")

    assert give_password(Browser(), now=after(seconds=answer.wait_seconds)).step is Step.DONE


@pytest.mark.django_db
def test_a_guesser_elsewhere_cannot_keep_a_clerk_from_their_desk(clerk: StaffMember):
    assert give_password(Browser(), now=MORNING).step is Step.DONE
    for number in range(60):
        throttle.admit_password("rosa", f"203.0.113.{number}", now=MORNING)
        throttle.admit_password("rosa", "203.0.113.1", now=MORNING)
    assert throttle.admit_password("rosa", "198.51.100.1", now=MORNING) > 0

    assert give_password(Browser(), now=MORNING).step is Step.DONE


@pytest.mark.django_db
def test_one_clerk_mistyping_holds_up_no_colleague_at_the_same_address(clerk: StaffMember):
    accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD)
    for _ in range(25):
        give_password(Browser(), "wrong")

    assert give_password(Browser(), username="ana").step is Step.DONE


@pytest.mark.django_db
def test_going_through_the_staff_list_from_one_address_is_slowed():
    waits = [throttle.admit_password(f"name{number}", "203.0.113.9", now=MORNING) for number in range(40)]

    assert waits[0] == 0
    assert waits[-1] > 0


@pytest.mark.django_db
def test_a_good_account_does_not_wash_away_guesses_at_others(clerk: StaffMember):
    waits = []
    for number in range(80):
        waits.append(throttle.admit_password(f"victim{number}", "203.0.113.9", now=MORNING))
        if throttle.admit_password("rosa", "203.0.113.9", now=MORNING) == 0:
            throttle.password_was_right("rosa", "203.0.113.9", now=MORNING)

    assert waits[-1] > 0


@pytest.mark.django_db
def test_a_first_good_sign_in_takes_back_its_own_try_and_no_other(clerk: StaffMember):
    for number in range(throttle.RULES["address"].free - 1):
        throttle.admit_password(f"victim{number}", "203.0.113.9", now=MORNING)
    throttle.admit_password("rosa", "203.0.113.9", now=MORNING)
    throttle.password_was_right("rosa", "203.0.113.9", now=MORNING)
    throttle.admit_password("victim", "203.0.113.9", now=MORNING)

    assert throttle.admit_password("victim", "203.0.113.9", now=MORNING) > 0


@pytest.mark.django_db
def test_yesterdays_slips_at_ones_own_desk_are_forgotten(clerk: StaffMember):
    give_password(Browser())
    while not give_password(Browser(), "wrong").wait_seconds:
        pass

    tomorrow = [give_password(Browser(), "wrong", now=after(days=1)).wait_seconds for _ in range(3)]

    assert tomorrow == [0, 0, 0]


@pytest.mark.django_db
def test_counts_are_forgotten_after_an_hour(clerk: StaffMember):
    while not give_password(Browser(), "wrong").wait_seconds:
        pass
    give_password(Browser(), "wrong", username="other", now=after(hours=2))

    assert give_password(Browser(), "wrong", now=after(hours=2)).wait_seconds == 0
    assert Throttle.objects.filter(scope="pair").count() == 2


@pytest.mark.django_db
def test_the_counters_name_no_account_and_no_address(clerk: StaffMember):
    give_password(Browser(), "wrong")

    stored = repr(list(Throttle.objects.values()))
    assert "rosa" not in stored
    assert DESK not in stored


# The second factor


@pytest.mark.django_db
def test_a_code_serves_once(clerk: StaffMember, keeper: AesKeeper):
    code = an_app(clerk, keeper).at(MORNING)
    one, two = Browser(), Browser()
    give_password(one, factor=REQUIRED)
    give_password(two, factor=REQUIRED)

    assert give_totp(one, keeper, code).step is Step.DONE
    replayed = give_totp(two, keeper, code)

    assert replayed.step is Step.SECOND_FACTOR
    assert replayed.wrong


@pytest.mark.django_db
def test_the_code_that_enrolled_does_not_sign_in(clerk: StaffMember, keeper: AesKeeper):
    provisioning = totp.start(clerk, keeper, issuer="L")
    code = pyotp.TOTP(provisioning.secret.replace(" ", "")).at(MORNING)

    assert totp.confirm(clerk, keeper, code, now=MORNING)
    assert not totp.is_right(clerk, keeper, code, now=MORNING)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "passes"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_code_is_good_one_step_either_side(
    clerk: StaffMember, keeper: AesKeeper, seconds: int, passes: bool
):
    app = an_app(clerk, keeper)

    assert totp.is_right(clerk, keeper, app.at(after(seconds=seconds)), now=MORNING) is passes


@pytest.mark.django_db
def test_a_spent_step_spends_the_ones_before_it(clerk: StaffMember, keeper: AesKeeper):
    app = an_app(clerk, keeper)

    assert totp.is_right(clerk, keeper, app.at(after(seconds=30)), now=MORNING)
    assert not totp.is_right(clerk, keeper, app.at(MORNING), now=MORNING)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "12 34"])
def test_what_is_not_six_digits_is_no_code(clerk: StaffMember, keeper: AesKeeper, code: str):
    an_app(clerk, keeper)

    assert not totp.is_right(clerk, keeper, code, now=MORNING)


@pytest.mark.django_db
def test_a_code_may_be_typed_with_a_blank(clerk: StaffMember, keeper: AesKeeper):
    code = an_app(clerk, keeper).at(MORNING)

    assert totp.is_right(clerk, keeper, f" {code[:3]} {code[3:]} ", now=MORNING)


@pytest.mark.django_db
def test_an_unconfirmed_app_counts_for_nothing_and_leaves_the_old_one(clerk: StaffMember, keeper: AesKeeper):
    old = an_app(clerk, keeper)
    new = pyotp.TOTP(totp.start(clerk, keeper, issuer="L").secret.replace(" ", ""))

    assert not totp.is_right(clerk, keeper, new.at(MORNING), now=MORNING)
    assert totp.is_right(clerk, keeper, old.at(MORNING), now=MORNING)
    assert totp.confirm(clerk, keeper, new.at(after(minutes=2)), now=after(minutes=2))
    assert not totp.is_right(clerk, keeper, old.at(after(minutes=4)), now=after(minutes=4))


@pytest.mark.django_db
def test_the_secret_rests_sealed_and_bound_to_its_member(clerk: StaffMember, keeper: AesKeeper):
    app = an_app(clerk, keeper)
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    device = clerk.totp_devices.get()
    assert app.byte_secret() not in bytes(device.sealed_secret)

    device.member = other
    device.save()

    with pytest.raises(Exception):  # noqa: B017, PT011 - the keeper's own refusal
        totp.is_right(other, keeper, app.at(MORNING), now=MORNING)


@pytest.mark.django_db
def test_guessing_codes_ends_the_sign_in_and_is_slowed_beyond_it(clerk: StaffMember, keeper: AesKeeper):
    app = an_app(clerk, keeper)
    good = {app.at(after(seconds=seconds)) for seconds in (-30, 0, 30)}
    guesses = (f"{number:06d}" for number in range(100) if f"{number:06d}" not in good)
    looked_at, moment = 0, MORNING
    while looked_at < signin.FACTOR_TRIES * 2:
        browser = Browser()
        if give_password(browser, factor=REQUIRED, now=moment).step is not Step.SECOND_FACTOR:
            break
        answer = give_totp(browser, keeper, next(guesses), moment)
        if answer.wait_seconds:
            break
        looked_at += 1

    assert looked_at == 3
    assert answer.wait_seconds > 0


@pytest.mark.django_db
def test_five_wrong_codes_throw_away_the_password_step(
    clerk: StaffMember, keeper: AesKeeper, browser: Browser
):
    an_app(clerk, keeper)
    give_password(browser, factor=REQUIRED)
    answers = [give_totp(browser, keeper, "abcdef", after(seconds=20 * turn)) for turn in range(5)]

    assert [answer.step for answer in answers] == [Step.SECOND_FACTOR] * 4 + [Step.PASSWORD]
    with pytest.raises(SignInError):
        give_totp(browser, keeper, "abcdef", after(seconds=200))


@pytest.mark.django_db
def test_a_recovery_code_serves_once_and_only_its_owner(
    clerk: StaffMember, keeper: AesKeeper, browser: Browser
):
    an_app(clerk, keeper)
    other = accounts.add_member("ana", "Ana", ["desk"], GOOD_PASSWORD).member
    first = recovery.renew(clerk)[0]
    give_password(browser, factor=REQUIRED)

    assert not recovery.is_right(other, first)
    reached = browser.does(
        lambda request: signin.offer_recovery_code(request, first.upper(), factor=REQUIRED, now=MORNING)
    )
    assert reached.step is Step.DONE
    assert not recovery.is_right(clerk, first)
    assert recovery.remaining(clerk) == recovery.HOW_MANY - 1


@pytest.mark.django_db
def test_new_recovery_codes_void_the_old_and_rest_as_hashes(clerk: StaffMember):
    old = recovery.renew(clerk)
    new = recovery.renew(clerk)

    assert not recovery.is_right(clerk, old[0])
    assert not any(code in repr(list(clerk.recovery_codes.values())) for code in new)


@pytest.mark.django_db(databases=["default", "keys", "ledger"])
def test_the_vault_keeps_the_secrets(clerk: StaffMember, home: Home):
    Vault.create(home)
    vault = Vault.open(home, {}, lambda: date(2026, 11, 23))
    app = an_app(clerk, vault.secrets)

    assert totp.is_right(clerk, vault.secrets, app.at(MORNING), now=MORNING)
