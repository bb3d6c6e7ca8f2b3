"""The addresses of the pages, the API, the admin and the documentation."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from rest_framework.authtoken.views import obtain_auth_token

from django_chat.chat import api, pages

urlpatterns = [
    path("", pages.rooms, name="rooms"),
    path("rooms/<slug:slug>/", pages.room, name="room"),
    path("login/", LoginView.as_view(template_name="chat/login.html"), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/token/", obtain_auth_token, name="token"),
    path("api/rooms/<slug:slug>/messages/", api.RoomMessages.as_view(), name="messages"),
    path("asyncapi/", include("chanx.ext.channels.urls")),
    path("admin/", admin.site.urls),
]
