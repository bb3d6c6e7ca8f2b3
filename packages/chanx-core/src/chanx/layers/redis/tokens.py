"""Buckets of tokens on Redis, from which many processes take."""

from typing import Final

# TIME before a write is allowed, since scripts replicate what they did and not themselves (the
# default from Redis 5 on). Times are those of Redis, as the clocks of processes differ. Lua writes
# numbers with 14 digits, which a time in microseconds exceeds: hence string.format. What is granted
# is a number, since Redis truncates those to integers; what waits is text.
TAKE: Final = """\
local count, rate, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or burst
local passed = math.max(0, now - (tonumber(kept[2]) or now))
tokens = math.min(burst, tokens + passed * rate + tonumber(ARGV[4]))
local granted = math.min(count, math.floor(tokens))
local left = tokens - granted
local at = string.format('%.6f', now)
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', left), 'at', at)
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - left) / rate * 1000) + 1000)
local wait = 0
if granted == 0 then wait = (1 - tokens) / rate end
return {granted, string.format('%.6f', wait)}
"""
"""A script for ``EVAL``: one key, then how many tokens, how many new ones a second, how many there
are at most, how many are given back. It answers how many are granted, and for how long there is
none. A bucket that is full again is forgotten."""


__all__ = ["TAKE"]
