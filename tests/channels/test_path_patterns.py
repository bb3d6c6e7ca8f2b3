"""Path patterns of Django become addresses with parameters."""

import pytest

from chanx.ext.channels.path_patterns import angled_path, regex_path
from chanx.routing import PathParameter


def test_djangos_paths() -> None:
    read = angled_path("rooms/<int:room>/<slug>/<four:year>/", {"four": "[0-9]{4}"})
    assert read.address == "rooms/{room}/{slug}/{year}/"
    assert read.parameters == (
        PathParameter(name="room", converter="int"),
        PathParameter(name="slug", converter="str"),
        PathParameter(name="year", converter="four", pattern="[0-9]{4}"),
    )


@pytest.mark.parametrize(
    ("pattern", "address", "patterns"),
    [
        (r"^rooms/(?P<room>\w+)/$", "rooms/{room}/", {"room": r"\w+"}),
        (r"\Arooms/(?P<room>[a-z)(]+)\Z", "rooms/{room}", {"room": "[a-z)(]+"}),
        (r"^(?P<a>(x(y)\)))-(?P<b>.*)$", "{a}-{b}", {"a": r"(x(y)\))", "b": ".*"}),
        (r"^rooms/(\w+)/(?:chat|files)/x\.json$", "rooms/{param1}/{param2}/x.json", None),
        (r"^rooms/(?:page-(?P<page>[1-9]\d*)/)?$", "rooms/page-{page}/", {"page": r"[1-9]\d*"}),
        (r"^[a-z]+\d{2}/(?=z)(?!y)z/?$", "{param1}/z/", {"param1": r"[a-z]+\d{2}"}),
        (r"(?i)^rooms/[.]/(?#comment)$", "rooms/./", {}),
        (r"^a|b$", "{param1}", {"param1": "^a|b$"}),
        (r"^a{b}$", "a%7Bb%7D", {}),
        (r"^$", "", {}),
    ],
)
def test_regular_expressions(pattern: str, address: str, patterns: dict[str, str] | None) -> None:
    read = regex_path(pattern)
    assert read.address == address
    if patterns is not None:
        assert {item.name: item.pattern for item in read.parameters} == patterns


def test_digits_are_an_integer() -> None:
    assert regex_path(r"(?P<room>\d+)").parameters == (PathParameter(name="room", converter="int"),)


def test_mounted_patterns_are_put_together() -> None:
    whole = (
        angled_path("teams/<int:id>/") / regex_path(r"^(\w+)/$") / regex_path(r"^(\w+)/(?P<id>x)$")
    )
    assert whole.address == "teams/{id}/{param1}/{param2}/{id_2}"
    assert [item.name for item in whole.parameters] == ["id", "param1", "param2", "id_2"]
