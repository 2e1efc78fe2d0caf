"""What the staff office can say of the library's promises.

Source: clauses MP-7.1, MP-7.3, MP-7.4, MP-7.10, MP-7.13, MP-7.16; guarantee 5.
"""

from __future__ import annotations

from circumspect.offices.staff import coverage, duelist, signoff
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.promises import Promise
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Circumstance, Purpose, Request


def unsigned_open_nothing(house: House) -> Promise:
    """Whether the policy refuses everybody who has not signed the version in force: asked, not assumed."""
    now = house.clock()
    unsigned = signoff.unsigned_members(now)
    open_to = []
    for member in unsigned:
        actor, version = signoff.actor_and_version(member, now)
        request = Request(
            actor=actor,
            action=Action.VIEW,
            purpose=Purpose.SERVE,
            series="registration",
            fields=frozenset({"given_name"}),
            circumstance=Circumstance.CARD_SCANNED,
            reason=None,
            own_record=False,
            subjects=1,
            version_in_force=version,
        )
        if house.policy.decide(request).allowed:
            open_to.append(member.username)
    said = f"{len(unsigned)} active accounts have not signed the version in force; the door is open to none of them."
    if open_to:
        said = f"The door is open to {', '.join(open_to)}, who have not signed."
    return Promise(
        "Staff who have not signed open nothing",
        ("MP-7.16",),
        not open_to,
        said,
        "disable these accounts" if open_to else "",
    )


def designated_are_ready(house: House) -> Promise:
    """Whether those who may authorise a disclosure are trained, reviews are made in time, and opening hours are covered."""
    now = house.clock()
    late = duelist.overdue_duties(now)
    gaps = coverage.gaps(zone_of(house), now)
    said = (
        "Trainings and reviews are made in time, and somebody is on duty in every hour of the week to come."
    )
    if gaps:
        said = f"On {len(gaps)} days of branches in the week to come, nobody is on duty in some open hours."
    if late:
        said = f"{len(late)} trainings or reviews are overdue."
    instead = (
        "look at Office, Who is due" if late else "put somebody on the roster: Office, Designations and duty"
    )
    kept = not late and not gaps
    return Promise(
        "Few people answer inquiries, and they are ready",
        ("MP-7.1", "MP-7.3", "MP-7.4", "MP-7.13"),
        kept,
        said,
        "" if kept else instead,
    )


def policy_is_in_force(house: House) -> Promise:
    """Whether the rules the program decides by are those that staff have signed."""
    version = signoff.version_in_force(house.clock())
    kept = version is not None and version.policy_hash == house.policy.hash
    said = "No version of the policy is in force: the door opens for nobody."
    if version is not None:
        said = f"Version {version.number} is in force, and the program decides by it."
        if not kept:
            said = f"Version {version.number} is in force, and the program decides by other rules."
    return Promise(
        "Decisions follow the signed policy",
        ("MP-7.16",),
        kept,
        said,
        "" if kept else "circumspect policy publish",
    )
