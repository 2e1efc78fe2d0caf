"""The doctor finds what was spoiled, says it in words, and finds nothing wrong where nothing is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cli_support import Done, circumspect, on_home


def _examined(home: Path) -> tuple[Done, set[tuple[str, str]]]:
    done = circumspect("doctor", "--home", home, "--json")
    return done, {(each["grade"], each["about"]) for each in done.json["findings"]}


def _config(home: Path, old: str, new: str) -> None:
    path = home / "config.toml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_a_sample_library_is_weak_in_places_and_wrong_in_none(made_sample: Path) -> None:
    done, found = _examined(made_sample)

    assert done.code == 0
    assert "wrong" not in {grade for grade, _ in found}
    assert ("weak", "key folder") in found
    assert ("note", "sample") in found


def test_a_real_library_with_its_keys_inside_is_wrong(made_empty: Path) -> None:
    done, found = _examined(made_empty)

    assert done.code == 1
    assert ("wrong", "key folder") in found


SPOILED: dict[str, tuple[Callable[[Path], object], tuple[str, str]]] = {
    "open key folder": (lambda home: (home / "keys").chmod(0o755), ("wrong", "modes")),
    "open key file": (lambda home: (home / "keys" / "kek-0001.key").chmod(0o640), ("wrong", "keys")),
    "lost key": (lambda home: (home / "keys" / "kek-0001.key").unlink(), ("wrong", "keys")),
    "lost signing key": (lambda home: (home / "keys" / "ledger.ed25519").unlink(), ("wrong", "ledger")),
    "plain http to others": (
        lambda home: _config(home, '"localhost"]', '"library.example.org"]'),
        ("wrong", "web"),
    ),
    "any host": (lambda home: _config(home, '"localhost"]', '"*"]'), ("wrong", "web")),
    "no lock": (lambda home: _config(home, "idle_seconds = 180", "idle_seconds = 86400"), ("wrong", "web")),
    "unknown field": (
        lambda home: _config(home, "on = []", 'on = ["shoe_size"]'),
        ("wrong", "settings"),
    ),
    "other rules": (lambda home: _config(home, "on = []", 'on = ["sex"]'), ("wrong", "policy")),
    "unknown section": (lambda home: _config(home, "[web]", "[wbe]\nx = 1\n[web]"), ("weak", "settings")),
    "password alone": (
        lambda home: _config(home, "sample = true", "sample = false"),
        ("wrong", "staff"),
    ),
}


@pytest.mark.parametrize("case", SPOILED, ids=list(SPOILED))
def test_what_was_spoiled_is_found(sample: Path, case: str) -> None:
    spoil, finding = SPOILED[case]
    assert finding not in _examined(sample)[1]
    spoil(sample)

    done, found = _examined(sample)

    assert finding in found
    assert done.code == (1 if finding[0] == "wrong" else 0)
    assert "Traceback" not in done.errors


def test_an_epoch_that_is_over_and_not_destroyed_is_found(sample: Path) -> None:
    age = (
        "import datetime as dt\nfrom circumspect.trust.vault.models import EpochKey\n"
        "EpochKey.objects.update(begins_on=dt.date(2025, 1, 1), ends_on=dt.date(2025, 1, 28), dies_on=dt.date(2025, 7, 1))"
    )
    assert on_home(sample, age).code == 0

    assert ("wrong", "keys") in _examined(sample)[1]


def test_staff_who_have_not_signed_are_named(sample: Path) -> None:
    assert circumspect("staff", "add", "new.clerk", "--role", "desk", "--home", sample).code == 0

    findings = circumspect("doctor", "--home", sample, "--json").json["findings"]

    assert any(each["about"] == "staff" and "new.clerk" in each["text"] for each in findings)


@pytest.mark.parametrize(
    ("url", "is_wrong"),
    [
        ("postgresql://u:p@db.example.org/records", True),
        ("postgresql://u:p@db.example.org/records?sslmode=prefer", True),
        ("postgresql://u:p@db.example.org/records?sslmode=verify-full", False),
        ("postgresql://u@/records?host=/run/postgresql", False),
        ("postgresql://u:p@127.0.0.1/records", False),
    ],
)
def test_a_database_over_the_network_without_tls_is_wrong(tmp_path: Path, url: str, is_wrong: bool) -> None:
    from circumspect.faces.cli import doctor
    from circumspect.home import Home

    home = Home(tmp_path, {"database": {"keys": url}})

    assert bool(list(doctor._tls(home, "keys"))) is is_wrong
