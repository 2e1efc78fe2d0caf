"""The desk's addresses for visits and statistics."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import counts_figures, counts_visits

urlpatterns: list[URLPattern] = [
    path("counts/visits/", counts_visits.visits, name="counts-visits"),
    path("counts/visits/<slug:code>.csv", counts_visits.visits_csv, name="counts-visits-csv"),
    path("counts/year/", counts_figures.figures, name="counts-figures"),
    path("counts/year.csv", counts_figures.figures_csv, name="counts-figures-csv"),
    path("counts/typed/", counts_figures.typed, name="counts-typed"),
    path("counts/reference/", counts_figures.reference, name="counts-reference"),
    path("counts/tables/", counts_figures.tables, name="counts-tables"),
    path("counts/tables/publish/", counts_figures.publish, name="counts-publish"),
]
