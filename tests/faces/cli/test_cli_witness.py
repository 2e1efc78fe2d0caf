"""A library and its witness, each with the real command; and a house that enters that it is awake."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import COMMAND, circumspect, environment, on_home

CLERK = "clerk.village.example"


@pytest.fixture
def witness(tmp_path: Path) -> tuple[Path, str]:
    """A witness's folder and its public key."""
    done = circumspect("witness", "init", tmp_path / "witness", "--name", CLERK)
    assert done.code == 0, done.errors
    return tmp_path / "witness", done.output.strip().splitlines()[-1]


@pytest.fixture
def address(witness: tuple[Path, str]) -> Iterator[str]:
    """The witness's server, as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*COMMAND, "witness", "serve", str(witness[0]), "--http", f"127.0.0.1:{port}"],
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert CLERK in process.stdout.readline()
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(timeout=120)


def trusted(home: Path, witness: tuple[Path, str]) -> None:
    """Each is told the other's key."""
    done = circumspect("ledger", "witness", witness[1], "--home", home)
    key = re.search(r"this key: (\S+)", done.output)
    assert key, done.errors
    assert circumspect("witness", "trust", witness[0], key[1]).code == 0


@pytest.mark.attack(6)
@pytest.mark.clause("MP-7.15")
def test_a_ledger_put_back_to_an_old_copy_is_convicted_by_its_witness(sample, witness, address, tmp_path):
    """Database and signing key are both the attacker's; the witness's signature is not."""
    trusted(sample, witness)
    old = shutil.copytree(sample / "data", tmp_path / "old")
    on_home(sample, "house.door.beat(); house.ledger.checkpoint()")

    assert circumspect("ledger", "witness", witness[1], "--url", address, "--home", sample).code == 0
    report = circumspect("ledger", "verify", "--json", "--home", sample).json
    assert (report["verdict"], report["covered_cosigned"]) == ("ok", report["entries"])
    kept = tmp_path / "kept.checkpoint"
    kept.write_text(on_home(sample, "print(house.ledger.latest_checkpoint().note, end='')").output, "utf-8")

    shutil.rmtree(sample / "data")
    shutil.copytree(old, sample / "data")
    on_home(sample, "house.ledger.checkpoint()")
    assert circumspect("ledger", "verify", "--checkpoint", kept, "--home", sample).code == 1
    refused = circumspect("ledger", "witness", witness[1], "--url", address, "--home", sample)
    assert "old copy" in refused.output + refused.errors


def test_a_witness_without_a_line_is_served_by_files(sample, witness, tmp_path):
    trusted(sample, witness)
    circumspect("ledger", "checkpoint", "--home", sample)
    request, answer = tmp_path / "request.txt", tmp_path / "answer.txt"

    assert circumspect("ledger", "request", CLERK, "--out", request, "--home", sample).code == 0
    assert circumspect("witness", "sign", witness[0], request, "--out", answer).code == 0
    done = circumspect("ledger", "cosigned", CLERK, answer, "--home", sample)

    assert "vouches for the first" in done.output
    listed = circumspect("ledger", "witness", "--json", "--home", sample).json
    assert listed["witnesses"][0]["covers"] == listed["entries"] > 0
    assert "entries" in circumspect("witness", "status", witness[0]).output


def test_a_request_that_was_answered_before_says_what_to_do(sample, witness, tmp_path):
    trusted(sample, witness)
    circumspect("ledger", "checkpoint", "--home", sample)
    request = tmp_path / "request.txt"
    circumspect("ledger", "request", CLERK, "--out", request, "--home", sample)
    circumspect("witness", "sign", witness[0], request)
    on_home(sample, "house.door.beat(); house.ledger.checkpoint()")
    circumspect("ledger", "request", CLERK, "--out", request, "--home", sample)

    again = circumspect("witness", "sign", witness[0], request)

    assert again.code == 2
    since = re.search(r"--since (\d+)", again.errors)
    assert since
    circumspect("ledger", "request", CLERK, "--since", since[1], "--out", request, "--home", sample)
    assert circumspect("witness", "sign", witness[0], request).code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ledger", "witness", "no key"), "name+keyid+base64"),
        (("ledger", "request", "nobody"), "no witness of that name"),
    ],
)
def test_what_is_no_witness_is_refused_in_plain_words(sample, words, says):
    done = circumspect(*words, "--home", sample)

    assert done.code == 2
    assert says in done.errors


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_house_that_is_awake_says_so_and_a_stopped_writer_shows_as_a_silence(
    house: Any, clock: Any
) -> None:
    from circumspect.faces.cli.tending import tend
    from circumspect.faces.cli.witnessing import longest_silences

    for _ in range(3):
        assert tend(house, sweep=False)["heartbeats entered"] == 1
        clock.forward(minutes=5)
    assert longest_silences(house.ledger) == []
    last = house.ledger.entries(house.ledger.size() - 1, house.ledger.size())[0].body
    assert (last["fields"], last["marks"], last["actor"]) == ([], [], "job:heartbeat")

    clock.forward(hours=6)
    tend(house, sweep=False)

    silence = longest_silences(house.ledger)
    assert len(silence) == 1
    assert silence[0]["from"] < silence[0]["to"]


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_a_witness_that_is_away_holds_up_nothing(house: Any, tmp_path: Path) -> None:
    from circumspect.faces.cli import witnesses
    from circumspect.faces.cli.tending import tend
    from circumspect.trust.ledger.witness import Witness

    away = Witness.create(tmp_path / "w", "away.example")
    chosen = house.home.root / witnesses.FILE
    witnesses.choose(house.home, away.vkey, "http://127.0.0.1:9")
    try:
        done = tend(house, sweep=False)
    finally:
        chosen.unlink()

    assert done["ledger entries witnessed"] == 0
    assert done["heartbeats entered"] == 1
