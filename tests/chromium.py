"""The machine's Chromium, Chrome or Edge, which all tests that open pages share."""

import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Final

import pytest

PROGRAMS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)

OPTIONS: Final = (
    "--headless",
    "--remote-debugging-port=0",
    "--no-sandbox",  # containers often forbid the namespaces that the sandbox needs
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--password-store=basic",
    "--use-mock-keychain",
    # A page that is left keeps its sockets no longer.
    "--disable-back-forward-cache",
    # Pages of one test are not to wait for those of another, nor for a window in front of them.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)

_LISTENING: Final = "DevTools listening on "


@contextmanager
def chromium(profile: Path) -> Generator[str]:
    """Run the browser; without one, the test tells what is not checked.

    Starting one takes more processor time than most tests of pages do. Contexts share nothing.

    Args:
        profile: An empty folder, for its profile.

    Yields:
        Where it takes commands (Chrome DevTools Protocol).
    """
    candidates = (os.environ.get("CHROMIUM", ""), *PROGRAMS)
    found = next(filter(None, map(shutil.which, candidates)), None)
    if found is None:
        pytest.skip("NOT CHECKED: no Chromium, Chrome or Edge on this machine to open pages with")
    command = [found, *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr
        for line in process.stderr:
            if line.startswith(_LISTENING):
                break
        else:
            raise RuntimeError(f"{found} did not start")
        # It would wait for a reader of what it writes from now on.
        Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield line.removeprefix(_LISTENING).strip()
        finally:
            process.terminate()
