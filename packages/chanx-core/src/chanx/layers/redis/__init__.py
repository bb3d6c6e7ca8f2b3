"""A channel layer between processes, on Redis or Valkey."""

try:
    from chanx.layers.redis.layer import RedisLayer
except ModuleNotFoundError as _missing:
    if _missing.name not in ("redis", "msgpack"):
        raise
    raise ImportError(
        f'RedisLayer needs the package {_missing.name}: pip install "chanx-core[redis]"'
    ) from _missing

__all__ = ["RedisLayer"]
