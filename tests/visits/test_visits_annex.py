"""The annex as a process, its database, and the website that tells it."""

from __future__ import annotations

import gzip
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from visits_support import FIREFOX, at, counted, look

from circumspect.home import Home, HomeError
from circumspect.visits import __main__ as program
from circumspect.visits import accesslog, annex
from circumspect.visits.settings import Settings, settings_of
from circumspect.visits.store import Store, StoreError
from circumspect.visits.tables import AREA
from circumspect.visits.telling import Line


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "visits")


@pytest.fixture
def running(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A real annex."""
    process = start(settings)
    yield process
    process.kill()
    process.wait()


def start(settings: Settings, **environment: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        program.arguments(settings, beside_server=False), env={**os.environ, **environment}
    )
    until(settings.socket.exists)
    return process


def until(done: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def areas(settings: Settings) -> dict[str, tuple[int, int]]:
    store = Store(settings, to_read=True)
    found = store.rows(f"SELECT area, SUM(views), SUM(visits) FROM {AREA.name} GROUP BY area")
    store.close()
    return {area: (views, visits) for area, views, visits in found}


@pytest.mark.clause("TH-2.3", "TH-2.8")
def test_a_look_goes_to_another_process_and_is_a_sum_there(
    settings: Settings, running: subprocess.Popen[bytes]
):
    line = Line(settings.socket)
    assert line.send(look("events/film"))
    assert line.send(look("news"))
    running.send_signal(signal.SIGTERM)

    assert running.wait(120) == 0
    assert areas(settings) == {"events": (1, 1), "news": (1, 0)}


@pytest.mark.attack(12)
@pytest.mark.clause("TH-2.4", "TH-2.8")
def test_nothing_of_who_looked_reaches_the_disk(settings: Settings, running: subprocess.Popen[bytes]):
    """Not the address, not the browser, not when the process stops."""
    line = Line(settings.socket)
    for number in range(200):
        assert line.send(look(address=f"198.51.100.{number}", browser=f"{FIREFOX} canary-browser"))
    running.send_signal(signal.SIGTERM)
    running.wait(120)

    assert areas(settings)["events"] == (200, 200)
    written = {path.name: path.read_bytes() for path in settings.folder.iterdir()}
    assert set(written) == {"visits.sqlite3", "visits.log"}
    assert not any(b"198.51.100" in each or b"canary" in each for each in written.values())


def test_the_annex_knows_nothing_of_the_house(settings: Settings):
    """Neither Django nor a room of the house is in the process; nor a home, whose settings name other databases."""
    code = (
        "import sys, circumspect.visits.__main__, circumspect.visits.accesslog\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('django', 'cryptography') or"
        " name.startswith(('circumspect.trust', 'circumspect.records', 'circumspect.offices', 'circumspect.faces'))])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
    assert not any(
        "config.toml" in each or each == "--home" for each in program.arguments(settings, beside_server=True)
    )


def test_the_annexs_memory_is_kept_from_disk_and_neighbours(
    settings: Settings, running: subprocess.Popen[bytes]
):
    """No core file; and its memory is not another process's to read, as the system shows by whose it says it is."""
    limits = Path(f"/proc/{running.pid}/limits").read_text()
    core = next(text for text in limits.splitlines() if text.startswith("Max core file size"))

    assert core.split()[4:6] == ["0", "0"]
    if os.geteuid() == 0:
        locked = Path(f"/proc/{running.pid}/status").read_text().partition("VmLck:")[2].split()[0]
        said = settings.log.read_text()
        assert (int(locked) > 0) == ("never swapped out" in said)


def test_nonsense_on_the_socket_counts_nothing_and_stops_nothing(
    settings: Settings, running: subprocess.Popen[bytes]
):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as raw:
        raw.connect(str(settings.socket))
        raw.sendall(b'\x00\xff\n[]\n{"a":1}\n["a",1,2,3,4,5]\n"x"\n' + b"[" * 3000 + b"\n" + b"y" * 200_000)
    Line(settings.socket).send(look())
    running.send_signal(signal.SIGTERM)

    assert running.wait(120) == 0
    assert areas(settings) == {"events": (1, 1)}


def test_without_an_annex_a_look_is_lost_and_nothing_waits(settings: Settings):
    started = time.perf_counter()
    assert not Line(settings.socket).send(look())
    assert time.perf_counter() - started < 5  # a page would not wait; only a busy machine does


def test_a_second_annex_in_one_folder_does_not_start(settings: Settings, running: subprocess.Popen[bytes]):
    second = subprocess.run(program.arguments(settings, beside_server=False), timeout=30)

    assert second.returncode == 2
    assert "another annex" in settings.log.read_text()


def test_a_path_that_is_too_long_for_a_socket_will_do(tmp_path: Path):
    far = Settings(tmp_path / ("long" * 30) / "visits")
    far.folder.parent.mkdir()
    process = start(far)
    try:
        assert Line(far.socket).send(look())
    finally:
        process.terminate()
        process.wait(120)
    assert areas(far) == {"events": (1, 1)}


def test_sums_are_added_to_sums(settings: Settings):
    store = Store(settings)
    for _ in range(2):
        store.add(counted((look(), at(9)), (look("news"), at(9, 5))))
    store.close()

    assert areas(settings) == {"events": (2, 2), "news": (2, 0)}


def test_the_database_is_the_annexs_own_file_and_keeps_no_journal(settings: Settings):
    """A journal that stays behind would tell what changed last."""
    store = Store(settings)
    store.add(counted((look(), at(9))))
    store.close()

    assert settings.file.stat().st_mode & 0o777 == 0o600
    assert settings.folder.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in settings.folder.iterdir()] == ["visits.sqlite3"]


