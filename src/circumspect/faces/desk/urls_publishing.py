"""The desk's addresses for news, events, published policies, outside links."""

from __future__ import annotations

from django.urls import URLPattern, path

from circumspect.faces.desk.views import publishing_outside, publishing_policies, publishing_writing

urlpatterns: list[URLPattern] = [
    path("publishing/", publishing_writing.overview, name="publishing"),
    path("publishing/entry/", publishing_writing.entry, name="publishing-entry"),
    path("publishing/policies/", publishing_policies.overview, name="publishing-policies"),
    path("publishing/policies/new/", publishing_policies.new_version, name="publishing-policy"),
    path("publishing/outside/", publishing_outside.register, name="publishing-outside"),
    path("publishing/outside/site/", publishing_outside.site, name="publishing-site"),
]
