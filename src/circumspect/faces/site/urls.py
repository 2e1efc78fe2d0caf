"""The library's website: pages for everybody, which set no cookie and keep nothing of who reads them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from circumspect.faces.site.views import catalogue, library, policies

urlpatterns: list[URLPattern | URLResolver] = [
    path("", library.home, name="site-home"),
    path("hours/", library.hours, name="site-hours"),
    path("catalogue/", catalogue.find, name="site-catalogue"),
    path("catalogue/<int:title_id>/", catalogue.title, name="site-title"),
    path("policy/", policies.policy, name="site-policy"),
]
