"""Staff accounts from the command line, for whoever looks after the machine.

A password made here is printed once and opens only the step to choose another. Names and usernames of
colleagues are shown; nothing of a patron is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from circumspect.faces.cli.console import say, say_json, say_table
from circumspect.faces.cli.problems import CommandError
from circumspect.offices.staff import accounts, signoff
from circumspect.offices.staff.accounts import AccountError
from circumspect.offices.staff.models import StaffMember
from circumspect.offices.staff.roles import RoleError
from circumspect.records.catalog.usecases import known_codes


def add(username: str, name: str, roles: Sequence[str], branch: str, *, as_json: bool) -> None:
    """Make an account, and print its one-time password.

    Raises:
        CommandError: The account cannot be made so.
    """
    if branch not in known_codes()["branch"]:
        raise CommandError(
            "there is no such branch; the catalog's branches: " + ", ".join(sorted(known_codes()["branch"]))
        )
    try:
        added = accounts.add_member(username, name or username, roles, branch=branch)
    except (AccountError, RoleError) as problem:
        raise CommandError(str(problem)) from problem
    _print_once(added.member, added.one_time_password, as_json=as_json)


def reset_password(username: str, *, as_json: bool) -> None:
    """Give a new one-time password. Open sessions end."""
    member = _member(username)
    _print_once(member, accounts.reset_password(member), as_json=as_json)


def enable(username: str, *, as_json: bool) -> None:
    """Open a closed account again, with a new one-time password."""
    member = _member(username)
    _print_once(member, accounts.enable(member), as_json=as_json)


def change(username: str, what: Callable[[StaffMember], StaffMember], done: str) -> None:
    """Close an account, or take away its second factors. An open session ends."""
    member = what(_member(username))
    say(f"{member.username}: {done}")


def show(*, as_json: bool) -> None:
    """List every account."""
    unsigned = {member.pk for member in signoff.unsigned_members()}
    rows = [_as_row(member, unsigned) for member in accounts.list_members()]
    if as_json:
        say_json(rows)
        return
    heads = ("username", "name", "roles", "branch", "state")
    say_table(
        [[row["username"], row["name"], ",".join(row["roles"]), row["branch"], _state(row)] for row in rows],
        heads,
    )


def _as_row(member: StaffMember, unsigned: set[int]) -> dict[str, Any]:
    return {
        "username": member.username,
        "name": member.display_name,
        "roles": member.roles,
        "branch": member.branch,
        "active": member.active,
        "signed": member.active and member.pk not in unsigned,
        "must_change_password": member.must_change_password,
        "second_factor": member.totp_devices.filter(confirmed=True).exists() or member.passkeys.exists(),
    }


def _state(row: dict[str, Any]) -> str:
    if not row["active"]:
        return "disabled"
    lacking = {
        "policy not signed": not row["signed"],
        "first password not changed": row["must_change_password"],
        "no second factor": not row["second_factor"],
    }
    return ", ".join(words for words, is_so in lacking.items() if is_so) or "ready"


def _member(username: str) -> StaffMember:
    member = accounts.find_member(username)
    if member is None:
        raise CommandError("there is no such staff account; see: circumspect staff list")
    return member


def _print_once(member: StaffMember, one_time_password: str, *, as_json: bool) -> None:
    if as_json:
        say_json({"username": member.username, "one_time_password": one_time_password})
        return
    say(f"Username:          {member.username}")
    say(f"One-time password: {one_time_password}")
    say("It is shown this once. At the first sign-in it must be replaced by one of their own.")
