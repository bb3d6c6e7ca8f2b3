"""The project's settings: SQLite and one process, or what the environment names.

``DATABASE_URL``, ``REDIS_URL``, ``SECRET_KEY``, ``ALLOWED_HOSTS`` (with commas) and ``DEBUG`` (0 or
1) are read; without ``SECRET_KEY`` the project runs for trying out only.
"""

import os
from pathlib import Path

from django_chat.environment import channel_layer, database

HERE = Path(__file__).resolve().parent

DEBUG = os.environ.get("DEBUG", "0" if "SECRET_KEY" in os.environ else "1") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "for trying out only")
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "rest_framework.authtoken",
    "chanx.ext.channels",
    "django_chat.chat",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django_chat.chat.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "django_chat.urls"
ASGI_APPLICATION = "django_chat.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": database(os.environ.get("DATABASE_URL", f"sqlite:///{HERE / 'db.sqlite3'}"))
}
CHANNEL_LAYERS = {"default": channel_layer(os.environ.get("REDIS_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "rooms"
LOGOUT_REDIRECT_URL = "login"
STATIC_URL = "static/"
TIME_ZONE = "UTC"
USE_TZ = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
CHANX = {
    "ASYNCAPI_TITLE": "chanx chat with Django",
    "ASYNCAPI_DESCRIPTION": "Rooms in which their members talk.",
    "ASYNCAPI_CONTACT": {
        "name": "Whoever runs this chat",
        "url": "https://example.com/chat",
        "email": "chat@example.com",
    },
    "ASYNCAPI_LICENSE": {
        "name": "BSD-3-Clause",
        "url": "https://opensource.org/license/bsd-3-clause",
    },
    "ASYNCAPI_TAGS": [{"name": "chat", "description": "What members say to each other."}],
    "LOG_IGNORED_ACTIONS": ["ping", "pong", "typing"],
}
