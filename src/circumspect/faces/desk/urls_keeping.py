"""The desk's addresses for preservation, tipline reports, FOIA, breaches."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import keeping_foia, keeping_papers

urlpatterns: list[URLPattern] = [
    path("records-requests/", keeping_foia.foia_list, name="foia"),
    path("records-requests/denials/", keeping_foia.denials, name="foia-denials"),
    path("records-requests/<slug:asked>/", keeping_foia.foia_request, name="foia-request"),
    path("cases/<slug:case>/preserved/", keeping_papers.preserved, name="case-preserved"),
    path("cases/<slug:case>/certificate/", keeping_papers.certificate, name="case-certificate"),
    path("cases/<slug:case>/letters/", keeping_papers.letters, name="case-letters"),
]
