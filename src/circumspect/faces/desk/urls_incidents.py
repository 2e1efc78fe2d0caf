"""The desk's addresses for incidents. A report's number is posted, never part of an address."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import incidents

urlpatterns: list[URLPattern] = [
    path("incidents/", incidents.listed, name="incidents"),
    path("incidents/report/", incidents.report, name="incidents-report"),
    path("incidents/open/", incidents.open_one, name="incidents-open"),
    path("incidents/decide/", incidents.decide, name="incidents-decide"),
]