def test_a_database_that_is_none_is_said_without_its_address(settings: Settings, tmp_path: Path):
    settings.folder.mkdir()
    settings.file.write_bytes(b"no database" * 100)
    with pytest.raises(StoreError, match="visits database"):
        Store(settings)
    with pytest.raises(StoreError) as problem:
        Store(Settings(tmp_path, "postgresql://visits:secret-word@127.0.0.1:1/none"))
    assert "secret-word" not in str(problem.value)
    assert "secret-word" not in repr(Settings(tmp_path, "postgresql://visits:secret-word@127.0.0.1:1/none"))


@pytest.mark.clause("TH-2.4")
@pytest.mark.parametrize(
    ("hours", "decision"), [(24, ""), (24, "yes"), (73, "Board, 2026-11-02, minute 7"), (-1, "x" * 20)]
)
def test_addresses_are_not_kept_without_a_decision_or_for_more_than_days(
    tmp_path: Path, hours: int, decision: str
):
    with pytest.raises(HomeError, match=r"keep_addresses"):
        Settings(tmp_path, keep_hours=hours, decision=decision)


@pytest.mark.clause("TH-2.4")
def test_addresses_that_a_library_must_keep_are_gone_after_their_hours(tmp_path: Path):
    """In the annex only, by the hour, and the table goes with the decision."""
    from circumspect.visits.counting import Counting

    keeping = Settings(tmp_path / "visits", keep_hours=24, decision="Board, 2026-11-02, minute 7")
    store = Store(keeping)
    store.add(counted((look(), at(9)), (look(), at(12)), counting=Counting(keep_addresses=True)))
    store.forget_addresses(at(10, day=24), 24)
    left = store.rows("SELECT hour, address, views FROM visits_address")
    store.close()
    assert left == [("2026-11-23T12", "198.51.100.7", 1)]

    Store(Settings(tmp_path / "visits")).close()
    with sqlite3.connect(keeping.file) as raw:
        tables = {name for (name,) in raw.execute("SELECT name FROM sqlite_master")}
    assert "visits_address" not in tables
    assert b"198.51.100.7" not in keeping.file.read_bytes()


