"""The real page in Chromium, without a server: logs go in, and what it complained of comes out."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Error, Page, Route, sync_playwright

from tests.browser import chromium
from tests.fuzz import runs

ADDRESS = "http://fuzz.invalid/"
PATIENCE = 20_000  # milliseconds for one log in all panels
_HTML = '<!doctype html><meta charset="utf-8"><body></body><script src="page.js"></script>'
_RESTART = 200  # logs that a tab is shown before it is opened anew
_SHOW = "([frame, catalog]) => window.show(frame, catalog)"
_MEMORY = "() => performance.memory.usedJSHeapSize"


@dataclass
class Complaints:
    """What went wrong in a tab: nothing of it may."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    scripts: int = 0

    def taken(self) -> list[str]:
        """Returns all of them in words, and forgets them."""
        found = [*self.errors, *(f"asked for {each}" for each in self.requests)]
        found += [f"dialog: {each}" for each in self.dialogs]
        found += ["a script of the log ran"] * self.scripts
        self.errors, self.requests, self.dialogs, self.scripts = [], [], [], 0
        return found


class Tab:
    """A tab that is shown one log after the other."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self._browser, self._folder = browser, folder
        self._page: Page | None = None
        self._shown = 0
        self._complaints = Complaints()
        self.peak = 0  # bytes of heap after any log

    def show(self, case: runs.Case) -> list[str]:
        """Shows `case` in every panel; returns what went wrong."""
        page = self._page = self._page or self._opened()
        frame = base64.b64encode(case.frame()).decode()
        try:
            page.evaluate(_SHOW, [frame, case.catalog()])
            self._complaints.scripts += bool(page.evaluate("window.__xss"))
            self.peak = max(self.peak, page.evaluate(_MEMORY))
        except Error as error:
            self._complaints.errors.append(str(error))
        found = self._complaints.taken()
        self._shown += 1
        if found or self._shown % _RESTART == 0:
            self.close()
        return found

    def close(self) -> None:
        """Closes the tab; the next log opens another."""
        if self._page:
            self._page.context.close()
            self._page = None

    def _opened(self) -> Page:
        page = self._browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.set_default_timeout(PATIENCE)
        complaints = self._complaints
        page.on("pageerror", lambda error: complaints.errors.append(error.stack or str(error)))
        page.on("crash", lambda _: complaints.errors.append("the tab crashed"))
        page.on("dialog", self._refuse)
        page.route("**/*", self._answer)
        page.goto(ADDRESS)
        return page

    def _refuse(self, dialog: Dialog) -> None:
        self._complaints.dialogs.append(dialog.message)
        dialog.dismiss()

    def _answer(self, route: Route) -> None:
        address = route.request.url.split("#")[0]
        if address == ADDRESS:
            route.fulfill(body=_HTML, content_type="text/html")
        elif address == f"{ADDRESS}page.js":
            route.fulfill(path=self._folder / "page.js", content_type="text/javascript")
        else:
            self._complaints.requests.append(address[:200])
            route.abort()


@contextmanager
def tab(folder: Path) -> Iterator[Tab]:
    """Opens the machine's Chromium on what `page.build` wrote into `folder`."""
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        yield Tab(browser, folder)


def names_of(found: list[str]) -> Any:
    """Returns the first line of each complaint."""
    return [each.splitlines()[0][:160] for each in found]
