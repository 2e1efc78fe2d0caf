"""Give and read roles from the policy's closed list. What a role opens is decided there, never here.

Pure: no Django. A role that is not on the list cannot be given, and one that stands in a row
all the same (an older program, a hand in the database) counts for nothing.

Source: issue "The privacy desk", section 1; clauses MP-5.1, MP-7.17.
"""

from __future__ import annotations

from collections.abc import Iterable

from circumspect.trust.policy.request import Role


class RoleError(ValueError):
    """The roles asked for cannot be given. The message names the rule, never what was typed."""


ROLES: frozenset[str] = frozenset(role.value for role in Role)


def checked(roles: Iterable[str]) -> list[str]:
    """Return the roles sorted and without doubles, fit to be stored.

    Raises:
        RoleError: None is given; one is not on the closed list (its position is named);
            or a trustee would hold another role, and with it what the other role opens.

    Source: MP-7.17 (trustees hold no right to patron data).
    """
    wanted = list(roles)
    if not wanted:
        raise RoleError("at least one role is needed")
    for position, role in enumerate(wanted, start=1):
        if not isinstance(role, str) or role not in ROLES:
            raise RoleError(
                f"role {position} of {len(wanted)} is not on the list: {', '.join(sorted(ROLES))}"
            )
    distinct = sorted({str(role) for role in wanted})
    if Role.TRUSTEE in distinct and len(distinct) > 1:
        raise RoleError("a trustee holds no other role (MP-7.17)")
    return distinct


def held(stored: object) -> frozenset[str]:
    """The roles a stored value really gives: a broken value gives none, a trustee's gives only that one."""
    if not isinstance(stored, list):
        return frozenset()
    roles = frozenset(role for role in stored if isinstance(role, str) and role in ROLES)
    return frozenset({Role.TRUSTEE.value}) if Role.TRUSTEE in roles else roles
