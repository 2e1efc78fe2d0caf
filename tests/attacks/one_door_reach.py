"""Every role, action, purpose, series and single field, at the door itself: what does an opening reach?

Two patrons have every field there is. Whatever the policy allows is asked for field by field, and the
opening is then held against everything that is sealed: it reads the one field of the one patron, and
nothing else, and after ten minutes nothing at all.

Source: guarantee 2; clauses MP-2.2, MP-3.1, MP-7.15.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "trust" / "policy"))

from one_door_canaries import Field

VERSION = "2026-11"
ONE, TWO = 7_390_001, 7_390_002


@dataclass
class Reach:
    """What a sweep came to.

    Attributes:
        faults: Where an opening read what it does not name, or did not read what it names.
    """

    asked: int = 0
    allowed: int = 0
    refused: int = 0
    reads: int = 0
    faults: list[str] = field(default_factory=list)
    opened: set[tuple[str, str, Field]] = field(default_factory=set)  # kind or role, action, field


class Sweep:
    """Asks at the door of one house."""

    def __init__(
        self, house: Any, *, stride: int = 1, every_circumstance: bool = False, most: int = 10**9
    ) -> None:
        from circumspect.trust.policy.fields import Fields
        from circumspect.trust.vault.sealed import Sealed

        self.house = house
        self.stride = stride
        self.most = most
        self.every_circumstance = every_circumstance
        self.reach = Reach()
        self.fields = [(name, each) for name, one in Fields.load().series.items() for each in one.fields]
        sealers = house.vault.new_subjects([ONE, TWO])
        self.sealed = {
            (who, series, name): Sealed(
                series, name, who, who, sealers[who].seal(series, who, name, _value(who, series, name))
            )
            for who in (ONE, TWO)
            for series, name in self.fields
        }
        self._kept: list[tuple[Any, int, Field]] = []

    def run(self) -> Reach:
        """Ask everything, then let ten minutes go by."""
        known = _known_to_be_allowed()
        for number, (actor, action, purpose) in enumerate(self._asks()):
            who = next(iter(actor.roles), str(actor.kind))
            for place, one in enumerate(self.fields):
                circumstance = known.get((who, action, purpose, one))
                if circumstance or (number + place) % self.stride == 0:
                    self._ask(actor, action, purpose, one, circumstance)
            if self.reach.allowed >= self.most:
                break
        self._later(599.0, "is over too early", ends=False)
        self._later(1.0, "still reads after ten minutes", ends=True)
        return self.reach

    def _asks(self) -> Iterator[tuple[Any, Any, Any]]:
        from circumspect.trust.policy.request import Action, Actor, ActorKind, MachineRole, Purpose, Role

        actors = [Actor(ActorKind.STAFF, "1", frozenset({str(role)}), True, VERSION) for role in Role]
        actors += [Actor(ActorKind.STAFF, "1", frozenset(), True, VERSION), Actor(ActorKind.PATRON, str(ONE))]
        actors += [Actor(ActorKind.TERMINAL, "kiosk"), Actor(ActorKind.JOB, "any")]
        actors += [Actor(ActorKind.TERMINAL, "1", frozenset({str(role)})) for role in MachineRole]
        yield from product(actors, Action, Purpose)

    def _ask(self, actor: Any, action: Any, purpose: Any, one: Field, known: Any) -> None:
        from circumspect.trust.door.errors import Refused
        from circumspect.trust.policy.request import Reason

        series, name = one
        for circumstance in (
            [known] if known and not self.every_circumstance else self._circumstances(purpose)
        ):
            self.reach.asked += 1
            # Asked of the policy first, which remembers: the door is asked what it will allow, and some of the rest.
            likely = self.house.policy.decide(
                self._request(actor, action, purpose, one, circumstance)
            ).allowed
            if not likely and self.reach.asked % 97:
                continue
            try:
                opening = self.house.door.ask(
                    actor, action=action, purpose=purpose, series=series, subjects=[ONE],
                    fields={name}, circumstance=circumstance, reason=Reason.DUPLICATE,
                )  # fmt: skip
            except Refused:
                self.reach.refused += 1
                if likely:
                    self.reach.faults.append(f"{purpose}: the door refuses what the policy allows")
                continue
            self._hold_against_everything(opening, actor, action, one, likely)

    def _request(self, actor: Any, action: Any, purpose: Any, one: Field, circumstance: Any) -> Any:
        from circumspect.trust.policy.request import ActorKind, Reason, Request

        return Request(
            actor=actor, action=action, purpose=purpose, series=one[0], fields=frozenset({one[1]}),
            circumstance=circumstance, reason=Reason.DUPLICATE, own_record=actor.kind is ActorKind.PATRON,
            subjects=1, version_in_force=VERSION,
        )  # fmt: skip

    def _circumstances(self, purpose: Any) -> list[Any]:
        from circumspect.trust.policy.request import Circumstance, Purpose

        if self.every_circumstance:
            return list(Circumstance)
        scheduled = {
            Purpose.IMPORT,
            Purpose.ROTATE_KEYS,
            Purpose.FORGET,
            Purpose.NOTIFY,
            Purpose.COUNT,
            Purpose.REVIEW,
        }
        one = {
            Purpose.FIND: Circumstance.NAME_SEARCH,
            Purpose.REGISTER: Circumstance.REGISTRATION,
            Purpose.OWN_RECORD: Circumstance.OWN_SIGN_IN,
            Purpose.DISCLOSE: Circumstance.CASE,
            Purpose.PRESERVE: Circumstance.CASE,
            **dict.fromkeys(scheduled, Circumstance.SCHEDULED),
        }
        return [one.get(purpose, Circumstance.CARD_SCANNED)]

    # holding an opening against everything

    def _hold_against_everything(
        self, opening: Any, actor: Any, action: Any, one: Field, likely: bool
    ) -> None:
        self.reach.allowed += 1
        who = "/".join(sorted(actor.roles)) or str(actor.kind)
        self.reach.opened.add((who, str(action), one))
        where = f"{who}, {opening.decision.rules}, {one[0]}.{one[1]}"
        if not likely:
            self.reach.faults.append(f"{where}: the door opens what the policy refuses")
        entry = self.house.ledger.entries(opening.ledger_index, opening.ledger_index + 1)[0].body
        if (entry["outcome"], entry["series"], entry["fields"]) != ("allowed", one[0], [one[1]]):
            self.reach.faults.append(f"{where}: its entry says something else")
        for (subject, series, name), sealed in self.sealed.items():
            read = self._read(opening, sealed)
            wanted = _value(subject, series, name) if (subject, series, name) == (ONE, *one) else None
            if read != wanted:
                self.reach.faults.append(
                    f"{where}: reads {series}.{name} of {'it' if subject == ONE else 'another'} as {read}"
                )
        self._kept.append((opening, self.reach.allowed, one))

    def _read(self, opening: Any, sealed: Any) -> str | None:
        from circumspect.trust.vault.errors import NoGrantError

        self.reach.reads += 1
        try:
            value: str = opening.read(sealed)
        except NoGrantError:
            return None
        return value

    def _later(self, seconds: float, fault: str, *, ends: bool) -> None:
        import datetime as dt

        self.house.clock.now += dt.timedelta(seconds=seconds)
        for opening, number, one in self._kept:
            if (self._read(opening, self.sealed[ONE, *one]) is None) is not ends:
                self.reach.faults.append(f"opening {number}, {one[0]}.{one[1]}: {fault}")


def _known_to_be_allowed() -> dict[tuple[str, Any, Any, Field], Any]:
    """What the independent model of the policy allows, with a circumstance; it only says where to look first."""
    from reference_model import OTHERS_TABLE, STAFF_TABLE  # type: ignore[import-not-found]

    return {
        (who, action, cell.purpose, (series, name)): min(cell.when)
        for cell in (*STAFF_TABLE, *OTHERS_TABLE)
        for who, action in product(cell.who, cell.actions)
        for series, names in cell.reach.items()
        for name in names
        if cell.count.start <= 1
    }


def _value(who: int, series: str, name: str) -> str:
    return f"{series} {name} of {who}"


# unsealers that are broken on purpose


def _instead(house: Any, **changes: Any) -> None:
    """Put an unsealer in the door's hands that grants or unseals in another way."""
    real = house.door._unsealer
    house.door._unsealer = type("Twin", (), {
        "keys": staticmethod(real.keys), "digest": staticmethod(real.digest), "grant": staticmethod(real.grant),
        "unseal": staticmethod(real.unseal), **{name: staticmethod(each) for name, each in changes.items()},
    })()  # fmt: skip


