"""What weighs more asks a fresh proof; what was being sent is kept meanwhile."""

from __future__ import annotations

import pyotp
import pytest
from desk_support import DATABASES, GOOD_PASSWORD, AtDesk
from django.http import HttpResponse
from django.urls import get_resolver

from circumspect.faces.desk import stepup
from circumspect.offices.staff import accounts, totp

pytestmark = pytest.mark.django_db(databases=DATABASES)

done: list[dict[str, str]] = []


@stepup.needs_step_up
def weighty(request: object) -> HttpResponse:
    done.append(dict(request.POST.items()))  # type: ignore[attr-defined]
    return HttpResponse("done")


@pytest.fixture
def guarded(monkeypatch, desk):
    """Rosa's window, in a house whose page of one's own sign-in weighs more."""
    done.clear()
    monkeypatch.setattr(_find(get_resolver().url_patterns, "own"), "callback", weighty)
    return desk


def _find(patterns, name):
    for each in patterns:
        if hasattr(each, "url_patterns"):
            found = _find(each.url_patterns, name)
            if found is not None:
                return found
        elif each.name == name:
            return each
    return None


@pytest.mark.clause("MP-7.10")
def test_a_post_waits_for_the_proof_and_then_goes_on_with_all_it_had(guarded, clock):
    guarded.does("/own/", title="privacy in charge", last_on="2026-12-01")
    assert guarded.response.status_code == 401
    assert "Once more: is it you?" in guarded.text
    assert done == []
    kept = guarded.hidden("kept")[0]

    guarded.does("/step-up/", kept=kept, way="password", password="wrong-wrong-wrong")
    assert guarded.response.status_code == 422
    guarded.does("/step-up/", kept=guarded.hidden("kept")[0], way="password", password=GOOD_PASSWORD)
    assert done == []
    assert 'name="last_on" value="2026-12-01"' in guarded.html

    guarded.does("/own/", title="privacy in charge", last_on="2026-12-01")
    assert done[0]["last_on"] == "2026-12-01"
    clock.forward(minutes=2)
    guarded.does("/awake/")
    guarded.does("/own/")
    assert len(done) == 2


def test_the_proof_wears_off_and_a_lock_takes_it_away(guarded, clock):
    guarded.open("/own/")
    guarded.does("/step-up/", kept=guarded.hidden("kept")[0], way="password", password=GOOD_PASSWORD)
    assert guarded.response.content == b"done"

    for _ in range(5):
        clock.forward(minutes=2)
        guarded.does("/awake/")
    assert guarded.open("/own/").status_code == 401
    guarded.does("/step-up/", kept=guarded.hidden("kept")[0], way="password", password=GOOD_PASSWORD)
    assert guarded.open("/own/").content == b"done"
    guarded.does("/lock/")
    guarded.does("/unlock/", password=GOOD_PASSWORD)

    assert guarded.open("/own/").status_code == 401


def test_whoever_has_a_second_factor_is_asked_for_it_and_not_for_a_password(guarded, library, clock):
    rosa = accounts.find_member("rosa")
    keeper = library.vault.secrets
    secret = totp.start(rosa, keeper, issuer="Test").secret.replace(" ", "")
    assert totp.confirm(rosa, keeper, pyotp.TOTP(secret).at(clock()), now=clock())
    clock.forward(seconds=60)

    guarded.open("/own/")
    kept = guarded.hidden("kept")[0]
    assert "Your password" not in guarded.text
    guarded.does("/step-up/", kept=kept, way="password", password=GOOD_PASSWORD)
    assert guarded.response.status_code == 422

    guarded.does("/step-up/", kept=kept, way="totp", code=pyotp.TOTP(secret).at(clock()))
    assert guarded.response.content == b"done"


def test_what_was_kept_is_worth_nothing_in_another_window(guarded, staff_of):
    guarded.does("/own/", title="mine")
    kept = guarded.hidden("kept")[0]
    staff_of("nina", ["desk"])
    other = AtDesk()
    other.sign_in("nina")

    other.does("/step-up/", kept=kept, way="password", password=GOOD_PASSWORD)

    assert "mine" not in other.html
    assert other.response.request["PATH_INFO"] == "/"
    assert not done
