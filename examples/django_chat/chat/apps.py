"""The application ``django_chat.chat``."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    """Configures the chat."""

    name = "django_chat.chat"
