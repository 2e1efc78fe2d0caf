"""The desk's addresses for news, events, published policies, outside links."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
