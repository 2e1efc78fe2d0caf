"""Public records in the open: how to ask for them, which denials there were, and how often the library was asked about patrons.

Every word here is the library's own setting, a count in bands, or a count by year: nobody is in any of it.

Source: 5 ILCS 140/4, 9(b); clauses TH-1.6, MP-4.16; issue "The privacy desk", section 2.
"""

from __future__ import annotations

import re

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from circumspect.faces.public.house import house
from circumspect.faces.public.pages import show
from circumspect.offices.privacydesk import foia_public, transparency
from circumspect.offices.privacydesk.transparency import QuarterError, Report


@require_safe
def asking(request: HttpRequest) -> HttpResponse:
    """Whom to ask for a public record, when the answer comes, and what it costs."""
    return show(request, "site/records.html", {"asking": foia_public.asking(house().home)})


@require_safe
def denials(request: HttpRequest) -> HttpResponse:
    """The index of denials, by exemption and sort of record."""
    filed = [
        (citation, [(gettext(each.record_type), each) for each in lines])
        for citation, lines in foia_public.index().items()
    ]
    return show(request, "site/records_denials.html", {"filed": filed})


@require_safe
def requests(request: HttpRequest, quarter: str = "") -> HttpResponse:
    """The transparency report: the newest quarter that is over, or another."""
    known = transparency.quarters(house().today())
    told = _report(quarter or known[0])
    outcomes = [gettext(each) for each in transparency.OUTCOMES]
    rows = [
        (gettext(each.kind), list(zip(outcomes, map(_band, each.bands), strict=True))) for each in told.rows
    ]
    context = {
        "quarter": told.quarter,
        "quarters": known,
        "outcomes": outcomes,
        "rows": rows,
        "note": gettext(told.note),
        "here": "site-transparency",
    }
    return show(request, "site/records_requests.html", context)


@require_safe
def requests_file(_request: HttpRequest, quarter: str) -> HttpResponse:
    """The same as open data, in English."""
    response = HttpResponse(transparency.as_csv(_report(quarter)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="requests-{quarter}.csv"'
    return response


def _report(quarter: str) -> Report:
    try:
        return transparency.report(quarter, house().today())
    except QuarterError:
        raise Http404 from None


def _band(words: str) -> str:
    """ "5 to 9" as "5–9", "1,000 or more" as "1000+": read alike in every language."""
    return re.sub(r" or more$", "+", words.replace(" to ", "–").replace(",", ""))
