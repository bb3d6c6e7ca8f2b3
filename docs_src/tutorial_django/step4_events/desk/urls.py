"""The API, and the document and its page at ``/asyncapi/docs/``."""

from django.urls import include, path

from desk.views import CloseView

urlpatterns = [
    path("cases/<int:pk>/close/", CloseView.as_view()),
    path("asyncapi/", include("chanx.ext.channels.urls")),
]
