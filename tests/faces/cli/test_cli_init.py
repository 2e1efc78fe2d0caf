"""``circumspect init``: a home is made whole or not at all, and its first password is shown once."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest
from cli_support import (
    COMMAND,
    circumspect,
    environment,
    is_one_plain_sentence,
    killed_at,
    on_home,
    wait_until,
)


def test_help_names_the_exit_codes() -> None:
    done = circumspect("--help")

    assert done.code == 0
    for line in ("0    done", "1    done", "2    not done", "130  interrupted"):
        assert line in done.output


def test_an_empty_library_has_what_it_needs_and_no_more(tmp_path: Path) -> None:
    """One branch, the usual item types, a rule that fits all, one person, a policy nobody has signed."""
    done = circumspect("init", tmp_path / "home", "--institution", "4711", "--language", "pl", "--json")

    assert done.code == 0
    assert done.json["username"] == "director"
    script = (
        "from circumspect.records.catalog.usecases import known_codes\n"
        "from circumspect.records.circulation.models import LoanRule\n"
        "from circumspect.records.patrons.models import Patron\n"
        "from circumspect.offices.staff.models import StaffMember, PolicyVersion, SignOff\n"
        "print(sorted(known_codes()['branch']), len(known_codes()['item_type']), LoanRule.objects.count(),"
        " Patron.objects.count(), StaffMember.objects.count(), PolicyVersion.objects.count(), SignOff.objects.count(),"
        " house.home.config['library']['languages'])"
    )
    assert on_home(tmp_path / "home", script).output == "['main'] 10 1 0 1 1 0 ['pl', 'en', 'es']\n"


@pytest.mark.clause("MP-7.10")
def test_the_first_password_is_stored_nowhere(tmp_path: Path) -> None:
    password = circumspect("init", tmp_path / "home", "--json").json["one_time_password"]

    files = [path for path in (tmp_path / "home").rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [path.name for path in files if password.encode() in path.read_bytes()]
    assert password not in circumspect("staff", "list", "--home", tmp_path / "home", "--json").output


def test_everything_in_a_new_home_is_its_owners_alone(made_sample: Path) -> None:
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (made_sample, *made_sample.rglob("*"))}

    assert len(modes) > 8
    assert not {str(path): oct(mode) for path, mode in modes.items() if mode & 0o077}


def test_the_sample_library_is_whole(made_sample: Path) -> None:
    """Everybody has signed, what is out is out, and some of it is overdue."""
    script = (
        "from circumspect.records.circulation.models import Loan\n"
        "from circumspect.records.catalog.models import Item, Title\n"
        "from circumspect.records.patrons.models import Patron\n"
        "from circumspect.offices.staff import signoff\n"
        "now = house.clock().timestamp()\n"
        "print(Patron.objects.count(), Title.objects.count() >= 300, Item.objects.count(), Loan.objects.count(),"
        " Item.objects.filter(status='on_loan').count(), Loan.objects.filter(due_at__lt=now).count() > 5,"
        " signoff.unsigned_members())"
    )
    assert on_home(made_sample, script).output == "520 True 1115 181 181 True []\n"


def test_a_home_is_not_made_over_another(empty: Path) -> None:
    before = (empty / "keys" / "kek-0001.key").read_bytes()

    done = circumspect("init", empty)

    assert is_one_plain_sentence(done)
    assert "not empty" in done.errors
    assert (empty / "keys" / "kek-0001.key").read_bytes() == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("--institution", "12a4"), ("--institution", "12345"), ("--name", "a\nb"), ("--name", "x" * 121)],
)
def test_what_cannot_stand_in_a_config_is_refused_before_anything_is_made(
    tmp_path: Path, option: str, value: str
) -> None:
    done = circumspect("init", tmp_path / "home", option, value)

    assert is_one_plain_sentence(done)
    assert value not in done.errors
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_init_that_is_interrupted_leaves_nothing(tmp_path: Path, how: signal.Signals) -> None:
    home = tmp_path / "home"
    making = subprocess.Popen(
        [*COMMAND, "init", str(home), "--sample"],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background hands down a Ctrl-C that is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: (home / ".being-made" / "home" / "data" / "records.sqlite3").exists())
    making.send_signal(how)

    assert making.wait(120) == 130
    assert making.stderr is not None
    assert making.stderr.read().strip() == "circumspect: interrupted; what was finished before is kept."
    assert not home.exists()


def test_an_init_that_is_killed_leaves_no_home_and_the_next_one_makes_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    patch = "from circumspect.faces.cli import founding\nfounding._fill = die"

    assert killed_at(patch, "init", home) == -signal.SIGKILL
    assert not (home / "config.toml").exists()
    assert circumspect("init", home).code == 0
    assert sorted(path.name for path in home.iterdir()) == ["config.toml", "data", "keys"]


def test_an_init_killed_while_its_parts_are_put_in_place_is_finished_by_the_next(tmp_path: Path) -> None:
    home = tmp_path / "home"
    patch = (
        "import pathlib\nreal = pathlib.Path.rename\n"
        "def rename(self, to):\n    die() if self.name == 'config.toml' else None\n    return real(self, to)\n"
        "pathlib.Path.rename = rename"
    )
    assert killed_at(patch, "init", home) == -signal.SIGKILL
    assert not (home / "config.toml").exists()

    done = circumspect("init", home)

    assert "not empty" in done.errors
    assert circumspect("keys", "status", "--home", home).code == 0


def test_two_inits_of_one_home_do_not_meet(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = subprocess.Popen(
        [*COMMAND, "init", str(home), "--sample"], env=environment(), stdout=subprocess.DEVNULL
    )
    wait_until(lambda: (home / ".being-made").exists())
    time.sleep(0.2)

    second = circumspect("init", home)

    assert is_one_plain_sentence(second)
    assert "is being made by another process" in second.errors
    assert first.wait(300) == 0
    assert (home / "config.toml").exists()


def test_a_full_disk_is_said_plainly_and_nothing_is_left(tmp_path: Path) -> None:
    """A limit on file size stands for the disk: the system refuses to write more in both cases."""

    def small_disk() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = circumspect("init", tmp_path / "home", before=small_disk)

    assert is_one_plain_sentence(done)
    assert not (tmp_path / "home").exists()


def test_a_read_only_folder_is_said_plainly(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)

    done = circumspect("init", closed / "home", wrapper=_without_roots_rights())

    assert is_one_plain_sentence(done)
    assert "cannot be written" in done.errors


def _without_roots_rights() -> tuple[str, ...]:
    """Root writes into any folder; take that right away from the command alone."""
    lost = "-dac_override,-dac_read_search,-fowner"
    return ("setpriv", f"--bounding-set={lost}") if os.geteuid() == 0 else ()


def test_keys_can_be_made_elsewhere_from_the_start(made_empty: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "other-disk"
    elsewhere.mkdir(mode=0o700)
    config = tmp_path / "config.toml"
    text = (made_empty / "config.toml").read_text()
    config.write_text(text.replace('folder = "keys"', f'folder = "{elsewhere}"'))

    assert circumspect("init", tmp_path / "home", "--config", config).code == 0
    assert {path.name for path in elsewhere.iterdir()} >= {"kek-0001.key", "ledger.ed25519", "keys.sqlite3"}
    assert not list((tmp_path / "home").rglob("kek-*"))
