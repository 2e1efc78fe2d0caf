"""Three steps with one version of the policy: read to its end, talked over, signed (MP-7.16).

    shown to its end -> talked over with a supervisor, on a day -> that supervisor says so too -> signed

Each step waits for the one before, and the signature waits for all. The first person of a new library has
nobody to talk to: while no other open account may confirm, the second step is passed over, and the
row says that nobody confirmed. A version that asks for signatures anew asks for all three steps again.

Which signature opens the door is ``signoff``'s to say; here is the only way on screen to get one.

Source: clause MP-7.16; issue "The privacy desk", section 1.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from circumspect.offices.staff import designations, signoff
from circumspect.offices.staff.models import Orientation, PolicyVersion, SignOff, StaffMember
from circumspect.trust.policy.request import Role

# Who may confirm that it was talked over.
SUPERVISORS = frozenset(
    {
        Role.SUPERVISOR.value,
        Role.CIRCULATION_LEAD.value,
        Role.PRIVACY_IN_CHARGE.value,
        Role.DEPUTY_DIRECTOR.value,
        Role.EXECUTIVE_DIRECTOR.value,
    }
)


class OrientationError(ValueError):
    """A step was taken out of its turn, or a field is at fault. ``field`` names it, "" for none."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Steps:
    """How far somebody has come with one version.

    Attributes:
        needs_talk: There is somebody to talk it over with.
        signed_at: None until it is signed.
    """

    read_at: dt.datetime | None
    discussed_with: StaffMember | None
    discussed_on: dt.date | None
    confirmed_at: dt.datetime | None
    needs_talk: bool
    signed_at: dt.datetime | None

    @property
    def next(self) -> str:
        """The step that comes next: "read", "discuss", "wait", "sign", or "" when all is done."""
        if self.signed_at is not None:
            return ""
        if self.read_at is None:
            return "read"
        if not self.needs_talk or self.confirmed_at is not None:
            return "sign"
        return "wait" if self.discussed_with is not None else "discuss"


def steps(member: StaffMember, version: PolicyVersion) -> Steps:
    """How far a member has come. Three queries."""
    row = Orientation.objects.filter(member=member, version=version).select_related("discussed_with").first()
    signature = SignOff.objects.filter(member=member, version=version).first()
    return Steps(
        row.read_at if row else None,
        row.discussed_with if row else None,
        row.discussed_on if row else None,
        row.confirmed_at if row else None,
        bool(supervisors_for(member)),
        signature.signed_at if signature else None,
    )


def supervisors_for(member: StaffMember, now: dt.datetime | None = None) -> list[StaffMember]:
    """Colleagues with an open account who may confirm that it was talked over, by name."""
    others = StaffMember.objects.filter(active=True).exclude(pk=member.pk).order_by("display_name", "pk")
    return [each for each in others if is_supervisor(each, now)]


def is_supervisor(member: StaffMember, now: dt.datetime | None = None) -> bool:
    """Whether a member may confirm for others."""
    return member.active and bool(SUPERVISORS & designations.roles_now(member, now))


def note_read(member: StaffMember, shown: str, *, now: dt.datetime | None = None) -> Orientation:
    """Note that the end of a version was reached. Reading it twice keeps the first.

    Args:
        shown: The number of the version that was on the page.

    Raises:
        OrientationError: Another version is in force by now.
    """
    moment = now or timezone.now()
    version = _in_force(moment)
    if shown != version.number:
        raise OrientationError("Another version is in force by now. Read this one.")
    row, _ = Orientation.objects.get_or_create(member=member, version=version)
    if row.read_at is None:
        row.read_at = moment
        row.save(update_fields=["read_at"])
    return row


def note_talk(
    member: StaffMember, supervisor_pk: str, raw_day: str, *, now: dt.datetime | None = None
) -> Orientation:
    """Note with whom it was talked over and when; the supervisor is then asked to say so too.

    Raises:
        OrientationError: It was not read yet, or the supervisor or the day is at fault.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        row = _row(member, moment)
        if row.read_at is None:
            raise OrientationError("Read it to its end first.")
        chosen = next(
            (each for each in supervisors_for(member, moment) if str(each.pk) == supervisor_pk), None
        )
        if chosen is None:
            raise OrientationError("Say with whom you talked it over.", field="discussed_with")
        try:
            day = dt.date.fromisoformat(raw_day)
        except ValueError:
            raise OrientationError("Say on which day.", field="discussed_on") from None
        if not timezone.localdate(row.read_at) <= day <= timezone.localdate(moment):
            raise OrientationError(
                "It is talked over after it was read, and not in days to come.", field="discussed_on"
            )
        row.discussed_with, row.discussed_on, row.confirmed_at = chosen, day, None
        row.save()
    return row


def waiting_for(supervisor: StaffMember, now: dt.datetime | None = None) -> list[Orientation]:
    """Conversations that a supervisor is asked to confirm, oldest first."""
    moment = now or timezone.now()
    version = signoff.version_in_force(moment)
    return list(
        Orientation.objects.filter(
            version=version, discussed_with=supervisor, confirmed_at__isnull=True, member__active=True
        )
        .select_related("member")
        .order_by("discussed_on", "pk")
    )


def confirm(
    supervisor: StaffMember, orientation_pk: int, *, took_place: bool, now: dt.datetime | None = None
) -> None:
    """Say that the conversation took place, or that it did not: then it is to be had.

    Raises:
        OrientationError: Nobody asked this supervisor.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        row = (
            Orientation.objects.select_for_update()
            .filter(pk=orientation_pk, discussed_with=supervisor, confirmed_at__isnull=True)
            .exclude(member=supervisor)
            .first()
        )
        if row is None or not is_supervisor(StaffMember.objects.get(pk=supervisor.pk), moment):
            raise OrientationError("Nobody asks you to confirm this.")
        if took_place:
            row.confirmed_at = moment
        else:
            row.discussed_with, row.discussed_on = None, None
        row.save()


def sign(member: StaffMember, shown: str, *, now: dt.datetime | None = None) -> SignOff:
    """Sign the version in force, after the other two steps.

    Raises:
        OrientationError: One of them is missing, or another version is in force by now.
        SignOffError: The account is closed.
    """
    moment = now or timezone.now()
    version = _in_force(moment)
    if shown != version.number:
        raise OrientationError("Another version is in force by now. Read this one.")
    done = steps(member, version)
    if done.next == "":
        return SignOff.objects.get(member=member, version=version)
    if done.next != "sign":
        raise OrientationError("Read it to its end, and talk it over, before you sign.")
    return signoff.sign(member, version, discussed_with=done.discussed_with, now=moment)


def _in_force(moment: dt.datetime) -> PolicyVersion:
    version = signoff.version_in_force(moment)
    if version is None:
        raise OrientationError("No policy is in force.")
    return version


def _row(member: StaffMember, moment: dt.datetime) -> Orientation:
    Orientation.objects.get_or_create(member=member, version=_in_force(moment))
    return Orientation.objects.select_for_update().get(member=member, version=_in_force(moment))
