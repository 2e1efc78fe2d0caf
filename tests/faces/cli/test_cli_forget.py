"""``forget`` and ``attest`` as an operator types them: counts and states, for people and machines, and exit codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from circumspect import composition
from circumspect.faces.cli import attesting, forgetting
from circumspect.records.fees.models import FeeLine
from circumspect.records.promises import Promise

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


@pytest.fixture
def settled(house: Any, clock: Any) -> None:
    """A fee that was settled long ago."""
    FeeLine.objects.create(
        id=1,
        epoch=1,
        link=b"x" * 16,
        back=b"",
        kind="overdue",
        amount=100,
        outstanding=0,
        day=house.today(),
        branch="main",
        state="settled",
        settled_on=house.today(),
    )
    clock.forward(days=100)


def test_a_rehearsal_says_what_would_go_and_the_sweep_lets_it_go(house, settled, capsys):
    assert forgetting.run(house, dry_run=True, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == {"fees": 1}
    assert FeeLine.objects.exists()

    assert forgetting.run(house, dry_run=False, as_json=False) == 0
    assert "Settled fees forgotten: 1" in capsys.readouterr().out
    assert not FeeLine.objects.exists()

    forgetting.run(house, dry_run=True, as_json=False)
    assert "Nothing is past its rule." in capsys.readouterr().out


def test_a_part_that_fails_is_said_and_counts_as_found_wrong(house, settled, capsys, monkeypatch):
    from circumspect.offices.retention import sweeping

    def broken(_house: Any) -> int:
        raise RuntimeError

    monkeypatch.setattr(sweeping, "sweep_dead", broken)

    assert forgetting.run(house, dry_run=False, as_json=False) == 1
    assert "FAILED: rows of dead epochs swept" in capsys.readouterr().out


def test_a_promise_that_is_not_kept_makes_the_exit_code_one(house, capsys, tmp_path, monkeypatch):
    """Each promise says what was found and what to do; a page for the board is written beside."""
    assert attesting.attest(house, tmp_path / "board.pdf", as_json=False) == 1
    said = capsys.readouterr().out
    assert "NOT KEPT  What is over is swept away every day (TH-1.8)" in said
    assert "Do: circumspect forget." in said
    assert (tmp_path / "board.pdf").read_bytes().startswith(b"%PDF")

    good = Promise("A promise", ("MP-1.1",), kept=True, said="It is kept.")
    monkeypatch.setattr(composition, "promises", lambda: (lambda _house: good,))
    assert attesting.attest(house, None, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["promises"][0]["kept"] is True


@pytest.mark.clause("MP-7.16")
def test_an_unsigned_account_that_could_open_something_is_named(house, monkeypatch):
    """The policy is asked, not assumed: were its rule gone, the promise would not be kept."""
    from circumspect.offices.staff import accounts
    from circumspect.offices.staff.promises import unsigned_open_nothing
    from circumspect.trust.policy.policy import Policy

    accounts.add_member("rosa", "Rosa", ["desk"], "nine-herons-over-the-weir")
    assert unsigned_open_nothing(house).kept

    allowed = type("Allowed", (), {"allowed": True})
    monkeypatch.setattr(Policy, "decide", lambda *_: allowed)
    found = unsigned_open_nothing(house)
    assert not found.kept
    assert "rosa" in found.said
