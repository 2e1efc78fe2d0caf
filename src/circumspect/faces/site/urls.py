"""The library's website: pages for everybody, which set no cookie and keep nothing of who reads them."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
