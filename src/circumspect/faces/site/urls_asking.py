"""The website's addresses by which anybody writes to the library."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.site.views import asking

urlpatterns: list[URLPattern] = [
    path("ask/", asking.home, name="forms-home"),
    path("ask/newsletter/", asking.subscribe, name="forms-newsletter"),
    path("ask/form/<slug:slug>/", asking.made, name="forms-made"),
    path("ask/sent/<slug:kind>/", asking.sent, name="forms-sent"),
    path("ask/<slug:kind>/", asking.letter, name="forms-letter"),
    path("newsletter/confirm/<slug:code>/", asking.confirm, name="forms-confirm"),
    path("newsletter/leave/<slug:code>/", asking.leave, name="forms-leave"),
]
