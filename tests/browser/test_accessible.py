"""What axe finds on the pages: names, roles, headings, contrast, in light and in dark."""

from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Opened
from tests.web.served import AGENT_TRACE, INCIDENT, ROOT

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [
    "/",
    "/?range=24h&group=model",
    f"/?incident={INCIDENT}",
    "/incidents",
    f"/incidents/{INCIDENT}",
    "/alarms",
    "/alarms/errors_fast?replay=1&set.share_min=0.7",
    "/inbox",
    "/tocsin",
    "/traces",
    f"/traces/{AGENT_TRACE:032x}",
    "/table/errors",
    "/breakdown/model",
    "/filters",
    "/start",
    "/api/docs",
]


# Where the colours are: the others have no more of them.
COLOURFUL = ["/", f"/incidents/{INCIDENT}", "/alarms", "/alarms/errors_fast?replay=1", f"/traces/{AGENT_TRACE:032x}"]


def faults_of(page: Page) -> list[tuple[str, str]]:
    """Return each thing axe would mend: which of its findings, and where."""
    # As the browser's own tools do it: the page's policy lets no script in.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate("axe.run(document)")
    assert len(found["passes"]) > 10
    return [(one["id"], node["html"][:200]) for one in found["violations"] for node in one["nodes"]]


@pytest.mark.parametrize(
    ("path", "scheme"), [*((path, "light") for path in PAGES), *((path, "dark") for path in COLOURFUL)]
)
def test_axe_finds_nothing_to_mend(opened: Opened, path: str, scheme: str) -> None:
    assert faults_of(opened(path, color_scheme=scheme)) == []


def test_what_axe_would_find_is_found(opened: Opened) -> None:
    """The counterpart: a text nearly as light as its ground, and a field without a name."""
    page = opened("/start")
    page.evaluate("""() => {
        const text = document.createElement("p");
        text.textContent = "hardly seen";
        text.style.color = "#eeeeee";
        document.querySelector("main").append(text, document.createElement("input"));
    }""")
    assert {name for name, _ in faults_of(page)} == {"color-contrast", "label"}
