"""A channel layer between processes, on Redis or Valkey."""

try:
    from chanx.layers.redis.layer import RedisLayer
except ModuleNotFoundError as missing:
    if missing.name not in ("redis", "msgpack"):
        raise
    from chanx.core.errors import MissingPackageError

    raise MissingPackageError(
        f'RedisLayer needs the package {missing.name}: pip install "chanx-core[redis]"'
    ) from missing

__all__ = ["RedisLayer"]
