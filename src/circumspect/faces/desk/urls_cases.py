"""The desk's addresses for requests for what the library holds about people."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import cases

urlpatterns: list[URLPattern] = [
    path("cases/", cases.listed, name="cases"),
    path("cases/take-in/", cases.intake, name="case-intake"),
    path("cases/<str:number>/", cases.case, name="case"),
    path("cases/<str:number>/file/", cases.file, name="case-file"),
]
