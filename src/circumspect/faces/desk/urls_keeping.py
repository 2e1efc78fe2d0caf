"""The desk's addresses for preservation, tipline reports, FOIA, breaches."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
