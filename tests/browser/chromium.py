"""Finds and starts the machine's own Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright, ViewportSize

NAMES = ("chromium", "chromium-browser", "google-chrome")
VIEWPORT = ViewportSize(width=1280, height=800)  # a small laptop's screen
# Playwright turns these off itself, but only the last list on a command line counts.
PLAYWRIGHTS_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
# Every window loads pages of its own for its address bar, which nobody sees: a quarter of the
# processor time of a tab.
ADDRESS_BAR = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
FLAGS = (
    "--no-sandbox",  # containers have no user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",  # pixels are compared
    f"--disable-features={','.join(PLAYWRIGHTS_OFF + ADDRESS_BAR)}",
)


def path() -> str | None:
    """Returns where the browser is, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """Returns a browser without a window.

    Raises:
      FileNotFoundError: there is none on PATH.
    """
    return playwright.chromium.launch(executable_path=_executable(), args=FLAGS)


def profile(playwright: Playwright, folder: Path) -> BrowserContext:
    """Returns a browser's own profile, which keeps files and compiled code in `folder`.

    Raises:
      FileNotFoundError: there is no browser on PATH.
    """
    return playwright.chromium.launch_persistent_context(
        folder, executable_path=_executable(), args=FLAGS, viewport=VIEWPORT
    )


def _executable() -> str:
    executable = path()
    if executable is None:
        raise FileNotFoundError(f"No browser: none of {', '.join(NAMES)} is on PATH.")
    return executable
