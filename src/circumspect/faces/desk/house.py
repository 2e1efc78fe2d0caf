"""The house this desk serves: the same as the public's pages are served from."""

from __future__ import annotations

from circumspect.faces.public.house import house, served_by

__all__ = ["house", "served_by"]
