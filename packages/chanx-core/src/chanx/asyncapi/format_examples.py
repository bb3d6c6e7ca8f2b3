"""Texts of the formats that schemas name, which every reader takes for such."""

from collections.abc import Mapping, Sequence
from typing import Final

_UUID: Final = "123e4567-e89b-{}2d3-a456-426614174000"

FORMAT_EXAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "base64": ("Y2hhbng=",),
    "base64url": ("Y2hhbng=",),
    "binary": ("text", ""),
    "byte": ("Y2hhbng=",),
    "color": ("red",),
    "date": ("2025-01-31", "1999-12-31", "2400-02-29"),
    "date-time": ("2025-01-31T12:00:00Z", "2025-01-31T12:00:00.5+01:00"),
    "duration": ("PT1H", "P3D", "P1DT12H"),
    "email": ("ada@example.com",),
    "fraction": ("1/2",),
    "hostname": ("example.com",),
    "idn-email": ("ada@example.com",),
    "ipv4": ("192.0.2.1",),
    "ipv4network": ("192.0.2.0/24",),
    "ipv4interface": ("192.0.2.1/24",),
    "ipv6": ("2001:db8::1",),
    "ipv6network": ("2001:db8::/32",),
    "ipv6interface": ("2001:db8::1/32",),
    "ipvanyaddress": ("192.0.2.1", "2001:db8::1"),
    "ipvanyinterface": ("192.0.2.1/24",),
    "ipvanynetwork": ("192.0.2.0/24",),
    "multi-host-uri": ("postgres://ada@localhost:5432/chat",),
    "json-string": ("{}", "[]"),
    "name-email": ("Ada <ada@example.com>",),
    "password": ("correct horse", ""),
    "path": ("a/b.txt",),
    "regex": ("[a-z]+",),
    "time": ("12:00:00Z",),
    "uri": ("https://example.com/",),
    "zoneinfo": ("Europe/Paris",),
    "uuid": (_UUID.format(4), _UUID.format(1)),
    **{f"uuid{version}": (_UUID.format(version),) for version in (1, 3, 4, 5)},
    "uuid6": ("1ec9414c-232a-6b00-b3c8-9e6bdeced846",),
    "uuid7": ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f",),
    "uuid8": ("2489e9ad-2ee2-8e00-8ec9-32d5f69181c0",),
}
"""By format; the first of each is what documents show. What is not here is not known."""


__all__ = ["FORMAT_EXAMPLES"]
