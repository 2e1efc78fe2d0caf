"""A case on paper or as a file: the officer's form, letters, the packet, its receipt. Nothing is stored by printing.

A packet is printed or encrypted only once it is authorised, and only the one that was: the door is asked to disclose it.

Source: issue "The privacy desk", section 2; clauses MP-3.8, MP-3.12.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from circumspect.faces.desk import casesheet, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone
from circumspect.faces.desk.views.acting import with_form
from circumspect.faces.desk.views.cases import attachment, case_number
from circumspect.offices.privacydesk import cases, letterwords, packets, prints, wording
from circumspect.offices.privacydesk.access import quietly
from circumspect.offices.privacydesk.cases import NoSuchCaseError, Seen
from circumspect.offices.privacydesk.kinds import MACHINES, Kind
from circumspect.offices.privacydesk.packets import KeyRefusedError, PacketError
from circumspect.offices.privacydesk.scopes import Scope, ScopeError
from circumspect.offices.staff import accounts
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import read
from circumspect.trust.policy.request import Action, Circumstance, Purpose


@require_safe
@with_form
def blank_form(_request: DeskRequest) -> HttpResponse:
    """The officer's form, blank: to be kept in a drawer for the day on which the line is down."""
    words = wording.words(*wording.FORM)
    made = prints.officer_form(
        words,
        library=_library(),
        version=wording.version_of(wording.FORM),
        number="",
        facts=casesheet.identities(house().home.fields_on),
    )
    return _pdf(made)


@require_POST
@with_form
def printed(request: DeskRequest, case: str) -> HttpResponse:
    """One paper of a case, as the form says which."""
    try:
        seen = cases.open_case(house(), request.actor, case_number(case))
        make = _PAPERS.get(request.POST.get("which", ""))
        if make is None:
            raise Http404
        return make(request, seen)
    except NoSuchCaseError:
        raise Http404 from None
    except (PacketError, KeyRefusedError) as problem:
        words = str(problem)
        said = Said(Tone.STOP, "Nothing was printed or saved.", f"{words[:1].upper()}{words[1:]}.")
        context = {"said": said, "number": case}
        return render(request, "desk/keeping_stopped.html", context, status=422)


def _form(request: DeskRequest, seen: Seen) -> HttpResponse:
    if seen.standing.kind != Kind.EMERGENCY:
        raise Http404
    known = dict(seen.standing.known)
    zone = zone_of(house())
    known.setdefault("received", seen.standing.intake.get("came_at", ""))
    known.setdefault("location", seen.standing.intake.get("where", ""))
    if seen.standing.state == "refused":
        known["decision"] = "refuse"
    looked = seen.standing.did("review")
    known["second"] = f"looked through {shown.in_full(shown.day_of(looked[-1].at, zone))}" if looked else ""
    released: list[tuple[str, str]] = []
    if seen.standing.has_left:
        packet = packets.look(house(), request.actor, seen, Action.DISCLOSE)
        released = [(casesheet.words_of(each.field), each.value) for each in packet.values]
    made = prints.officer_form(
        wording.words(*wording.FORM),
        library=_library(),
        version=known.get("form_version") or wording.version_of(wording.FORM),
        number=seen.number,
        facts=casesheet.identities(house().home.fields_on),
        known=known,
        released=released,
        retention="sealed legal file",
    )
    return _pdf(made)


def _refusal(request: DeskRequest, seen: Seen) -> prints.Letter:
    if seen.standing.kind in (Kind.OWN_ACCESS, Kind.PERMISSION):
        return _to_patron(
            _languages(request, seen)[0], letterwords.REFUSED, "refusal_own", number=seen.number
        )
    said = wording.words("refusal", "refusal_public", "refusal_offer", "signer")
    outsider = seen.standing.kind == Kind.OUTSIDER
    paragraphs = (said["refusal_public"],) if outsider else (said["refusal"], said["refusal_offer"])
    return prints.Letter(
        "Your request for information about users of the library",
        paragraphs,
        to=seen.standing.intake.get("who", ""),
        number=seen.number,
        signer=said["signer"],
    )


