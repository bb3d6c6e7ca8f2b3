"""The settings of a project whose tenants have a database each."""

SECRET_KEY = "for trying out only"
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "chanx.ext.channels",
    "desk",
]
ASGI_APPLICATION = "desk.asgi.application"
ROOT_URLCONF = "desk.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

# --8<-- [start:databases]
DATABASES = {
    name: {"ENGINE": "django.db.backends.postgresql", "NAME": name}
    for name in ("default", "acme", "globex")
}
DATABASE_ROUTERS = ["desk.tenants.TenantRouter"]
# --8<-- [end:databases]
CHANNEL_LAYERS = {"default": {"BACKEND": "chanx.layers.MemoryLayer"}}
CHANX = {"DATABASE_THREADS": 10}