def ignores_fields(house: Any) -> None:
    """Unseals every field of the series, whatever was asked for."""
    real = house.door._unsealer

    def unseal(grant: Any, sealed: Any, now: float) -> str:
        grant.fields = grant.fields | {sealed.field}
        value: str = real.unseal(grant, sealed, now)
        return value

    _instead(house, unseal=unseal)


def ignores_series(house: Any) -> None:
    """Unseals a field of that name in any series."""
    real = house.door._unsealer

    def unseal(grant: Any, sealed: Any, now: float) -> str:
        grant.series, grant.fields = sealed.series, frozenset({sealed.field})
        value: str = real.unseal(grant, sealed, now)
        return value

    _instead(house, unseal=unseal)


def ignores_whose(house: Any) -> None:
    """Grants with the keys of everybody."""
    real = house.door._unsealer

    def grant(keys: Any, *args: Any, **more: Any) -> Any:
        return real.grant(real.keys([ONE, TWO]), *args, **more)

    _instead(house, grant=grant)


def never_ends(house: Any) -> None:
    """Unseals however late it is."""
    real = house.door._unsealer

    def unseal(grant: Any, sealed: Any, now: float) -> str:
        value: str = real.unseal(grant, sealed, 0.0)
        return value

    _instead(house, unseal=unseal)


TWINS = {
    "ignores fields": ignores_fields,
    "ignores series": ignores_series,
    "ignores whose": ignores_whose,
    "never ends": never_ends,
}