def _refusal_pdf(request: DeskRequest, seen: Seen) -> HttpResponse:
    if seen.standing.state != "refused":
        raise Http404
    told = _refusal(request, seen)
    return _pdf(prints.letter(told, library=_library(), day=_today(told.language)))


def _refusal_text(request: DeskRequest, seen: Seen) -> HttpResponse:
    if seen.standing.state != "refused":
        raise Http404
    told = _refusal(request, seen)
    text = prints.letter_text(told, library=_library(), day=_today(told.language))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _to_patron(language: str, title: str, *names: str, number: str = "") -> prints.Letter:
    """A letter to a patron in their language, as far as the library's wording is there in it."""
    language, said = wording.words_in(language, *names, "signer")
    paragraphs = tuple(said[name] for name in names)
    title = letterwords.said_in(language, title)
    return prints.Letter(title, paragraphs, number=number, signer=said["signer"], language=language)


def _languages(request: DeskRequest, seen: Seen) -> list[str]:
    """The languages of those whom a case is about; English where nobody is known, or is any more."""
    known = seen.standing.known
    try:
        patrons = list(Scope.from_text(known.get("scope", "")).patrons)
    except ScopeError:
        patrons = [int(known["own_patron"])] if known.get("own_patron") else []
    alive = sorted(house().vault.subjects_with_keys(patrons))
    if not alive:
        return ["en"]
    with quietly(house(), request.actor, seen.id, seen.access):
        opening = house().door.ask(
            request.actor,
            action=Action.VIEW,
            purpose=Purpose.FIND,
            series=REGISTRATION,
            subjects=alive,
            fields={"language"},
            circumstance=Circumstance.CASE,
        )
    spoken = {record["language"] for record in read(opening, alive, ("language",))}
    return sorted({each if each in letterwords.LANGUAGES else "en" for each in spoken}) or ["en"]


def _told(request: DeskRequest, seen: Seen) -> HttpResponse:
    """The letter that tells the patron, where that was decided and no gag stands: one in each language of those told."""
    if seen.standing.known.get("told") != "yes" or seen.access.is_sealed or not seen.standing.has_left:
        raise Http404
    told = [_to_patron(each, letterwords.TOLD, "patron_told") for each in _languages(request, seen)]
    return _pdf(prints.letters(told, library=_library(), day=house().today()))


def _file(_request: DeskRequest, seen: Seen) -> HttpResponse:
    """The whole file: where it stands, what it names, every step with what was told, the names of its papers."""
    names = {each.pk: each.display_name for each in accounts.list_members()}
    title, state = casesheet.state_of(seen)
    parts: list[tuple[str, list[tuple[str, str]]]] = [("Where it stands", [("State", state)])]
    scope = casesheet.scope_of(seen)
    if scope:
        parts.append(
            (
                "What it names",
                [
                    (f"{who}, {series}", fields + (f" ({days})" if days else ""))
                    for who, series, fields, days in scope
                ],
            )
        )
    if seen.standing.known.get("packet_hash"):
        parts.append(("The packet", [("SHA-256", seen.standing.known["packet_hash"])]))
    if seen.papers:
        parts.append(("Papers", [(each.role.capitalize(), each.name) for each in seen.papers]))
    parts += [
        (f"{each.at}, {each.who}: {each.words}", list(each.told))
        for each in casesheet.history_of(seen, names, zone_of(house()))
    ]
    return _pdf(prints.case_file(parts, library=_library(), day=_today(), number=seen.number, title=title))


def _packet(request: DeskRequest, seen: Seen) -> HttpResponse:
    return _pdf(_packet_pdf(seen, _leaving(request, seen)))


def _packet_pdf(seen: Seen, packet: packets.Packet) -> bytes:
    return prints.packet(
        casesheet.packet_rows(packet),
        [(casesheet.SERIES_WORDS.get(s, s), casesheet.words_of(f), n) for s, f, n in packet.manifest()]
        or [(name, "file", 1) for _number, name, _sha in packet.papers],
        library=_library(),
        day=_today(),
        number=seen.number,
        digest=packet.hash,
    )


