"""Writes the pictures under docs/screenshots/: `python -m tests.browser.screenshots`. The clock stands still."""

from pathlib import Path

from playwright.sync_api import sync_playwright
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.web.served import AGENT_TRACE, INCIDENT, ROOT, address

FOLDER = ROOT / "docs" / "screenshots"
PAGES = {
    "home": "/?range=6h&service=search-agent",
    "incident": f"/?incident={INCIDENT}",
    "story": f"/incidents/{INCIDENT}",
    "alarms": "/alarms",
    "alarm": "/alarms/errors_fast",
    "inbox": "/inbox",
    "calls": "/traces?order=failed",
    "trace": f"/traces/{AGENT_TRACE:032x}",
    "start": "/start?project=new",
}
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")
# The other pages are kept once for each size, to keep the repository small.
FOUR_TIMES = ("home", "incident")
TWICE = (("desktop", "light"), ("phone", "dark"))


def main(folder: Path = FOLDER) -> None:
    """Photograph each page at each size, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for scheme in SCHEMES:
            for size, (width, height) in SIZES.items():
                context = browser.new_context(
                    viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id="Europe/Berlin"
                )
                page = context.new_page()
                for name, path in PAGES.items():
                    if name not in FOUR_TIMES and (size, scheme) not in TWICE:
                        continue
                    page.goto(address() + path, wait_until="networkidle")
                    page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", animations="disabled")
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
