"""The packet: what is within a case's scope, read through the door, sealed, and handed over as it was looked through.

A packet is cut by the scope and by nothing else: the scope's lines are the question at the door, and every value is held
against the scope once more before it goes in. An officer's emergency answer asks the door under a purpose of its own, for
which the policy forbids everything but who somebody is.

What was looked through and authorised is what goes out: each step carries the packet's hash, and a packet that is
not of that hash is not handed over.

Source: clauses MP-3.3, MP-3.13, MP-3.14, MP-6.2; guarantee 9.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyrage
import pysequoia

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import caseids
from circumspect.offices.privacydesk.cases import SERIES, Seen, Upload, case_row, read_paper
from circumspect.offices.privacydesk.cases_models import CasePacket
from circumspect.offices.privacydesk.kinds import MACHINES, Kind
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.scopes import Scope, ScopeError, is_identity_only
from circumspect.records.gathering import gather
from circumspect.records.holdings import Collector
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

_MAY_HOLD_RECORDS = frozenset(machine.kind for machine in MACHINES.values() if machine.uses_records)


class PacketError(Exception):
    """There is no packet, or it is not the one that was looked through. Quotes nothing."""


class KeyRefusedError(ValueError):
    """The recipient's key cannot be used. Says why; quotes nothing."""


@dataclass(frozen=True, slots=True, repr=False)
class Value:
    """One value of a packet. Prints as nothing.

    Attributes:
        person: Counts the people whose records it holds, from 1.
        record: Counts the records of one series of one person, from 1.
    """

    person: int
    series: str
    record: int
    field: str
    value: str
    since: str


@dataclass(frozen=True, slots=True, repr=False)
class Packet:
    """What is to be handed over. Prints as nothing.

    Attributes:
        undated: Series of which records were left out because days were named and they keep none, with how many.
        papers: Of a communication's content: number, name and SHA-256 of each file.
        hash: SHA-256, hex, of the packet's text.
    """

    values: tuple[Value, ...]
    undated: Mapping[str, int]
    papers: tuple[tuple[int, str, str], ...]
    hash: str

    def manifest(self) -> list[tuple[str, str, int]]:
        """Series, field and how many values, without a value: what goes with the packet, and into the case."""
        counts: dict[tuple[str, str], int] = {}
        for each in self.values:
            counts[each.series, each.field] = counts.get((each.series, each.field), 0) + 1
        return [(series, field, count) for (series, field), count in counts.items()]


def cut(house: House, actor: Actor, seen: Seen, collectors: Mapping[str, Collector]) -> dict[str, str]:
    """Make a case's packet: read what its scope names, seal it, and say by which hash it is known.

    Called by ``cases.do`` within the step, after the step has been judged.

    Raises:
        StepError: There is no scope, or this kind may not hold records.
        Refused, DoorClosed: Nothing was read.
    """
    kind = seen.standing.kind
    try:
        scope = Scope.from_text(seen.standing.known.get("scope", ""))
    except ScopeError as problem:
        raise StepError({"": str(problem)}) from None
    emergency = kind == Kind.EMERGENCY
    if kind not in _MAY_HOLD_RECORDS or (emergency and not is_identity_only(scope)):
        raise StepError({"": "this kind of request cannot hold that"})
    values: list[Value] = []
    undated: dict[str, int] = {}
    for person, patron in enumerate(scope.patrons, 1):
        lines = scope.of(patron)
        found = gather(
            house,
            actor,
            patron,
            {series: line.fields for series, line in lines.items()},
            action=Action.DISCLOSE,
            purpose=Purpose.IDENTIFY if emergency else Purpose.DISCLOSE,
            circumstance=Circumstance.CASE,
            days={
                series: (line.first, line.last) for series, line in lines.items() if line.first or line.last
            },
            collectors=collectors,
        )
        for held in found.held:
            if not scope.allows(patron, held.series, held.field, held.since):
                raise PacketError("something outside the scope was read; nothing is kept")
            since = held.since.isoformat() if held.since else ""
            values.append(Value(person, held.series, held.record, held.field, held.value, since))
        for series, count in found.undated.items():
            undated[series] = undated.get(series, 0) + count
    return _keep(house, seen.id, values, undated, ())


def choose(house: House, actor: Actor, seen: Seen, papers: Sequence[int]) -> dict[str, str]:
    """Make a packet of the custodian's deposits that were chosen. It holds no value of any record.

    Raises:
        StepError: Nothing was chosen, or something that is no deposit of this case.
    """
    deposits = {paper.id: paper for paper in seen.papers if paper.role == "content"}
    if not papers or not set(papers) <= set(deposits):
        raise StepError({"": "choose what was deposited here as content"})
    told = []
    for number in papers:
        content = read_paper(house, actor, seen.id, number).content
        told.append((number, deposits[number].name, hashlib.sha256(content).hexdigest()))
    return {"content": json.dumps(list(papers)), **_keep(house, seen.id, (), {}, told)}


