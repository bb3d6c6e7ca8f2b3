"""Changing settings for a while, in tests."""

from typing import Any

from django.test.utils import override_settings

from chanx.ext.channels.settings import NAME, SETTING_NAMES, chanx_settings, unknown_setting


class override_chanx_settings(override_settings):
    """Change some of the ``CHANX`` settings for a block, a test or a test case.

    A context manager and a decorator, like Django's ``override_settings``. Settings that are not
    named keep what they have when the block is entered.

    Args:
        changes: Settings by name, with the value that they have meanwhile.

    Raises:
        ValueError: If there is no such setting.

    Example:
        >>> from chanx.ext.channels.settings import chanx_settings
        >>> with override_chanx_settings(SEND_COMPLETION=True):
        ...     chanx_settings.SEND_COMPLETION
        True
    """

    options: dict[str, Any]

    def __init__(self, **changes: Any) -> None:
        for name in changes:
            if name not in SETTING_NAMES:
                raise ValueError(unknown_setting(name))
        super().__init__(**{NAME: changes})
        self._changes = changes

    def enable(self) -> None:
        """Change the settings, starting from those that are in force now."""
        # When it is entered and not when it is made: as a decorator it is made at import, before
        # other overrides.
        self.options = {NAME: {**chanx_settings.configured, **self._changes}}
        super().enable()

    def save_options(self, test_func: Any) -> None:
        """Have a test case's class change the settings, beside what its bases change."""
        inherited: dict[str, Any] = test_func._overridden_settings or {}  # noqa: SLF001 - Django's own, for what subclasses it
        self.options = {NAME: {**inherited.get(NAME, chanx_settings.configured), **self._changes}}
        super().save_options(test_func)


__all__ = ["override_chanx_settings"]
