"""The policy version in force, and who has signed it. Until then the door opens nothing for them.

A version is in force from its moment until the next one's. It may ask everybody to sign anew, or let
earlier signatures stand, back to the last version that asked. Versions are published in order, and
never changed. Nothing is remembered between requests: a version that comes into force in mid-session
counts at the next request.

What the door does with an unsigned person is the policy's to say.

Source: clauses MP-7.16, TH-8.1; guarantee 5.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from circumspect.offices.staff import designations
from circumspect.offices.staff.models import PolicyVersion, SignOff, StaffMember
from circumspect.trust.policy.request import Actor, ActorKind


class SignOffError(Exception):
    """A version cannot be published so, or a signature cannot be taken. The message says why."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a signature is judged by: a version's number, and whether it asked for signatures anew."""

    number: str
    requires_signature: bool


def standing_signature(in_force_so_far: Sequence[Version], signed: Set[str]) -> str:
    """The number of the version a person's signatures stand for now. Pure.

    Args:
        in_force_so_far: The version in force first, then those before it, newest first.
        signed: Numbers of the versions the person has signed.

    Returns:
        The number in force where a signature counts; otherwise the newest one signed; "" for none.
    """
    for version in in_force_so_far:
        if version.number in signed:
            return in_force_so_far[0].number
        if version.requires_signature:
            break
    return next((version.number for version in in_force_so_far if version.number in signed), "")


def version_in_force(now: datetime | None = None) -> PolicyVersion | None:
    """The version in force at a moment, or None before the first."""
    moment = now or timezone.now()
    return PolicyVersion.objects.filter(in_force_from__lte=moment).order_by("-in_force_from").first()


def number_in_force(now: datetime | None = None) -> str:
    """The number in force, "" before the first. One plain statement: every question at the door asks it."""
    moment = connection.ops.adapt_datetimefield_value(now or timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM staff_policyversion WHERE in_force_from <= %s ORDER BY in_force_from DESC LIMIT 1",
            [moment],
        )
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def publish(
    number: str,
    policy_hash: str,
    text: str,
    *,
    requires_signature: bool,
    in_force_from: datetime,
    adopted_on: date | None = None,
) -> PolicyVersion:
    """Publish a version. Publishing the very same one again changes nothing.

    Args:
        policy_hash: SHA-256, hex, of the policy bundle.
        text: Markdown for staff to read.
        requires_signature: Must be True for the first version.
        adopted_on: The day the board adopted it; the day it comes into force where not given.

    Raises:
        SignOffError: The number is taken by another text, a field is empty or malformed, or it would
            come into force before a version already published.
    """
    if not 1 <= len(number) <= 32 or not text.strip():
        raise SignOffError("a version needs a number of at most 32 characters, and a text")
    if len(policy_hash) != 64 or not set(policy_hash) <= set("0123456789abcdef"):
        raise SignOffError("the policy hash is 64 hexadecimal digits")
    same = PolicyVersion.objects.filter(pk=number).first()
    if same is not None:
        return _unchanged(same, policy_hash, text, requires_signature)
    latest = PolicyVersion.objects.order_by("-in_force_from").first()
    if latest is None and not requires_signature:
        raise SignOffError("the first version must ask for signatures")
    if latest is not None and in_force_from <= latest.in_force_from:
        raise SignOffError(f"version {latest.number} comes into force at the same time or later")
    version = PolicyVersion(
        number=number,
        policy_hash=policy_hash,
        text=text,
        requires_signature=requires_signature,
        in_force_from=in_force_from,
        adopted_on=adopted_on or timezone.localdate(in_force_from),
    )
    version.save(force_insert=True)
    return version


def sign(
    member: StaffMember,
    version: PolicyVersion,
    *,
    discussed_with: StaffMember | None = None,
    now: datetime | None = None,
) -> SignOff:
    """Take a member's signature. Signing twice keeps the first.

    Args:
        version: The one in force, or one that is to come.
        discussed_with: The supervisor it was talked over with.

    Raises:
        SignOffError: The account is closed, the version is out of date, or it was discussed with oneself.
    """
    moment = now or timezone.now()
    if not StaffMember.objects.filter(pk=member.pk, active=True).exists():
        raise SignOffError("a closed account signs nothing")
    if discussed_with is not None and discussed_with.pk == member.pk:
        raise SignOffError("the policy is discussed with somebody else than oneself")
    current = version_in_force(moment)
    if current is not None and version.in_force_from < current.in_force_from:
        raise SignOffError(f"version {current.number} has taken its place")
    try:
        with transaction.atomic():
            return SignOff.objects.create(
                member=member, version=version, discussed_with=discussed_with, signed_at=moment
            )
    except IntegrityError:
        return SignOff.objects.get(member=member, version=version)


def signed_version(member: StaffMember, now: datetime | None = None) -> str:
    """What ``standing_signature`` says of this member at a moment. Two queries."""
    return _signed_among(member, _in_force_so_far(now))


def has_signed(member: StaffMember, now: datetime | None = None) -> bool:
    """Whether a member's signature covers the version in force; False where none is."""
    versions = _in_force_so_far(now)
    return bool(versions) and _signed_among(member, versions) == versions[0].number


def actor_for(member: StaffMember, now: datetime | None = None) -> Actor:
    """The member as the door knows them, made afresh at each request. Two queries, and one for a title.

    ``member`` is the one ``sessions.check`` has just read: its roles and standing are taken as they are.
    """
    return actor_and_version(member, now)[0]


def actor_and_version(member: StaffMember, now: datetime | None = None) -> tuple[Actor, str]:
    """The actor, and the number of the version in force ("" for none), from the same queries."""
    versions = _in_force_so_far(now)
    actor = Actor(
        kind=ActorKind.STAFF,
        id=str(member.pk),
        roles=designations.roles_now(member, now),
        active=member.active,
        signed_version=_signed_among(member, versions),
    )
    return actor, versions[0].number if versions else ""


def unsigned_members(now: datetime | None = None) -> list[StaffMember]:
    """Active members whose signature does not cover the version in force, by username."""
    versions = _in_force_so_far(now)
    wanted = versions[0].number if versions else ""
    signatures: dict[int, set[str]] = {}
    for member_pk, number in SignOff.objects.values_list("member_id", "version_id"):
        signatures.setdefault(member_pk, set()).add(number)
    members = StaffMember.objects.filter(active=True).order_by("username")
    return [
        member
        for member in members
        if not wanted or standing_signature(versions, signatures.get(member.pk, set())) != wanted
    ]


def _in_force_so_far(now: datetime | None) -> list[Version]:
    rows = (
        PolicyVersion.objects.filter(in_force_from__lte=now or timezone.now())
        .order_by("-in_force_from")
        .values_list("number", "requires_signature")
    )
    return [Version(number, requires) for number, requires in rows]


def _signed_among(member: StaffMember, versions: Sequence[Version]) -> str:
    if not versions:
        return ""
    signed = set(SignOff.objects.filter(member_id=member.pk).values_list("version_id", flat=True))
    return standing_signature(versions, signed)


def _unchanged(same: PolicyVersion, policy_hash: str, text: str, requires_signature: bool) -> PolicyVersion:
    if (same.policy_hash, same.text, same.requires_signature) != (policy_hash, text, requires_signature):
        raise SignOffError(
            f"version {same.number} is published already, and a published version never changes"
        )
    return same
