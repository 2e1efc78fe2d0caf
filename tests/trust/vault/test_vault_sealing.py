"""What is sealed opens in its place alone, and prints as nothing anywhere."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import traceback
from collections.abc import Iterator

import pytest
from django.core.serializers.json import DjangoJSONEncoder
from django.template import Context, Engine
from django.test import RequestFactory
from django.views.debug import technical_500_response
from hypothesis import given
from hypothesis import strategies as st

from circumspect.trust.vault import crypto
from circumspect.trust.vault.errors import BrokenSealError, NoGrantError
from circumspect.trust.vault.places import subject_cipher
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.unsealing import Grant, Unsealer
from circumspect.trust.vault.vault import Sealer

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
ADA, BEN = 4217, 9001
CANARY = "Zielińska-Canary"
urlpatterns: list[object] = []


def a_grant(series: str = "registration", fields: str = "given_name", ends_at: float = 100.0) -> Grant:
    """A grant over Ada and Ben, each under a key of their own."""
    ciphers = {ADA: subject_cipher(KEY), BEN: subject_cipher(OTHER_KEY)}
    return Grant(series, frozenset({fields}), 0, ends_at, ciphers)


def sealed_value(value: str = CANARY) -> Sealed:
    """Ada's given name, in row 7."""
    blob = Sealer(ADA, KEY).seal("registration", 7, "given_name", value)
    return Sealed("registration", "given_name", ADA, 7, blob)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=400))
def test_any_text_comes_back_as_it_was(value: str) -> None:
    """No script, no length, no sign is lost in the vault."""
    assert Unsealer.unseal(a_grant(), sealed_value(value), now=0.0) == value


@given(st.text(min_size=1, max_size=60))
def test_sealing_twice_gives_two_ciphertexts(value: str) -> None:
    """Two equal values cannot be told to be equal."""
    encoded = value.encode("utf-8", "ignore").decode()

    assert sealed_value(encoded).blob != sealed_value(encoded).blob


@pytest.mark.clause("MP-4.4", "MP-4.15")
def test_a_value_pasted_elsewhere_does_not_open() -> None:
    """Another field, record, series or patron is another place."""
    blob = sealed_value().blob
    pasted = [
        (Sealed("registration", "family_name", ADA, 7, blob), a_grant(fields="family_name")),
        (Sealed("registration", "given_name", ADA, 8, blob), a_grant()),
        (Sealed("cards", "given_name", ADA, 7, blob), a_grant(series="cards")),
        (Sealed("registration", "given_name", BEN, 7, blob), a_grant()),
    ]

    for sealed, grant in pasted:
        with pytest.raises(BrokenSealError) as broken:
            Unsealer.unseal(grant, sealed, now=0.0)
        assert CANARY not in str(broken.value)


@given(st.integers(0, 60), st.integers(1, 255))
def test_one_changed_byte_breaks_the_seal(place: int, change: int) -> None:
    """Nobody can alter a sealed value without it being noticed."""
    blob = bytearray(sealed_value().blob)
    blob[place % len(blob)] ^= change

    with pytest.raises(BrokenSealError):
        Unsealer.unseal(a_grant(), Sealed("registration", "given_name", ADA, 7, bytes(blob)), now=0.0)


def test_a_cut_value_breaks_the_seal() -> None:
    """Neither the start nor nothing at all opens."""
    blob = sealed_value().blob

    for part in (b"", blob[:1], blob[:28], blob[:-1]):
        with pytest.raises(BrokenSealError):
            Unsealer.unseal(a_grant(), Sealed("registration", "given_name", ADA, 7, part), now=0.0)


def test_a_grant_reaches_nothing_it_does_not_name() -> None:
    """Another field, another series, another patron, or a moment too late."""
    sealed = sealed_value()
    refused = [
        (a_grant(fields="family_name"), 0.0),
        (a_grant(series="cards"), 0.0),
        (Grant("registration", frozenset({"given_name"}), 0, 100.0, {BEN: subject_cipher(KEY)}), 0.0),
        (a_grant(ends_at=100.0), 100.0),
    ]

    for grant, now in refused:
        with pytest.raises(NoGrantError):
            Unsealer.unseal(grant, sealed, now=now)