def _encrypted(request: DeskRequest, seen: Seen) -> HttpResponse:
    """The packet as a file that only the recipient can open."""
    packet = _leaving(request, seen)
    content, ending = packets.encrypted(_packet_pdf(seen, packet), request.POST.get("key", ""))
    return attachment(content, f"{seen.number}.pdf.{ending}")


def _content(request: DeskRequest, seen: Seen) -> HttpResponse:
    """One file of a communication's content, encrypted where a key is given."""
    packet = _leaving(request, seen)
    files = packets.content_files(house(), request.actor, seen, packet)
    at = request.POST.get("file", "0")
    if not at.isdecimal() or int(at) >= len(files):
        raise Http404
    found = files[int(at)]
    if request.POST.get("key", "").strip():
        content, ending = packets.encrypted(found.content, request.POST["key"])
        return attachment(content, f"{found.name}.{ending}")
    return attachment(found.content, found.name)


def _cover(request: DeskRequest, seen: Seen) -> HttpResponse:
    """The letter that goes with a packet: the manifest, and a receipt to sign."""
    packet = _leaving(request, seen)
    if seen.standing.kind == Kind.OWN_ACCESS:
        return _own_cover(request, seen, packet)
    said = wording.words("cover", "receipt", "signer")
    known = seen.standing.known
    described = ", ".join(
        each for each in (known.get("court"), known.get("docket"), known.get("recipient")) if each
    )
    rows = [
        ("Kind of record", "Field", "Values"),
        *((casesheet.SERIES_WORDS.get(s, s), casesheet.words_of(f), str(n)) for s, f, n in packet.manifest()),
    ]
    return _pdf(
        prints.letter(
            prints.Letter(
                f"Records produced: {MACHINES[seen.standing.kind].title}"
                + (f" ({described})" if described else ""),
                (said["cover"], f"SHA-256 of the packet: {packet.hash}"),
                to=known.get("delivered_to", ""),
                number=seen.number,
                signer=said["signer"],
                listed=tuple(rows) if len(rows) > 1 else (),
                receipt=(said["receipt"],),
            ),
            library=_library(),
            day=_today(),
        )
    )


def _own_cover(request: DeskRequest, seen: Seen, packet: packets.Packet) -> HttpResponse:
    """The letter that goes with a patron's own record: in their language, with how much of each kind, and a receipt."""
    told = _to_patron(
        _languages(request, seen)[0], letterwords.ANSWERED, "own_cover", "receipt", number=seen.number
    )
    cover, receipt = told.paragraphs

    def said(text: str) -> str:
        return letterwords.said_in(told.language, text)

    counts: dict[str, int] = {}
    for series, _field, count in packet.manifest():
        counts[series] = counts.get(series, 0) + count
    rows = [(said(letterwords.SERIES.get(each, each)), str(count)) for each, count in counts.items()]
    whole = replace(
        told,
        paragraphs=(cover, said(letterwords.HASH) % {"digest": packet.hash}),
        listed=((said(letterwords.KIND), said(letterwords.VALUES)), *rows) if rows else (),
        receipt=(receipt,),
    )
    return _pdf(prints.letter(whole, library=_library(), day=_today(told.language)))


def _leaving(request: DeskRequest, seen: Seen) -> packets.Packet:
    if seen.standing.kind == Kind.EMERGENCY or not casesheet.may_leave(seen):
        raise Http404  # what an officer is told in an emergency is on the officer's form, and nowhere else
    return packets.look(house(), request.actor, seen, Action.DISCLOSE)


_PAPERS: Mapping[str, Callable[[DeskRequest, Seen], HttpResponse]] = {
    "file": _file,
    "form": _form,
    "refusal": _refusal_pdf,
    "refusal-text": _refusal_text,
    "told": _told,
    "packet": _packet,
    "encrypted": _encrypted,
    "content": _content,
    "cover": _cover,
}


def _pdf(content: bytes) -> HttpResponse:
    return HttpResponse(content, content_type="application/pdf")


def _library() -> str:
    return str(house().home.setting("library", "name", "Library"))


def _today(language: str = "en") -> str:
    return letterwords.day_in(language, house().today())
