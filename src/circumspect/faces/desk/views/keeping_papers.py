"""Papers of what is kept: a copy opened on legal process, the certificate of its destruction, letters on a breach.

Everything is posted: no address names a patron, and none brings a paper back by the Back button.

Source: clauses MP-6.13, MP-6.14, TH-1.23; 815 ILCS 530/10.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from circumspect.faces.desk import casesheet, shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.acting import with_form
from circumspect.offices.privacydesk import breach, caseids, cases, preservation, prints, wording
from circumspect.offices.privacydesk.breach_rules import LetterKind
from circumspect.offices.privacydesk.cases import NoSuchCaseError
from circumspect.offices.privacydesk.machines import StepError
from circumspect.offices.privacydesk.preservation import DEPOSIT, Opened
from circumspect.trust.door.errors import DoorError

View = Callable[[DeskRequest, int], HttpResponse]


def _paper(view: View) -> Callable[..., HttpResponse]:
    """A paper of one case: what stands in its way is said on a page that leads back to the case."""

    @require_POST
    @with_form
    @wraps(view)
    def made(request: HttpRequest, case: str) -> HttpResponse:
        which = caseids.id_of(case)
        if which is None:
            raise Http404
        said, status = None, 422
        try:
            return view(cast(DeskRequest, request), which)
        except NoSuchCaseError:
            raise Http404 from None
        except StepError as problem:
            words = next(iter(problem.problems.values()), "")
            said = Said(Tone.STOP, "Nothing was opened.", f"{words[:1].upper()}{words[1:]}.")
        except DoorError as problem:
            said, status = refused(problem), status_of(problem)
        context: dict[str, Any] = {"said": said, "number": caseids.number_of(which)}
        return render(request, "desk/keeping_stopped.html", context, status=status)

    return made


@_paper
def preserved(request: DeskRequest, which: int) -> HttpResponse:
    """What was kept, opened on legal process: shown, or saved as one file."""
    number = request.POST.get("process_case", "").strip()[:40]
    parts = preservation.open_on_process(house(), request.actor, which, number)
    if request.POST.get("as") == "file":
        return _saved(_zipped(parts), f"preserved-{caseids.number_of(which)}.zip", "application/octet-stream")
    shown_parts = [
        {
            "heading": casesheet.SERIES_WORDS.get(part.series, part.series.capitalize()),
            "rows": [(field.replace("_", " "), value) for _person, _record, field, value in part.rows],
        }
        for part in parts
        if part.series != DEPOSIT
    ]
    context = {
        "parts": shown_parts,
        "files": [(part.name, len(part.content)) for part in parts if part.series == DEPOSIT],
        "number": caseids.number_of(which),
        "process": number,
    }
    return render(request, "desk/keeping_preserved.html", context)


def _zipped(parts: list[Opened]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, part in enumerate(parts, 1):
            if part.series == DEPOSIT:
                name = "".join(sign for sign in part.name if sign.isalnum() or sign in "._-").lstrip(".")
                archive.writestr(f"{place:02d}-deposit-{name[:80] or 'file'}", part.content)
            else:
                lines = [f"{person}.{record} {field}: {value}" for person, record, field, value in part.rows]
                archive.writestr(f"{place:02d}-{part.series}.txt", "\n".join(lines) + "\n")
    return out.getvalue()


@_paper
def certificate(request: DeskRequest, which: int) -> HttpResponse:
    """The certificate of destruction: kinds of record, lengths, digests, moments."""
    cases.open_case(house(), request.actor, which)
    found = preservation.certificates(house(), which)
    if not found:
        raise StepError({"": "nothing of this case has been destroyed yet"})
    return _saved(certificate_pdf(found), f"certificate-{caseids.number_of(which)}.pdf", "application/pdf")


def certificate_pdf(found: list[preservation.Certificate], output: str = "pdf") -> bytes:
    """The certificate as a file."""
    rows = [("Kind of record", "Bytes, sealed", "SHA-256 of the sealed bytes")]
    for each in found:
        rows += [
            (
                "A custodian's deposit" if series == DEPOSIT else casesheet.SERIES_WORDS.get(series, series),
                f"{length:,}",
                f"{digest[:32]} {digest[32:]}",
            )
            for series, length, digest in each.parts
        ]
    last = found[-1]
    paragraphs = (
        f"What was set aside for this matter on {_moment(last.made_at)} was to be kept until {_moment(last.ended_at)}.",
        f"On {_moment(last.destroyed_at)} its key was destroyed, and then what it had sealed was deleted. No copy of it can be"
        " opened any more, wherever one may lie. The key stands on the library's list of erasures, so that no backup"
        " brings it back.",
        "This certificate says of what kind the records were. It names nobody: nothing is left that could.",
    )
    told = prints.Letter(
        "Certificate of destruction",
        paragraphs,
        number=last.number,
        signer=wording.words("signer")["signer"],
        listed=tuple(rows) if len(rows) > 1 else (),
    )
    library = str(house().home.setting("library", "name", ""))
    return prints.letter(told, library=library, day=shown.in_full(last.destroyed_at.date()), output=output)


def _moment(moment: Any) -> str:
    return f"{shown.in_full(moment.date())}, {moment:%H:%M}"


@_paper
def letters(request: DeskRequest, which: int) -> HttpResponse:
    """Letters on a breach, one page of people at a time."""
    page, kind = request.POST.get("page", ""), request.POST.get("kind", "")
    if kind not in set(LetterKind) or not (page.isdecimal() and len(page) < 7):
        raise StepError({"": "choose a letter and a page"})
    made = breach.letters(house(), request.actor, which, LetterKind(kind), int(page))
    return _saved(made.pdf, f"letters-{made.number}-of-{made.pages}.pdf", "application/pdf")


def _saved(content: bytes, name: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
