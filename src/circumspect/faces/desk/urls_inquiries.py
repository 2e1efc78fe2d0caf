"""The desk's addresses for questions, forms, mail, newsletters."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
