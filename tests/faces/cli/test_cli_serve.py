"""Serving: it starts, says where, tends the house, stops when told, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from cli_support import answers, circumspect, free_port, on_home, serving, wait_until

from circumspect.sample import PATRON


def test_the_sample_is_served_tended_and_stopped(sample: Path) -> None:
    """The desk answers, its sign-ins are printed, the ledger is signed unasked, and stopping is clean."""
    port = free_port()
    with serving(sample, port) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=20) as page:
            assert page.status == 200
            assert page.headers["Cache-Control"]
        typed = urllib.parse.urlencode(dict(zip(("card", "pin"), PATRON, strict=True))).encode()
        home = f"http://127.0.0.1:{port}"
        form = urllib.request.Request(f"{home}/my/sign-in/", typed, {"Origin": home})
        # Refused, it would be 403; signed in, the way leads on, and back to the form, since no cookie is kept here.
        with urllib.request.urlopen(form, timeout=20) as page:
            assert page.status == 200
        wait_until(lambda: circumspect("ledger", "verify", "--home", sample).code == 0)
        server.send_signal(signal.SIGINT)
        output, errors = server.communicate(timeout=120)

    assert server.returncode == 0
    assert f"http://127.0.0.1:{port}/" in output
    assert "brass-stamp-blue-ink" in output
    assert f"/my/: card {PATRON[0]}, PIN {PATRON[1]}" in output
    assert "Stopped." in output
    assert errors == ""


@pytest.mark.clause("TH-1.11")
def test_no_log_says_who_looked_at_what(sample: Path) -> None:
    port = free_port()
    with serving(sample, port) as server:
        for path in ("/?q=21234000000018", "/nowhere/21234000000018/", "/clauses/MP-3.2/"):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20).close()
            except urllib.error.HTTPError as refused:
                refused.close()
        server.terminate()
        output, errors = server.communicate(timeout=120)

    assert "21234000000018" not in output + errors
    assert not [path for path in sample.rglob("*") if path.is_file() and b"/nowhere/" in path.read_bytes()]


def test_a_server_killed_outright_takes_its_child_along_and_the_home_is_free(sample: Path) -> None:
    port = free_port()
    with serving(sample, port) as server:
        server.kill()
        server.wait(120)
        wait_until(lambda: not answers(port))

    with serving(sample, port) as again:
        assert again.poll() is None


def test_a_real_library_prints_no_sign_in(empty: Path) -> None:
    with serving(empty, free_port()) as server:
        server.terminate()
        output, _ = server.communicate(timeout=120)

    assert "Sample sign-ins" not in output
    assert "Clover Public Library: the desk is at" in output


def test_a_home_of_an_older_program_is_brought_up_to_date(empty: Path) -> None:
    """A migration that has not been applied yet is applied before the first answer."""
    undo = (
        "from django.core.management import call_command\n"
        "call_command('migrate', 'importing', 'zero', database='default', verbosity=0, interactive=False)"
    )
    assert on_home(empty, undo).code == 0
    assert "older shape" in circumspect("doctor", "--home", empty).output

    with serving(empty, free_port()) as server:
        assert server.poll() is None
        server.terminate()
        output, _ = server.communicate(timeout=120)

    assert "Bringing 1 of 3 databases up to date" in output
    assert "older shape" not in circumspect("doctor", "--home", empty).output


def test_memory_of_the_serving_processes_is_small(sample: Path) -> None:
    """All three together, the annex too, after some pages; the bench measures an hour's load."""
    port = free_port()
    with serving(sample, port) as server:
        for _ in range(30):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=20).close()
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        kilobytes = [_private_kilobytes(int(pid)) for pid in (server.pid, *children)]

    assert len(kilobytes) == 3
    assert sum(kilobytes) < 300 * 1024


def _private_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def test_the_server_says_when_its_working_process_dies(sample: Path) -> None:
    with serving(sample, free_port()) as server:
        child = int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()[-1])
        os.kill(child, signal.SIGKILL)

        assert server.wait(120) != 0
