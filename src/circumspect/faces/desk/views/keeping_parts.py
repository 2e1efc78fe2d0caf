"""What the case's page shows and does for preservation, the CyberTipline and a breach, beside its steps.

The page itself is the cases' own. Here is what a step of these kinds makes, what stands beside the steps, and the
acts that are no steps: a custodian's deposit.

Source: issue "The privacy desk", section 2; clauses MP-6.8 to MP-6.14.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from circumspect import composition
from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest
from circumspect.faces.desk.views.acting import typed
from circumspect.offices.privacydesk import breach, breach_rules, preservation, tipline, wording
from circumspect.offices.privacydesk.breach_rules import ELEMENTS, STORES, LetterKind
from circumspect.offices.privacydesk.cases import Seen, Upload
from circumspect.offices.privacydesk.keeping_kinds import KeepingKind
from circumspect.offices.privacydesk.machines import StepError

_LETTER_WORDS = {
    LetterKind.IDENTITY: "Type 1: name with licence number",
    LetterKind.ACCOUNT: "Type 2: card number with PIN",
}


def _copy(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return preservation.keep(house(), request.actor, seen, composition.collectors())


def _renewal(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return preservation.renew(house(), request.actor, seen)


def _seat(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return preservation.take_out_of_service(
        house(), request.actor, seen, request.POST.get("seat_name", "")[:80]
    )


def _spare(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return preservation.spare(house(), seen, typed(request))


def _process(_request: DeskRequest, _seen: Seen) -> Mapping[str, str]:
    # Opening has an address of its own, which shows what was opened.
    raise StepError({"": "open it with the button of its own form"})


def _kept(request: DeskRequest, _seen: Seen) -> Mapping[str, str]:
    return preservation.check_kept(house(), request.actor, typed(request).get("preserved_under", ""))


def _report(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return tipline.report(house(), request.actor, seen, typed(request))


def _exposure(request: DeskRequest, seen: Seen) -> Mapping[str, str]:
    return breach.assess(house(), request.actor, seen, request.POST.getlist("reached"))


MAKES: Mapping[str, Callable[[DeskRequest, Seen], Mapping[str, str]]] = {
    "copy": _copy,
    "renewal": _renewal,
    "seat": _seat,
    "spare": _spare,
    "process": _process,
    "kept": _kept,
    "report": _report,
    "exposure": _exposure,
}


def deposit(request: DeskRequest, which: int) -> None:
    """Put what a custodian hands over into the copy."""
    upload = request.FILES.get("deposit")
    if upload is None:
        raise StepError({"deposit": "choose a file"})
    preservation.deposit(house(), request.actor, which, Upload(str(upload.name), upload.read()))


def beside(seen: Seen) -> dict[str, Any]:
    """What stands beside the steps of a case of these kinds; empty for the others."""
    kind = seen.standing.kind
    if kind == KeepingKind.PRESERVATION:
        return {"keeping": "preservation", **_preserved(seen)}
    if kind == KeepingKind.TIPLINE:
        return {"keeping": "tipline", "texts": list(wording.words(*tipline.TEXTS).values())}
    if kind == KeepingKind.BREACH:
        return {"keeping": "breach", **_exposed(seen)}
    return {}


def _preserved(seen: Seen) -> dict[str, Any]:
    zone = preservation.zone(house())
    return {
        "kept": [
            {
                "until": shown.in_full(each.ends_at.astimezone(zone).date()),
                "hour": f"{each.ends_at.astimezone(zone):%H:%M}",
                "series": ", ".join(each.series) or "nothing yet: it waits for a deposit",
            }
            for each in preservation.living(seen.id)
        ],
        "certificates": len(preservation.certificates(house(), seen.id)),
        "answer": wording.words("preserve_notice")["preserve_notice"],
    }


def _exposed(seen: Seen) -> dict[str, Any]:
    known = seen.standing.known
    if "reached" not in known:
        return {}
    found = breach_rules.exposed_by(
        [each for each in known["reached"].split(",") if each in STORES], collects_licences=True
    )
    letters = [kind for kind in LetterKind if kind in known["letters"]]
    return {
        "exposed": [ELEMENTS[each] for each in known["exposed"].split(",") if each in ELEMENTS],
        "rows": found.rows,
        "letters": [(kind.value, _LETTER_WORDS[kind]) for kind in letters],
        "over": known["over_threshold"] == "yes",
        "threshold": preservation.periods(house()).breach_threshold,
        "may_write": seen.standing.state in ("prepared", "telling"),
        "attorney_general": breach.attorney_general(seen) if known["over_threshold"] == "yes" else [],
        "drafts": [
            (_LETTER_WORDS[kind], breach.approved(kind, affected=int(known["affected"])).paragraphs)
            for kind in letters
        ],
        "pages": -(-int(known["affected"]) // breach.PAGE),
    }
