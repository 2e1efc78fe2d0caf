"""Make, find, check and close the accounts of machines.

A machine proves who it is by password, by a client certificate, or, where the library chose so, by the
network it comes from. Its password is made here, shown once, and kept as a slow salted hash with a key of
the vault mixed in. A check costs one hash whoever is named, so that a stopwatch tells nobody which machines
there are.

Source: clauses MP-3.6, MP-7.10, MP-7.14.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from django.db import IntegrityError, transaction

from circumspect.offices.terminals.models import Terminal
from circumspect.offices.terminals.profiles import PROFILES, Profile
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another in print
_LONGEST_PASSWORD = 255
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_THROW_AWAY = _HASHER.hash(secrets.token_hex(16))
_IDLE = range(10, 86_401)


class ErrorDetection(StrEnum):
    """Whether lines carry sequence numbers and checksums."""

    FOLLOW = "follow"
    ALWAYS = "always"
    NEVER = "never"


TERMINATORS = {"cr": b"\r", "crlf": b"\r\n", "lf": b"\n"}
ENCODINGS = ("cp850", "utf-8")


class TerminalError(ValueError):
    """An account cannot be made so. The message says which choice, and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """One machine, as it was when it was last looked up. The password is not in it.

    Attributes:
        actor: Who it is at the door: its number, and its profile's role.
    """

    id: int
    name: str
    profile: Profile
    institution: str
    branch: str
    networks: tuple[Network, ...]
    certificate_sha256: str
    by_network: bool
    encoding: str
    error_detection: ErrorDetection
    terminator: bytes
    pin_required: bool
    no_block: bool
    name_instead: str
    messages: frozenset[str]
    fields: frozenset[str]
    idle_seconds: int
    actor: Actor = field(init=False)

    def __post_init__(self) -> None:
        """Say once who it is: every message asks for it."""
        actor = Actor(ActorKind.TERMINAL, str(self.id), frozenset({str(self.profile.role)}))
        object.__setattr__(self, "actor", actor)

    def may_come_from(self, address: str) -> bool:
        """Whether this address is within its networks."""
        return not self.networks or _within(address, self.networks)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a library chooses for one machine, beyond its profile.

    Attributes:
        networks: CIDR texts, such as "10.1.0.0/16".
        pin_required: Whether it serves by card and PIN alone; None for what its profile begins with.
        more, fewer: Fields and messages added to the profile's lists, and taken from them.
    """

    institution: str = ""
    networks: Sequence[str] = ()
    certificate_sha256: str = ""
    by_network: bool = False
    encoding: str = "cp850"
    error_detection: str = "follow"
    terminator: str = "cr"
    pin_required: bool | None = None
    no_block: bool = False
    name_instead: str = "Patron"
    more: Iterable[str] = ()
    fewer: Iterable[str] = ()
    idle_seconds: int = 600


@dataclass(frozen=True, slots=True, repr=False)
class Added:
    """A new account, and its password, which is shown once and kept nowhere."""

    account: Account
    password: str


def add(house: House, name: str, profile: str, *, branch: str, choices: Choices = Choices()) -> Added:
    """Make an account.

    Raises:
        TerminalError: A choice does not do. Names it.
    """
    wanted = _known_profile(profile)
    if not _NAME.fullmatch(name):
        raise TerminalError(
            "the name is 2 to 40 small letters, digits, dots, hyphens or underscores, such as selfcheck-1"
        )
    messages, fields = _lists(wanted, choices)
    password = new_password()
    row = Terminal(
        name=name,
        profile=str(wanted.role),
        password=_HASHER.hash(_peppered(house, password)),
        institution=choices.institution or str(house.home.setting("library", "institution", "main")),
        branch=branch,
        networks=_checked_networks(choices),
        certificate_sha256=_checked_certificate(choices.certificate_sha256),
        by_network=choices.by_network,
        encoding=_one_of(choices.encoding, ENCODINGS, "the encoding"),
        error_detection=_one_of(choices.error_detection, tuple(ErrorDetection), "error detection"),
        terminator=_one_of(choices.terminator, tuple(TERMINATORS), "the terminator"),
        pin_required=not wanted.may_skip_pin if choices.pin_required is None else choices.pin_required,
        no_block=choices.no_block,
        name_instead=choices.name_instead,
        messages=sorted(messages),
        fields=sorted(fields),
        idle_seconds=choices.idle_seconds,
    )
    if choices.idle_seconds not in _IDLE:
        raise TerminalError("the idle time is 10 seconds to a day")
    if choices.no_block and not messages & {"09", "11", "29"}:
        raise TerminalError("this machine lends and takes back nothing, so it has nothing to send later")
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise TerminalError("there is a machine of this name; choose another") from None
    return Added(_account(row), password)


def new_password() -> str:
    """A password of five groups of four, 99 bits. It has no bar: it travels in a SIP2 field."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(5))


def all_terminals() -> list[Account]:
    """Every machine in service, by name."""
    return [_account(row) for row in Terminal.objects.filter(active=True).order_by("name")]


def revoke(name: str) -> bool:
    """Take a machine out of service, for good; whether there was one. A running server notices in seconds."""
    # The name is free again: a new machine of that name is another number to the ledger.
    row = Terminal.objects.filter(name=name, active=True).first()
    if row is None:
        return False
    return bool(
        Terminal.objects.filter(pk=row.pk).update(
            active=False,
            name=f"{name[:28]}#{row.pk}",
            password="",
            networks=[],
            certificate_sha256="",
            by_network=False,
            messages=[],
            fields=[],
        )
    )


