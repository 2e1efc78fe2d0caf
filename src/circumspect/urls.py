"""Every address the house answers: the desk at the root, the public's pages under names of their own.

What begins with one of ``PUBLIC`` is not the desk's: no staff session is looked at there, and none is made.
"""

from __future__ import annotations

from django.urls import include, path

from circumspect.faces.desk.views.pages import what_was_not_understood
from circumspect.faces.site.urls import root_patterns
from circumspect.settings import PUBLIC_PORTAL, PUBLIC_SITE

# Every request that cannot be read: the public's pages say so in words of their own before this is asked.
handler400 = what_was_not_understood
urlpatterns = [
    path(PUBLIC_SITE, include("circumspect.faces.site.urls")),
    path(PUBLIC_PORTAL, include("circumspect.faces.portal.urls")),
    *root_patterns,
    path("", include("circumspect.faces.desk.urls")),
]
