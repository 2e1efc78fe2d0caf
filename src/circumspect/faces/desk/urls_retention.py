"""The desk's addresses for the schedule, forgetting, promises."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