def find(name: str) -> Account | None:
    """The machine of that name, if it is in service."""
    row = Terminal.objects.filter(name=name, active=True).first()
    return _account(row) if row else None


def still(account: Account) -> Account | None:
    """The account as it is now; None where it was taken out of service."""
    row = Terminal.objects.filter(pk=account.id, active=True).first()
    return _account(row) if row else None


def log_in(
    house: House, name: str, raw_password: str, *, address: str, certificate_sha256: str = ""
) -> Account | None:
    """The account that name and password prove, coming from there; None for every other answer.

    One hash is computed whoever is named.
    """
    wanted = name.strip().casefold()
    row = Terminal.objects.filter(name=wanted, active=True).first() if _NAME.fullmatch(wanted) else None
    stored = row.password if row is not None and row.password else _THROW_AWAY
    right = _matches(stored, _peppered(house, raw_password[:_LONGEST_PASSWORD]))
    if row is None or not row.password or not right:
        return None
    account = _account(row)
    if account.certificate_sha256 and not hmac.compare_digest(account.certificate_sha256, certificate_sha256):
        return None
    return account if account.may_come_from(address) else None


def recognise(*, address: str, certificate_sha256: str = "") -> Account | None:
    """The account that needs no password here: by its certificate, or by its network where that is enough."""
    if certificate_sha256:
        row = Terminal.objects.filter(certificate_sha256=certificate_sha256, active=True).first()
        account = _account(row) if row else None
        return account if account and account.may_come_from(address) else None
    found = [
        account
        for account in map(_account, Terminal.objects.filter(by_network=True, active=True).order_by("pk"))
        if account.networks and not account.certificate_sha256 and account.may_come_from(address)
    ]
    # Two machines on one network cannot be told apart by it: each has to log in.
    return found[0] if len(found) == 1 else None


def _account(row: Terminal) -> Account:
    profile = PROFILES[row.profile]
    return Account(
        id=row.pk,
        name=row.name,
        profile=profile,
        institution=row.institution,
        branch=row.branch,
        networks=tuple(ipaddress.ip_network(each) for each in row.networks),
        certificate_sha256=row.certificate_sha256,
        by_network=row.by_network,
        encoding=row.encoding,
        error_detection=ErrorDetection(row.error_detection),
        terminator=TERMINATORS[row.terminator],
        pin_required=row.pin_required or not profile.may_skip_pin,
        no_block=row.no_block,
        name_instead=row.name_instead,
        # A hand in the table widens nothing: what the profile may not have is not there.
        messages=frozenset(row.messages) & profile.all_messages,
        fields=frozenset(row.fields) & profile.all_fields,
        idle_seconds=row.idle_seconds,
    )


def _known_profile(code: str) -> Profile:
    profile = PROFILES.get(code.replace("-", "_"))
    if profile is None:
        raise TerminalError(
            "the profile is one of " + ", ".join(each.replace("_", "-") for each in sorted(PROFILES))
        )
    return profile


def _lists(profile: Profile, choices: Choices) -> tuple[frozenset[str], frozenset[str]]:
    more, fewer = frozenset(choices.more), frozenset(choices.fewer)
    for each in sorted(more - profile.all_messages - profile.all_fields):
        raise TerminalError(f"{_shown(each)} cannot be given to this profile")
    for each in sorted(fewer - profile.all_messages - profile.all_fields):
        raise TerminalError(f"{_shown(each)} is not one of this profile's fields and messages")
    if choices.pin_required is False and not profile.may_skip_pin:
        raise TerminalError("only a self-check may serve by card alone; this profile needs the PIN")
    messages = (profile.messages | (more & profile.more_messages)) - fewer
    fields = (profile.fields | (more & profile.more_fields)) - fewer
    return messages, fields


def _shown(word: str) -> str:
    return word if re.fullmatch(r"[A-Za-z0-9-]{1,20}", word) else "what was typed"


def _checked_networks(choices: Choices) -> list[str]:
    found = []
    for text in choices.networks:
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError:
            raise TerminalError("a network is written like 10.1.0.0/16 or 10.1.2.3") from None
    if choices.by_network and not found:
        raise TerminalError("to be known by its network, a machine needs one: add --network")
    return found


def _checked_certificate(text: str) -> str:
    plain = text.replace(":", "").strip().casefold()
    if plain and not re.fullmatch(r"[0-9a-f]{64}", plain):
        raise TerminalError("the certificate's SHA-256 is 64 hexadecimal digits")
    return plain


def _one_of(value: str, known: Sequence[str], what: str) -> str:
    if value not in known:
        raise TerminalError(f"{what} is one of {', '.join(known)}")
    return str(value)


def _within(address: str, networks: Iterable[Network]) -> bool:
    try:
        where = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = where.ipv4_mapped if isinstance(where, ipaddress.IPv6Address) else None
    return any((mapped or where) in network for network in networks)


def _peppered(house: House, password: str) -> str:
    # Another message than a PIN's: no machine's password is anybody's PIN, scrambled alike.
    return hmac.digest(
        house.vault.pin_key(), b"terminal\0" + password.encode("utf-8", "surrogatepass"), "sha256"
    ).hex()


def _matches(stored: str, peppered: str) -> bool:
    try:
        return _HASHER.verify(stored, peppered)
    except VerificationError:
        return False
