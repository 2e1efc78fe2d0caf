"""The desk's addresses for preservation, tipline reports, FOIA, breaches."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import keeping_papers

urlpatterns: list[URLPattern] = [
    path("cases/<str:number>/preserved/", keeping_papers.preserved, name="case-preserved"),
    path("cases/<str:number>/certificate/", keeping_papers.certificate, name="case-certificate"),
    path("cases/<str:number>/letters/", keeping_papers.letters, name="case-letters"),
]
