"""The desk's addresses for designations, orientation, training, looks to review."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
