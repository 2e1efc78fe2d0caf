"""What the website of a new library says: the policy it starts with; and for the sample, news, events and the rest.

Source: issue "The public side", section 2; ``circumspect.sample`` says what is in its files.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from typing import Any

from circumspect import sample
from circumspect.offices.publishing import founding, outside, policies, writing
from circumspect.offices.publishing.rules import Kind
from circumspect.offices.publishing.writing import Draft
from circumspect.records.circulation.rulebook import zone_of
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, ActorKind

UNTIL_ADOPTED = "the library, until its board adopts a policy"
_SAMPLE_BOARD = "the Board of Trustees of the Prairie Bend Public Library"
# The sample's first version said nothing of these; the second came with the pages on which patrons serve themselves.
_ADDED_LATER = frozenset({"TH-4.2", "TH-7.5", "TH-3.8"})
_NOTE = {
    "en": {
        "collected": "Your e-mail address, if you ask for our newsletter. Nothing else is new.",
        "used": "To send you what you asked for, and nothing else. You can stop it at any time.",
        "disclosed": "To nobody. Services that you enter by way of us are told that your card is valid, and a number"
        " made up for them.",
    },
    "es": {
        "collected": "Su dirección de correo, si pide nuestro boletín. No hay nada más nuevo.",
        "used": "Para enviarle lo que pidió, y nada más. Puede dejarlo cuando quiera.",
        "disclosed": "A nadie. Los servicios a los que entra a través de nosotros saben que su tarjeta es válida, y"
        " reciben un número inventado para ellos.",
    },
    "pl": {
        "collected": "Twój adres e-mail, jeśli poprosisz o nasz biuletyn. Nic więcej nie jest nowe.",
        "used": "By wysłać Ci to, o co prosisz, i nic więcej. W każdej chwili możesz zrezygnować.",
        "disclosed": "Nikomu. Usługi, do których wchodzisz przez nas, dowiadują się, że Twoja karta jest ważna, i"
        " dostają wymyślony dla nich numer.",
    },
}


def publish_first_policy(house: House) -> None:
    """Publish the policy a new library starts with, on its website."""
    now = house.clock()
    policies.publish(
        policies.NewVersion(
            policies.PRIVACY, founding.VERSION, founding.texts(), house.today(), UNTIL_ADOPTED, now, note={}
        ),
        now=now,
    )


def fill_sample(house: House, writer: int) -> None:
    """What the sample library says in public."""
    _sample_policies(house)
    told = tomllib.loads((sample.folder() / "site.toml").read_text(encoding="utf-8"))
    by = Actor(ActorKind.STAFF, str(writer))
    for entry in told["entry"]:
        _write(house, by, entry)
    for site in told["outside"]:
        outside.put(outside.Site(**site))


def _sample_policies(house: House) -> None:
    now, zone = house.clock(), zone_of(house)
    adopted = dt.date(2024, 9, 30)
    policies.publish(
        policies.NewVersion(
            policies.PRIVACY,
            "2024-09",
            founding.texts(leave_out=_ADDED_LATER),
            adopted,
            _SAMPLE_BOARD,
            dt.datetime.combine(adopted, dt.time(), zone),
            note={},
        ),
        now=dt.datetime.combine(adopted, dt.time(), zone),
    )
    policies.publish(
        policies.NewVersion(
            policies.PRIVACY,
            founding.VERSION,
            founding.texts(),
            house.today(),
            _SAMPLE_BOARD,
            now,
            note=_NOTE,
            material=True,
            places=("home", "poster", "sign-in", "slip"),
        ),
        now=now,
    )


def _write(house: House, by: Actor, entry: dict[str, Any]) -> None:
    now = house.clock()
    written = now + dt.timedelta(days=sample.days_of(entry["day"]))
    draft = Draft(
        kind=Kind(entry["kind"]),
        texts={code: entry[code] for code in ("en", "es", "pl") if code in entry},
        starts_at=_moment(house, entry, "from"),
        ends_at=_moment(house, entry, "until"),
        branch=entry.get("branch", ""),
        place=entry.get("place", ""),
        titles=[(words, remark) for words, remark in entry.get("titles", [])],
    )
    version = writing.save_draft(draft, by, now=written)
    writing.publish(version, now=written)


def _moment(house: House, entry: dict[str, Any], name: str) -> dt.datetime | None:
    if name not in entry:
        return None
    day = house.today() + dt.timedelta(days=sample.days_of(entry["on"]))
    return dt.datetime.combine(day, dt.time.fromisoformat(entry[name]), zone_of(house))
