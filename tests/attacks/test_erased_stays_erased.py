"""Erased stays erased, through a restore of old backups in every order (guarantee 7, short form)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.attack(7)

PROGRAM = [sys.executable, "-c", "from circumspect.faces.cli.main import main; main()"]


def circumspect(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300, check=False
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("erased") / "home"
    done = circumspect("init", place, "--institution", "4711")
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.clause("TH-1.8", "TH-1.10")
def test_nobody_who_was_forgotten_is_in_any_restored_home(home):
    """The drill: three ways to restore, by card, name, key and byte; and the twin without the list finds them."""
    done = circumspect("drill", "--json", "--home", home)

    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert len(outcome["found"]) == 3
    assert not any(times for seen in outcome["found"].values() for times in seen.values())
    assert outcome["without_the_list"]["key"] == 1


def test_a_drill_that_sees_nothing_where_it_should_is_said_to_be_blind(home, monkeypatch, capsys):
    from circumspect.faces.cli import drilling
    from circumspect.home import Home

    nothing = {"name": 0, "key": 0, "bytes": 0}
    monkeypatch.setattr(
        drilling,
        "_on_copies",
        lambda *_: {"kept": False, "found": {"a": nothing}, "without_the_list": nothing},
    )

    assert drilling.drill(Home.open(home), as_json=False) == 1
    assert "blind" in capsys.readouterr().out


def test_an_old_key_store_copied_into_place_by_hand_is_not_believed(home, tmp_path):
    """No tool of ours was used: the file was simply put back while the server stood."""
    from circumspect.faces.cli import drilling

    whole = Path(shutil.copytree(home, tmp_path / "home"))
    person = {"family_name": "Zqzoldkeystore", "given_name": "Xj"}
    patron = drilling._step("register", whole, person)
    old_keys = (whole / "keys" / "keys.sqlite3").read_bytes()
    drilling._step("forget", whole, patron)

    (whole / "keys" / "keys.sqlite3").write_bytes(old_keys)
    for log in (whole / "keys").glob("keys.sqlite3-*"):
        log.unlink()

    assert drilling._step("look", whole, {**person, **patron}) == {"name": 0, "key": 0}


def test_a_step_that_fails_says_its_kind_and_quotes_nothing(tmp_path):
    """A mistake on a copy may quote a row; the drill's own sentence does not."""
    from circumspect.faces.cli import drilling
    from circumspect.faces.cli.problems import CommandError

    with pytest.raises(CommandError) as problem:
        drilling._step("look", tmp_path / "Zqznobody", {"family_name": "Zqzsecret"})

    assert "could not look on a copy" in str(problem.value)
    assert "Zqz" not in str(problem.value)


def test_what_a_killed_drill_left_behind_goes_with_the_next_one(tmp_path, monkeypatch):
    import os

    from circumspect.faces.cli import drilling

    monkeypatch.setattr(drilling.tempfile, "gettempdir", lambda: str(tmp_path))
    old, running, other = (
        tmp_path / name for name in ("circumspect-drill-old", "circumspect-drill-new", "elsewhere")
    )
    for folder in (old, running, other):
        (folder / "copy").mkdir(parents=True)
    for folder in (old, other):
        os.utime(folder, (0, 0))

    drilling._clear_up()

    assert [folder.exists() for folder in (old, running, other)] == [False, True, True]
