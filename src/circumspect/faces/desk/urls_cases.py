"""The desk's addresses for requests for what the library holds about people."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import casedesk, caseprints, cases

urlpatterns: list[URLPattern] = [
    path("cases/", cases.listed, name="cases"),
    path("cases/take-in/", cases.intake, name="case-intake"),
    path("cases/officer-form/", caseprints.blank_form, name="case-form"),
    path("cases/deadlines/", casedesk.due, name="case-deadlines"),
    path("cases/wording/", casedesk.words, name="case-wording"),
    path("cases/report/", casedesk.counts, name="case-counts"),
    path("cases/calendar/<slug:token>.ics", casedesk.calendar, name="case-calendar"),
    path("cases/<slug:case>/", cases.case, name="case"),
    path("cases/<slug:case>/file/", cases.file, name="case-file"),
    path("cases/<slug:case>/print/", caseprints.printed, name="case-print"),
]
