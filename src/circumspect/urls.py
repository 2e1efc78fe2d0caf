"""Every address the house answers."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("circumspect.faces.desk.urls"))]
