"""The desk's addresses for requests for what the library holds about people."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
