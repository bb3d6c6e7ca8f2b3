"""The page of the settings is what their declarations say."""

from scripts.write_settings import PAGE, page


def test_the_table_of_settings_is_that_of_their_declarations() -> None:
    written = PAGE.read_text("utf-8")
    assert page(written) == written, "write it anew: hatch run python scripts/write_settings.py"