def _keep(
    house: House,
    case: int,
    values: Sequence[Value],
    undated: Mapping[str, int],
    papers: Sequence[tuple[int, str, str]],
) -> dict[str, str]:
    told = {
        "values": [[v.person, v.series, v.record, v.field, v.value, v.since] for v in values],
        "undated": dict(undated),
        "papers": [list(each) for each in papers],
    }
    text = json.dumps(told, separators=(",", ":"), ensure_ascii=False, sort_keys=True)
    number = caseids.new_id()
    sealed = house.vault.seal(case, SERIES, number, "packet", text)
    CasePacket.objects.update_or_create(case_id=case, defaults={"number": number, "sealed_packet": sealed})
    return {"packet": str(number), "packet_hash": hashlib.sha256(text.encode()).hexdigest()}


def look(house: House, actor: Actor, seen: Seen, action: Action = Action.VIEW) -> Packet:
    """A case's packet, to be looked through (VIEW) or handed over (DISCLOSE).

    Raises:
        PacketError: There is none, or it is not the one that the case's steps speak of.
        NoSuchCaseError, Refused, DoorClosed: Nothing was read.
    """
    case_row(house, actor, seen.id)
    with accesses.quietly(house, actor, seen.id, seen.access):
        parts = [
            Part(action, Purpose.DISCLOSE, SERIES, (seen.id,), frozenset({"packet"})),
            *_of_patrons(house, seen),
        ]
        opening = house.door.ask_all(actor, parts, circumstance=Circumstance.CASE)[0]
    row = CasePacket.objects.filter(case_id=seen.id).first()
    if row is None or str(row.number) != seen.standing.known.get("packet"):
        raise PacketError("there is no packet, or it was made anew; look at the case again")
    text = opening.read(Sealed(SERIES, "packet", seen.id, row.number, row.sealed_packet))
    digest = hashlib.sha256(text.encode()).hexdigest()
    if digest != seen.standing.known.get("packet_hash"):
        raise PacketError("the packet is not the one that was looked through")
    return _packet(json.loads(text), digest)


def _of_patrons(house: House, seen: Seen) -> list[Part]:
    """What a look at a packet is a look at: it is entered for those whose records it holds, as the cutting was.

    Of somebody who has been forgotten since nothing is entered: nobody is left to tell.
    """
    try:
        scope = Scope.from_text(seen.standing.known.get("scope", ""))
    except ScopeError:
        return []
    purpose = Purpose.IDENTIFY if seen.standing.kind == Kind.EMERGENCY else Purpose.DISCLOSE
    alive = house.vault.subjects_with_keys(scope.patrons)
    return [
        Part(Action.DISCLOSE, purpose, line.series, (line.patron,), line.fields)
        for line in scope.lines
        if line.patron in alive
    ]


def check_delivery(house: House, actor: Actor, seen: Seen) -> dict[str, str]:
    """That the packet about to be handed over is the one that was authorised. Raises StepError where it is not."""
    try:
        look(house, actor, seen, Action.DISCLOSE)
    except PacketError as problem:
        raise StepError({"": str(problem)}) from None
    return {}


def _packet(told: Mapping[str, Any], digest: str) -> Packet:
    return Packet(
        tuple(Value(*each) for each in told["values"]),
        dict(told["undated"]),
        tuple((int(number), str(name), str(sha)) for number, name, sha in told["papers"]),
        digest,
    )


def encrypted(content: bytes, key: str) -> tuple[bytes, str]:
    """Encrypt a file to the recipient's own key, and how such a file's name ends.

    Args:
        key: A public key of age ("age1…"), or of OpenPGP in armour.

    Raises:
        KeyRefusedError: It is neither, or cannot be used any more.
    """
    text = key.strip()
    if text.startswith("age1") and len(text.split()) == 1:
        try:
            return pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(text)]), "age"
        except (pyrage.RecipientError, pyrage.EncryptError):
            raise KeyRefusedError("this is not a public key of age") from None
    if "BEGIN PGP PRIVATE KEY" in text or text.startswith("AGE-SECRET-KEY"):
        raise KeyRefusedError("this is a private key: ask for the public one, and tell its owner")
    try:
        certificate = pysequoia.Cert.from_bytes(text.encode())
        if certificate.is_revoked:
            raise KeyRefusedError("this OpenPGP key was revoked")
        return pysequoia.encrypt(content, recipients=[certificate]), "pgp"
    except KeyRefusedError:
        raise
    except Exception:  # noqa: BLE001 - the library raises plain Exception for whatever is wrong with a key
        raise KeyRefusedError("this is neither a public key of age nor a usable one of OpenPGP") from None


def content_files(house: House, actor: Actor, seen: Seen, packet: Packet) -> list[Upload]:
    """The chosen files of a content packet, each held against its hash.

    Raises:
        PacketError: One is not what was chosen.
    """
    files = []
    for number, _name, sha in packet.papers:
        upload = read_paper(house, actor, seen.id, number)
        if hashlib.sha256(upload.content).hexdigest() != sha:
            raise PacketError("a file is not the one that was chosen")
        files.append(upload)
    return files