def test_a_grant_without_a_ledger_entry_cannot_be_made() -> None:
    """Written down before it is seen."""
    with pytest.raises(NoGrantError):
        Unsealer.grant({ADA: KEY}, "registration", frozenset({"given_name"}), ledger_index=-1, ends_at=1.0)


@given(st.lists(st.binary(max_size=9), max_size=4), st.lists(st.binary(max_size=9), max_size=4))
def test_no_two_lists_of_parts_collide(one: list[bytes], other: list[bytes]) -> None:
    """("ab", "c") and ("a", "bc") are different things to be blinded."""
    assert (crypto.prf(KEY, *one) == crypto.prf(KEY, *other)) == (one == other)


# it prints as nothing


def printed(sealed: Sealed) -> Iterator[str]:
    """Every way in which code prints a thing."""
    yield repr(sealed)
    yield str(sealed)
    yield f"{sealed}"
    yield f"{sealed!r:>40}".strip()
    yield f"{sealed:>40}"
    yield "{}".format(sealed)  # noqa: UP032 - the way itself is tested
    yield "%s" % sealed  # noqa: UP031 - the way itself is tested
    yield "%r" % (sealed,)  # noqa: UP031 - the way itself is tested
    yield json.dumps({"name": sealed}, default=str)[10:-2]
    engine = Engine()
    yield (
        engine.from_string("{{ x }}").render(Context({"x": sealed})).replace("&lt;", "<").replace("&gt;", ">")
    )
    yield engine.from_string("{{ x|safe }}").render(Context({"x": sealed}))
    yield engine.from_string("{% autoescape off %}{{ x }}{% endautoescape %}").render(Context({"x": sealed}))


@pytest.mark.clause("TH-1.9")
def test_sealed_prints_as_its_field_wherever_it_is_printed() -> None:
    """A template, a format, a log line: none shows the value or its ciphertext."""
    assert set(printed(sealed_value())) == {"<sealed given_name>"}


def test_json_never_holds_it() -> None:
    """An encoder that knows no better refuses."""
    for encoder in (json.JSONEncoder, DjangoJSONEncoder):
        with pytest.raises(TypeError) as refused:
            json.dumps({"name": sealed_value()}, cls=encoder)
        assert CANARY not in str(refused.value)


def test_pickling_is_refused_and_a_copy_is_itself() -> None:
    """A sealed value goes into no cache, queue or session."""
    sealed = sealed_value()

    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="<sealed given_name> is not to be pickled"):
            pickle.dumps(sealed, protocol)
    assert copy.copy(sealed) is sealed
    assert copy.deepcopy([sealed])[0] is sealed


def fail_with(sealed: Sealed) -> None:
    """Raise while a sealed value, a grant and a sealer stand in the frame."""
    grant = a_grant()
    sealer = Sealer(ADA, KEY)
    everything = {"sealed": sealed, "grant": grant, "sealer": sealer}
    raise RuntimeError(f"something else went wrong with {sealed} of {len(everything)}")


def test_no_traceback_shows_it() -> None:
    """Neither the message nor the locals of a traceback."""
    sealed = sealed_value()

    try:
        fail_with(sealed)
    except RuntimeError as problem:
        shown = "".join(traceback.TracebackException.from_exception(problem, capture_locals=True).format())

    assert "<sealed given_name>" in shown
    assert_shows_nothing(shown, sealed)


def test_no_debug_page_shows_it(settings: object, rf: RequestFactory) -> None:
    """Django's own error page, were it ever switched on, with everything in its frames."""
    sealed = sealed_value()
    settings.DEBUG = True  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]

    try:
        fail_with(sealed)
    except RuntimeError:
        for accept in ("text/html", "text/plain"):
            page = technical_500_response(rf.get("/", headers={"accept": accept}), *sys.exc_info())
            assert b"sealed given_name" in page.content
            assert_shows_nothing(page.content.decode(), sealed)


def assert_shows_nothing(shown: str, sealed: Sealed) -> None:
    """Neither the value nor the ciphertext nor the key, in any of the ways in which bytes are printed."""
    assert CANARY not in shown.replace('CANARY = "Zielińska-Canary"', "")
    for secret in (sealed.blob, KEY):
        assert repr(secret)[2:-1] not in shown
        assert secret.hex() not in shown