# past figures


LOG = (
    '198.51.100.7 - - [22/Nov/2026:10:00:00 -0600] "GET /events/?q=secret-word HTTP/1.1" 200 512'
    f' "https://example.org/search?q=x" "{FIREFOX}"\n'
    f'198.51.100.7 - ada [22/Nov/2026:10:10:00 -0600] "GET /news/today.html HTTP/1.1" 200 512 "-" "{FIREFOX}"\n'
    f'198.51.100.7 - - [22/Nov/2026:10:10:01 -0600] "GET /logo.png HTTP/1.1" 200 512 "-" "{FIREFOX}"\n'
    f'198.51.100.7 - - [22/Nov/2026:10:10:02 -0600] "GET /my/loans/ HTTP/1.1" 200 512 "-" "{FIREFOX}"\n'
    f'198.51.100.7 - - [22/Nov/2026:10:10:03 -0600] "POST /ask/ HTTP/1.1" 200 512 "-" "{FIREFOX}"\n'
    f'198.51.100.7 - - [22/Nov/2026:10:10:04 -0600] "GET /gone/ HTTP/1.1" 404 512 "-" "{FIREFOX}"\n'
    '203.0.113.9 - - [22/Nov/2026:23:59:59 -0600] "GET / HTTP/1.1" 200 512 "-" "Googlebot/2.1 (+http://x)"\n'
    "what is this\n"
    '203.0.113.9 - - [99/Zzz/2026:10:00:00 -0600] "GET / HTTP/1.1" 200 512 "-" "-"\n'
)


@pytest.mark.clause("TH-2.3", "TH-2.6", "TH-2.7")
def test_an_access_log_leaves_sums_and_nothing_else(settings: Settings, tmp_path: Path):
    path = tmp_path / "access.log"
    path.write_text(LOG)
    store = Store(settings)
    report = accesslog.take_in(store, [path], "America/Chicago")
    again = accesslog.take_in(store, [path], "America/Chicago")
    store.close()

    assert (report.lines, report.counted, report.days) == (9, 2, {"2026-11-22"})
    assert dict(report.passed_over) == {
        "not a page": 1, "not measured": 1, "no page was sent": 2, "programs": 1, "not understood": 2,
    }  # fmt: skip
    assert (again.counted, again.days_there_already) == (0, {"2026-11-22"})
    assert areas(settings) == {"events": (1, 1), "news": (1, 0)}
    assert not any(word in settings.file.read_bytes() for word in (b"secret", b"search", b"198.51", b"ada"))


def test_the_common_format_and_packed_logs_are_read_too(settings: Settings, tmp_path: Path):
    """Without the browser's name programs cannot be told from people: they are counted in."""
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(
        gzip.compress(b'192.0.2.1 - - [01/Feb/2025:06:00:00 +0000] "GET /site/hours/ HTTP/1.0" 200 5\n')
    )
    store = Store(settings)
    report = accesslog.take_in(store, [path], "America/Chicago", below="/site/")
    store.close()

    assert report.counted == 1
    assert areas(settings) == {"hours": (1, 1)}


def test_the_command_takes_a_log_in_and_says_what_became_of_it(home: Home, tmp_path: Path, capsys: Any):
    from circumspect.faces.cli import annexing

    path = tmp_path / "access.log"
    path.write_text(LOG)
    annexing.take_in(home, [path], below="/", leave_out=[], as_json=False)

    said = capsys.readouterr().out
    assert "9 lines, 2 looks at pages counted, on 1 days." in said
    assert "secret" not in said
    assert areas(settings_of(home)) == {"events": (1, 1), "news": (1, 0)}


def test_a_look_is_read_back_as_it_was_handed_in():
    assert annex.read(json.dumps(look()).encode()) == look()
