"""Serve a home: the desk over HTTP, machines over SIP2, and the upkeep beside them, in one working process.

Before anything answers: the home is held for this server alone, its keys fit its key store, its
databases have the shape this program needs, and the port is free. A small parent holds the lock and
waits; its one child answers requests with a few threads and tends the house. No access log is kept:
it would be a record of who looked at what, outside the ledger.

Source: the founding issue, sections 4 to 6.
"""

from __future__ import annotations

import ctypes
import ipaddress
import signal
import socket
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connections
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import Server

from circumspect import composition
from circumspect.faces.cli import annexing, machines, making, tending
from circumspect.faces.cli.console import say
from circumspect.faces.cli.homes import closed_afterwards, the_house
from circumspect.faces.cli.problems import CommandError
from circumspect.home import Home
from circumspect.records.circulation.rulebook import refuse_bad_settings
from circumspect.records.inquiries.mailsettings import MailSettings, place
from circumspect.sample import PATRON
from circumspect.sample import staff as sample_staff

# Requests wait for the disk and for Argon2, not for one another; more threads would only hold more memory.
THREADS = 4
_STOP_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def address(http: str) -> tuple[str, int]:
    """Take HOST:PORT apart.

    Raises:
        CommandError: It is not that.
    """
    host, colon, port = http.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError("--http is HOST:PORT, such as 127.0.0.1:8000")
    return host, int(port)


def refuse_plain_http(home: Home, host: str, *, insecure_ok: bool) -> None:
    """Plain HTTP stays on this machine.

    Raises:
        CommandError: The address is another, ``[web] https`` is false, and nobody said that is meant.
    """
    if insecure_ok or is_loopback(host) or home.setting("web", "https", False):
        return
    raise CommandError(
        "this address can be reached from other machines, and plain HTTP would show them everything: put a TLS proxy"
        " before the server and set [web] https = true, or serve on 127.0.0.1, or add --insecure-ok"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def refuse_taken_port(host: str, port: int, option: str = "--http") -> None:
    """The server's own socket would share a taken port in silence: look first.

    Raises:
        CommandError: Another program listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            raise CommandError(
                f"cannot listen on {host} port {port}: {problem.strerror}. Stop what uses it, or choose another with {option}"
            ) from problem


def serve(home: Home, http: str, *, insecure_ok: bool, asked: machines.Asked = machines.NOWHERE) -> None:
    """Serve until told to stop.

    Args:
        asked: What was typed about machines that speak SIP2.

    Raises:
        CommandError, HomeError, VaultError: The home cannot be served; nothing was answered.
    """
    host, port = address(http)
    refuse_plain_http(home, host, insecure_ok=insecure_ok)
    listening = machines.listening(asked) if asked else None
    mail = MailSettings.of(home)
    refuse_bad_settings(home)
    with home.only_server():
        refuse_taken_port(host, port)
        if mail.mailbox and mail.smtp:
            refuse_taken_port(*place("smtp", mail.smtp), option="[mail] smtp in config.toml")
        for each in machines.ports(listening) if listening else ():
            refuse_taken_port(*each, option="--sip2 or --sip2-tls")
        with closed_afterwards():
            _bring_up_to_date()
            the_house()
            application = get_wsgi_application()
        announce(home, host, port, asked)
        server = Server(
            "circumspect.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=THREADS,
            log_level=LogLevels.warning,
            log_access=False,
            workers_kill_timeout=_STOP_SECONDS,
        )
        with annexing.beside(home):
            server.serve(target_loader=lambda: _in_the_child(application, listening), wrap_loader=False)
        with closed_afterwards():
            the_house().ledger.checkpoint()
    say("Stopped. Everything entered is kept.")


def _bring_up_to_date() -> None:
    behind = making.databases_behind()
    if behind:
        say(f"Bringing {len(behind)} of 3 databases up to date ...")
        making.migrate()


def _in_the_child(application: Callable[..., Any], listening: Any) -> Callable[..., Any]:
    """What the working process does once, before its first request."""
    # Should the parent be killed outright, nobody would be left who can be told to stop: go with it.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    connections.close_all()
    tending.start(the_house())
    if listening is not None:
        composition.machines().begin(the_house(), listening)
    composition.mail().begin(the_house())
    return application


def announce(home: Home, host: str, port: int, asked: machines.Asked) -> None:
    """Say where the desk is and where machines may come, and for a sample library, who may sign in."""
    shown = "127.0.0.1" if host == "0.0.0.0" else f"[{host}]" if ":" in host else host  # noqa: S104
    say(f"{home.setting('library', 'name', 'The library')}: the desk is at http://{shown}:{port}/")
    say(f"The library's website, for everybody: http://{shown}:{port}/{settings.PUBLIC_SITE}")
    machines.announce(asked)
    if home.is_sample:
        say("Sample sign-ins (invented people; a sample library needs no second factor):")
        for member in sample_staff():
            say(f"  {member.username:<10} {member.password:<28} {', '.join(member.roles)}")
        say(f"A patron, at http://{shown}:{port}/{settings.PUBLIC_PORTAL}: card {PATRON[0]}, PIN {PATRON[1]}")
    say("Stop with Ctrl-C.")
