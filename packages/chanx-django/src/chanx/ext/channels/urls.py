"""The URLs of the AsyncAPI document and its page, for a project's ``include()``.

``schema/`` is named ``asyncapi_schema`` and ``docs/`` is named ``asyncapi_docs``. There is no
``app_name``; ``include(("chanx.ext.channels.urls", "chanx"))`` gives the names a namespace.

Example:
    >>> from django.urls import include, path
    >>> urlpatterns = [path("asyncapi/", include("chanx.ext.channels.urls"))]
"""

from django.urls import URLPattern, path

from chanx.ext.channels.views import AsyncAPIDocsView, AsyncAPISchemaView

urlpatterns: list[URLPattern] = [
    path("schema/", AsyncAPISchemaView.as_view(), name="asyncapi_schema"),
    path("docs/", AsyncAPIDocsView.as_view(), name="asyncapi_docs"),
]


__all__ = ["urlpatterns"]
