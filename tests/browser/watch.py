"""Collects whatever a browser complains of, so that every test can end with none of it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

PLUGIN_PATH = "/data/plugin"
# Chromium tells of violations in the console too; the event names the directive that was broken.
REPORT_VIOLATIONS = """
addEventListener("securitypolicyviolation", (event) => {
  console.error(`CSP: ${event.violatedDirective} blocked ${event.blockedURI}`);
});
"""


class Watch:
    """Every error, CSP violation, failed request and dialog of a browser context."""

    def __init__(self, context: BrowserContext) -> None:
        self.problems: list[str] = []
        self.requests: list[str] = []
        self._expected: list[str] = []
        self._context = context
        self._script = context.add_init_script(REPORT_VIOLATIONS)
        context.on("page", self._follow)

    def expect(self, part: str) -> None:
        """Says that the test itself causes problems that name `part`."""
        self._expected.append(part)

    def leave(self) -> None:
        """Watches no further pages of the context."""
        self._context.remove_listener("page", self._follow)
        self._script.close()

    def check(self) -> None:
        """Fails if there was any problem, or if an expected one did not come."""
        for part in self._expected:
            assert any(part in problem for problem in self.problems), f"{part!r} did not come"
        unexpected = [
            problem
            for problem in self.problems
            if not any(part in problem for part in self._expected)
        ]
        assert not unexpected, "\n".join(unexpected)

    def _follow(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("requestfailed", self._on_failure)
        page.on("response", self._on_response)
        page.on("dialog", lambda dialog: (self.problems.append("dialog"), dialog.dismiss()))

    def _on_console(self, message: ConsoleMessage) -> None:
        # TensorBoard warns of its own affairs; the page has no reason to.
        ours = PLUGIN_PATH in message.location["url"]
        if message.type == "error" or (ours and message.type == "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _on_failure(self, request: Request) -> None:
        # The page itself aborts requests whose answer is no longer wanted.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request failed: {request.url} {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self.problems.append(f"status {response.status}: {response.url}")
