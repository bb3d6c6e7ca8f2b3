"""The document and its page, at ``/asyncapi/docs/``."""

from django.urls import include, path

urlpatterns = [path("asyncapi/", include("chanx.ext.channels.urls"))]
