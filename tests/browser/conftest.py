"""A real Chromium on the served world, watched: nothing may fail, and nothing may leave the host."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright
from tests.web.served import address

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Return the browser, which ends with the module.

    Playwright keeps an event loop running in this thread until it is stopped; no test after it could start its own.
    """
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Opened]:
    """Return what opens a page; at the end nothing must have failed on any, and nothing must have left the host."""
    contexts: list[BrowserContext] = []
    said: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            said.append(message.text)

    def ask(request: Request) -> None:
        asked.append(request.url)

    def fail(error: object) -> None:
        said.append(str(error))

    def open_page(path: str, width: int = 1440, height: int = 900, **options: Any) -> Page:  # noqa: ANN401 - playwright's
        context = chromium.new_context(
            viewport={"width": width, "height": height}, timezone_id="Europe/Berlin", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", fail)
        page.on("request", ask)
        page.goto(path if path.startswith("http") else address() + path, wait_until="networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith(address())] == []
