"""Machines that speak SIP2: their accounts, where they may come, and a walk through what they are told.

A machine's password is printed once. Nothing of a patron is printed: a card and a PIN for a walk are typed in
unseen, and the answers are shown masked.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from circumspect import composition
from circumspect.faces.cli.console import say, say_json, say_table
from circumspect.faces.cli.problems import CommandError
from circumspect.offices.terminals import accounts
from circumspect.offices.terminals.accounts import Account, Choices, TerminalError
from circumspect.records.catalog.usecases import known_codes

if TYPE_CHECKING:
    from circumspect.trust.door.house import House


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed about machines with ``serve``; "" for what was not."""

    plain: str = ""
    tls: str = ""
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    open_to_others: bool = False

    def __bool__(self) -> bool:
        return bool(self.plain or self.tls)


NOWHERE = Asked()


def add(
    house: House,
    name: str,
    profile: str,
    branch: str,
    choices: Choices,
    certificate: Path | None,
    *,
    as_json: bool,
) -> None:
    """Make a machine's account, and print login, password and institution once.

    Raises:
        CommandError: It cannot be made so.
    """
    if branch not in known_codes()["branch"]:
        raise CommandError(
            "there is no such branch; the catalog's branches: " + ", ".join(sorted(known_codes()["branch"]))
        )
    try:
        choices = replace(choices, certificate_sha256=_sha256(certificate))
        added = accounts.add(house, name, profile, branch=branch, choices=choices)
    except TerminalError as problem:
        raise CommandError(str(problem)) from problem
    account = added.account
    if as_json:
        say_json({**_row(account), "login": account.name, "password": added.password})
        return
    say(f"Login:       {account.name}")
    say(f"Password:    {added.password}")
    say(f"Institution: {account.institution}")
    say(
        f"It may ask {', '.join(sorted(account.messages))} and is told {', '.join(sorted(account.fields)) or 'nothing'}."
    )
    say("The password is shown this once.")


def show(*, as_json: bool) -> None:
    """List the machines in service."""
    found = accounts.all_terminals()
    if as_json:
        say_json([_row(each) for each in found])
        return
    say_table(
        [
            [
                each.name,
                str(each.profile.role).replace("_", "-"),
                each.branch,
                "card and PIN" if each.pin_required else "card",
                ",".join(map(str, each.networks)) or "anywhere",
                _proves(each),
            ]
            for each in found
        ],
        ("name", "profile", "branch", "asks for", "comes from", "proves itself by"),
    )


def revoke(name: str) -> None:
    """Take a machine out of service.

    Raises:
        CommandError: There is none of that name.
    """
    if not accounts.revoke(name):
        raise CommandError("there is no such machine in service; see: circumspect terminal list")
    say(f"{name}: out of service; a connection of it ends within seconds")


def walk(house: House, name: str, to: str, *, with_card: bool) -> None:
    """Walk a conversation as that machine, and print it with what is personal masked.

    Raises:
        CommandError: There is no such machine, or nobody answers as it.
    """
    account = accounts.find(name)
    if account is None:
        raise CommandError("there is no such machine in service; see: circumspect terminal list")
    trying = composition.machines().trying
    talk = trying.within(house, account)
    if to:
        host, port = address(to, "--to")
        try:
            talk = trying.over(host, port, account, _typed("The machine's password"))
        except OSError as problem:
            raise CommandError(
                f"the walk cannot begin: {problem.strerror or 'nobody answers there'}"
            ) from problem
    card, pin = (_typed("Card number"), _typed("PIN")) if with_card else ("", "")
    for step in trying.walk(talk, account, card=card, pin=pin):
        say(f"> {step.sent}")
        say(f"< {step.answered}")
    if not with_card:
        say(
            "A card nobody has was used. With --card you are asked for a card and PIN; both are printed nowhere."
        )


def _typed(what: str) -> str:
    """One line, unseen on a terminal."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, default="", show_default=False))
    return sys.stdin.readline().rstrip("\n")


def _row(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
        "profile": str(account.profile.role),
        "branch": account.branch,
        "institution": account.institution,
        "pin_required": account.pin_required,
        "no_block": account.no_block,
        "networks": [str(each) for each in account.networks],
        "proves_itself_by": _proves(account),
        "messages": sorted(account.messages),
        "fields": sorted(account.fields),
    }


def _proves(account: Account) -> str:
    if account.certificate_sha256:
        return "certificate"
    return "network" if account.by_network else "password"


def _sha256(certificate: Path | None) -> str:
    """Of a certificate in PEM; "" for none.

    Raises:
        CommandError: The file holds no certificate.
    """
    if certificate is None:
        return ""
    try:
        return sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text(encoding="ascii"))).hexdigest()
    except (ValueError, UnicodeDecodeError):
        raise CommandError("the certificate's file holds no certificate in PEM") from None


# serving


def address(text: str, option: str) -> tuple[str, int]:
    """Take HOST:PORT apart.

    Raises:
        CommandError: It is not that. Names the option.
    """
    host, colon, port = text.rpartition(":")
    host = host.strip("[]")
    if not colon or not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise CommandError(f"{option} is HOST:PORT, such as 127.0.0.1:6001")
    return host, int(port)


def listening(asked: Asked) -> Any:
    """Where machines will come, checked: addresses, files, and that plain lines stay on this machine.

    Raises:
        CommandError: One of them does not do.
    """
    from circumspect.faces.cli.serving import is_loopback

    host, port = address(asked.plain, "--sip2") if asked.plain else ("", 0)
    if host and not is_loopback(host) and not asked.open_to_others:
        raise CommandError(
            "plain SIP2 shows cards and PINs to everybody on the line: listen on 127.0.0.1, use --sip2-tls, or, on a"
            " network of machines alone, add --sip2-open"
        )
    tls_host, tls_port = address(asked.tls, "--sip2-tls") if asked.tls else ("", 0)
    if tls_port and not (asked.certificate and asked.key):
        raise CommandError("--sip2-tls needs --tls-cert and --tls-key")
    room = composition.machines()
    wanted = room.Listening(host, port, tls_host, tls_port, asked.certificate, asked.key, asked.client_ca)
    try:
        room.check(wanted)
    except (OSError, ssl.SSLError) as problem:
        raise CommandError(
            "the certificate, its key or the client CA cannot be read, or do not fit"
        ) from problem
    return wanted


def announce(asked: Asked) -> None:
    """Say where machines may come, and to whom the plain port is open."""
    from circumspect.faces.cli.serving import is_loopback

    if asked.plain:
        host, _ = address(asked.plain, "--sip2")
        whom = "this machine alone" if is_loopback(host) else "other machines, in plain text"
        say(f"SIP2 at {asked.plain}: open to {whom}.")
    if asked.tls:
        shown = "with a client certificate" if asked.client_ca else "without client certificates"
        say(f"SIP2 over TLS at {asked.tls}, {shown}.")


def ports(wanted: Any) -> Sequence[tuple[str, int]]:
    """The addresses that have to be free."""
    return [each for each in ((wanted.host, wanted.port), (wanted.tls_host, wanted.tls_port)) if each[1]]
