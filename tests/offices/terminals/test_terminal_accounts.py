"""Accounts of machines: made closed, proved once, checked at the same cost for everybody, and taken back."""

from __future__ import annotations

import pytest

from circumspect.offices.terminals import accounts
from circumspect.offices.terminals.accounts import Choices, TerminalError
from circumspect.offices.terminals.models import Terminal
from circumspect.offices.terminals.profiles import HARMLESS, ITEM_FIELDS, PROFILES, SOURCES

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
HERE = "127.0.0.1"


def add(house, name="kiosk-1", profile="self-check", **chosen):
    return accounts.add(house, name, profile, branch="main", choices=Choices(**chosen))


def test_an_account_starts_with_its_profile_and_nothing_more(house):
    for code, profile in PROFILES.items():
        account = add(house, f"a-{code.replace('_', '-')}", code).account

        assert account.messages == profile.messages
        assert account.fields == profile.fields
        assert account.pin_required is not profile.may_skip_pin
        assert not account.no_block


def test_every_list_of_every_profile_is_made_of_fields_there_are():
    for profile in PROFILES.values():
        assert profile.all_fields <= set(SOURCES) | ITEM_FIELDS
        assert not profile.fields & profile.more_fields
        assert not profile.messages & profile.more_messages
    assert set(SOURCES) >= HARMLESS
    assert not any(
        "name" in field or "street" in field
        for _, names in SOURCES.values()
        for field in names - {"given_name"}
    )


@pytest.mark.clause("MP-7.10")
def test_the_password_is_kept_as_a_slow_hash_with_a_key_of_the_vault_in_it(house, make_house):
    added = add(house)
    stored = Terminal.objects.get(name="kiosk-1").password

    assert stored.startswith("$argon2id$")
    assert added.password not in stored
    assert added.password not in repr(added)
    # The hash alone, without the vault's key, is no hash of the password.
    assert not accounts._matches(stored, added.password)


def test_a_password_is_right_for_its_machine_alone(house):
    one, two = add(house, "one"), add(house, "two")

    assert accounts.log_in(house, "one", one.password, address=HERE).id == one.account.id
    assert accounts.log_in(house, " ONE ", one.password, address=HERE) is not None
    for name, password in (
        ("one", two.password),
        ("one", ""),
        ("nobody", one.password),
        ("", ""),
        ("\0", "\ud800"),
    ):
        assert accounts.log_in(house, name, password, address=HERE) is None


def test_one_hash_is_computed_whoever_is_named(house, monkeypatch):
    add(house, "one")
    hashed = []
    real = accounts._matches
    monkeypatch.setattr(accounts, "_matches", lambda *given: hashed.append(1) or real(*given))

    for name in ("one", "nobody", "", "one#1"):
        accounts.log_in(house, name, "x", address=HERE)

    assert len(hashed) == 4


def test_a_machine_comes_from_its_networks_alone(house):
    added = add(house, networks=["10.1.0.0/16", "2001:db8::/32"])

    for address in ("10.1.2.3", "::ffff:10.1.2.3", "2001:db8::7"):
        assert accounts.log_in(house, "kiosk-1", added.password, address=address)
    for address in ("10.2.0.1", "127.0.0.1", "", "nonsense", "2001:db9::7"):
        assert accounts.log_in(house, "kiosk-1", added.password, address=address) is None


def test_a_network_is_enough_only_where_it_was_chosen_and_only_for_one_machine(house):
    add(house, "by-password", networks=["10.1.0.0/16"])
    assert accounts.recognise(address="10.1.2.3") is None
    one = add(house, "one", networks=["10.1.0.0/16"], by_network=True)
    assert accounts.recognise(address="10.1.2.3").id == one.account.id
    assert accounts.recognise(address="10.2.2.3") is None

    add(house, "two", networks=["10.1.2.0/24"], by_network=True)
    assert accounts.recognise(address="10.1.2.3") is None


def test_a_certificate_is_enough_and_where_one_is_asked_a_password_is_not(house):
    added = add(house, certificate_sha256="AB:" * 31 + "AB")

    assert accounts.recognise(address=HERE, certificate_sha256="ab" * 32).id == added.account.id
    assert accounts.recognise(address=HERE, certificate_sha256="cd" * 32) is None
    assert accounts.log_in(house, "kiosk-1", added.password, address=HERE) is None
    assert accounts.log_in(house, "kiosk-1", added.password, address=HERE, certificate_sha256="ab" * 32)


def test_a_machine_taken_out_of_service_keeps_its_number_and_nothing_that_lets_it_in(house):
    added = add(house, networks=["10.1.0.0/16"], by_network=True)

    assert accounts.revoke("kiosk-1")
    assert not accounts.revoke("kiosk-1")

    row = Terminal.objects.get(pk=added.account.id)
    assert (row.active, row.password, row.networks, row.fields, row.messages) == (False, "", [], [], [])
    assert row.profile == "self_check"
    assert accounts.log_in(house, "kiosk-1", added.password, address="10.1.1.1") is None
    assert accounts.log_in(house, row.name, "", address="10.1.1.1") is None
    assert accounts.recognise(address="10.1.1.1") is None
    assert accounts.still(added.account) is None
    assert accounts.find("kiosk-1") is None
    assert accounts.all_terminals() == []
    # The name is free; the new machine is another number to the ledger.
    assert add(house).account.id != added.account.id


def test_a_hand_in_the_table_widens_nothing(house):
    add(house, "vendor", "e-content")
    Terminal.objects.filter(name="vendor").update(
        fields=["BL", "AE", "BV", "PB"], messages=["63", "11", "09"], pin_required=False
    )

    account = accounts.find("vendor")

    assert account.fields == {"BL"}
    assert account.messages == {"63"}
    assert account.pin_required


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"name": "X"}, "the name is"),
        ({"name": "has blank"}, "the name is"),
        ({"profile": "telescope"}, "the profile is one of book-drop, e-content"),
        ({"profile": "e-content", "more": ["AE"]}, "AE cannot be given"),
        ({"more": ["BD"]}, "BD cannot be given"),
        ({"more": ["<script>"]}, "what was typed cannot be given"),
        ({"fewer": ["ZZ"]}, "ZZ is not one of"),
        ({"profile": "payment-kiosk", "pin_required": False}, "needs the PIN"),
        ({"networks": ["10.1.0.0/99"]}, "a network is written like"),
        ({"by_network": True}, "add --network"),
        ({"certificate_sha256": "abc"}, "64 hexadecimal digits"),
        ({"encoding": "latin-1"}, "the encoding is one of"),
        ({"error_detection": "sometimes"}, "error detection is one of"),
        ({"terminator": "tab"}, "the terminator is one of"),
        ({"idle_seconds": 1}, "the idle time is"),
        ({"profile": "e-content", "no_block": True}, "nothing to send later"),
    ],
)
def test_what_does_not_do_is_said_by_name_and_makes_nothing(house, chosen, words):
    with pytest.raises(TerminalError, match=words):
        add(house, **chosen)

    assert Terminal.objects.count() == 0


def test_two_machines_have_two_names(house):
    add(house)

    with pytest.raises(TerminalError, match="choose another"):
        add(house)


def test_a_machine_at_the_door_is_a_number_and_a_role(house):
    actor = add(house).account.actor

    assert (str(actor.kind), actor.roles) == ("terminal", {"self_check"})
    assert actor.id.isdigit()
