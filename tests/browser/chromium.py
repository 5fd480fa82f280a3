"""Finds and starts the machine's own Chromium."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # containers have no user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",  # pixels are compared
)


def path() -> str | None:
    """Returns where the browser is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Returns a browser without a window.

    Raises:
      FileNotFoundError: there is none on PATH.
    """
    executable = path()
    if executable is None:
        raise FileNotFoundError(f"No browser: none of {', '.join(NAMES)} is on PATH.")
    return playwright.chromium.launch(executable_path=executable, args=FLAGS)
