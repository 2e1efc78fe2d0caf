"""Machines from the command line: accounts, a walk, and serving them beside the desk."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli_support import (
    COMMAND,
    PATIENCE_SECONDS,
    answers,
    circumspect,
    environment,
    is_one_plain_sentence,
    on_home,
    wait_until,
)


def add(home: Path, name: str, *options: str) -> Any:
    return circumspect("terminal", "add", name, *options, "--home", home, "--json").json


@contextmanager
def serving_machines(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], int, int]]:
    """The server with a port for the desk and one for machines."""
    # Two ports asked for at once: one after the other might be the same.
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        web, sip2 = one.getsockname()[1], other.getsockname()[1]
    server = subprocess.Popen(
        [*COMMAND, "serve", "--home", str(home), "--http", f"127.0.0.1:{web}", "--sip2", f"127.0.0.1:{sip2}", *options],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_until(lambda: (answers(web) and answers(sip2)) or server.poll() is not None)
        yield server, web, sip2
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait(PATIENCE_SECONDS)


def card_of_somebody(home: Path) -> str:
    """The card of one of the sample's people, with a PIN set, as the desk would."""
    script = """
from circumspect.records.patrons import cards
from circumspect.records.patrons.registration import Registration, register
from circumspect.offices.staff import signoff
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance
clerk = Actor(ActorKind.STAFF, "1", frozenset({"desk"}), True, signoff.number_in_force())
number = cards.next_barcode(house)
patron = register(house, clerk, Registration("Canaryname", "Zosia", card_number=number))
cards.set_pin(house, clerk, patron, "7391", circumstance=Circumstance.CARD_SCANNED)
print(number)
"""
    done = on_home(home, script)
    assert done.code == 0, done.errors
    return done.output.strip()


def test_a_machine_is_made_listed_walked_served_and_taken_out_of_service(sample: Path) -> None:
    """One library, one morning: everything an operator does, and nothing of a patron printed on the way."""
    card = card_of_somebody(sample)
    made = add(sample, "check-1", "--profile", "self-check", "--with-pin")
    spoken = circumspect("terminal", "add", "vendor", "--profile", "e-content", "--home", sample)
    listed = circumspect("terminal", "list", "--home", sample, "--json").json
    table = circumspect("terminal", "list", "--home", sample).output

    assert made["login"] == "check-1"
    assert made["institution"]
    assert len(made["password"]) == 24
    assert "Password:" in spoken.output
    assert "BL, CQ" in spoken.output
    assert [each["name"] for each in listed] == ["check-1", "vendor"]
    assert made["password"] not in json.dumps(listed) + table

    walked = subprocess.run(
        [*COMMAND, "terminal", "test", "check-1", "--card", "--home", str(sample)],
        env=environment(), input=f"{card}\n7391\n", capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True,
    )  # fmt: skip
    assert "BLY" in walked.stdout
    assert "AE***" in walked.stdout
    assert not [
        each for each in (card, "7391", "Zosia", "Canaryname") if each in walked.stdout + walked.stderr
    ]

    with serving_machines(sample) as (server, web, port):
        over = subprocess.run(
            [*COMMAND, "terminal", "test", "check-1", "--to", f"127.0.0.1:{port}", "--card", "--home", str(sample)],
            env=environment(), input=f"{made['password']}\n{card}\n7391\n", capture_output=True, text=True,
            timeout=PATIENCE_SECONDS, check=False,
        )  # fmt: skip
        assert over.returncode == 0, (over.stderr, server.poll())
        assert "BLY" in over.stdout
        with socket.create_connection(("127.0.0.1", port), timeout=20) as machine:
            machine.sendall(f"9300CNcheck-1|CO{made['password']}|\r".encode())
            assert machine.recv(99) == b"941\r"
            circumspect("terminal", "revoke", "check-1", "--home", sample)
            server.send_signal(signal.SIGINT)
            output, errors = server.communicate(timeout=120)
            assert machine.recv(99) == b""

    assert server.returncode == 0, errors
    assert f"SIP2 at 127.0.0.1:{port}: open to this machine alone." in output
    assert f"http://127.0.0.1:{web}/" in output
    assert card not in output + errors
    assert errors == "", errors
    assert not answers(port)
    assert [each["name"] for each in circumspect("terminal", "list", "--home", sample, "--json").json] == [
        "vendor"
    ]


REFUSALS = [
    (("terminal", "add", "x1", "--profile", "telescope"), "the profile is one of"),
    (("terminal", "add", "x1", "--profile", "sorter", "--branch", "moon"), "no such branch"),
    (("terminal", "test", "nobody"), "no such machine"),
    (("serve", "--sip2", "0.0.0.0:6001"), "plain SIP2 shows cards and PINs"),
    (("serve", "--sip2-tls", "127.0.0.1:6002"), "needs --tls-cert and --tls-key"),
    (
        ("serve", "--sip2-tls", "127.0.0.1:6002", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"),
        "cannot be read",
    ),
]


def test_what_cannot_be_done_is_said_in_a_sentence(empty: Path) -> None:
    for words, reason in REFUSALS:
        refused = circumspect(*words, "--home", empty)

        assert is_one_plain_sentence(refused), refused
        assert reason in refused.errors
