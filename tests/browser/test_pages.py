"""What only a browser can tell."""

import json
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page
from tests.browser.conftest import Opened
from tests.web.served import AGENT_TRACE, INCIDENT, address
from tests.web.test_pages import HOSTILE_PAGES

from tocsin.model.measure import Unit
from tocsin.web import numbers

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRACE = f"{AGENT_TRACE:032x}"
PAGE_BYTES_MAX = 150_000
PHONE = {"width": 390, "height": 844}


def count_pixels(page: Page, graph: str, colour: str) -> int:
    """Count the pixels of a graph that have about a colour, which is named as in tokens.css or given as rgb."""
    script = """([graph, colour]) => {
        const holder = document.createElement("i");
        holder.style.color = colour.startsWith("--") ? `var(${colour})` : colour;
        document.body.append(holder);
        const wanted = getComputedStyle(holder).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
        holder.remove();
        const canvas = document.querySelector(`[data-graph="${graph}"] canvas`);
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < data.length; i += 4) {
            if (data[i + 3] && wanted.every((value, k) => Math.abs(value - data[i + k]) < 12)) found += 1;
        }
        return found;
    }"""
    return int(page.evaluate(script, [graph, colour]))


def shaded(page: Page, graph: str) -> int:
    """Count the pixels that the wash of an incident covers: translucent, so it is looked for by its own alpha."""
    script = """(graph) => {
        const canvas = document.querySelector(`[data-graph="${graph}"] canvas`);
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        let found = 0;
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 10 && data[i + 3] < 60) found += 1;
        return found;
    }"""
    return int(page.evaluate(script, graph))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_link_of_the_message_shows_the_shaded_incident_and_its_threshold(opened: Opened, scheme: str) -> None:
    link = httpx.get(f"{address()}/api/v1/inbox").json()["messages"][0]["notice"]["link"]
    page = opened(link, color_scheme=scheme)
    assert page.locator("h1").inner_text().startswith("checkout-bot (prod): 60% of calls fail since")
    assert shaded(page, "fire") > 2_000
    assert count_pixels(page, "fire", "--c-threshold") > 100
    assert count_pixels(page, "fire", "--c-error-overloaded") > 2_000
    assert page.locator(".aside").inner_text().count("overloaded (529)") == 1
    page.locator(".aside a[href^='/traces/']").first.click()
    page.wait_for_url("**/traces/*")
    assert page.locator(".spans > li").count() == 3


def test_a_quiet_graph_has_no_wash(opened: Opened) -> None:
    """The counterpart: without it, counting washed pixels would prove nothing."""
    page = opened("/?service=search-agent")
    assert shaded(page, "latency") < 500
    assert count_pixels(page, "latency", "--c-latency-3") > 100


def test_the_whole_page_is_light_on_the_wire(opened: Opened) -> None:
    page = opened("/api/docs")
    # The protocol's own messages have no types.
    session: Any = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []

    def note(event: dict[str, Any]) -> None:
        sizes.append(float(event["encodedDataLength"]))

    session.on("Network.loadingFinished", note)
    page.goto(f"{address()}/?range=24h&group=model", wait_until="networkidle")
    assert len(sizes) >= 8
    assert sum(sizes) <= PAGE_BYTES_MAX, f"{sum(sizes):.0f} bytes"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?range=24h&group=model",
        f"/?incident={INCIDENT}",
        "/incidents",
        f"/incidents/{INCIDENT}",
        "/alarms",
        "/inbox",
        "/tocsin",
        "/traces",
        f"/traces/{TRACE}",
        "/start",
        "/api/docs",
        "/breakdown/model",
        "/filters",
        "/table/errors",
        "/?project=hostile&group=model",
    ],
)
def test_a_phone_never_scrolls_sideways(opened: Opened, path: str) -> None:
    page = opened(path, **PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # Nor does any part of it, but for what is code.
    script = """() => [...document.querySelectorAll("main *")].filter((one) => one.scrollWidth > one.clientWidth + 1
        && /auto|scroll/.test(getComputedStyle(one).overflowX) && !one.matches("pre")).map((one) => one.className)"""
    assert page.evaluate(script) == []


def test_three_graphs_fill_one_desktop_screen(opened: Opened) -> None:
    page = opened("/?service=search-agent")
    bottom = page.locator("#cost .plot").bounding_box()
    assert bottom is not None
    assert bottom["y"] + bottom["height"] <= 900


@pytest.mark.parametrize("path", HOSTILE_PAGES)
def test_no_text_of_a_span_runs(opened: Opened, path: str) -> None:
    page = opened(path)
    assert page.evaluate("window.owned") is None
    assert page.locator("main img, main iframe").count() == 0


def test_times_are_told_in_the_readers_zone_which_is_named(opened: Opened) -> None:
    page = opened(f"/incidents/{INCIDENT}")
    assert "Europe/Berlin (UTC+1)" in page.locator(".zone").inner_text()
    assert "04:48" in page.locator("h1").inner_text()
    assert "UTC" not in page.locator("h1").inner_text()


def test_every_time_of_a_sentence_is_told_in_the_readers_zone(opened: Opened) -> None:
    """The end of "03:50 to 03:59 UTC" was left in UTC, and its beginning was no time at all."""
    page = opened("/start")
    script = """async ([module, told]) => {
        const { localise } = await import(module);
        const node = document.createElement("p");
        node.dataset.began = "2026-11-24T22:50:00Z";
        node.textContent = told;
        document.body.append(node);
        localise(document);
        return node.textContent;
    }"""
    module = page.locator("link[rel=modulepreload][href*=times]").get_attribute("href")
    for told, shown in (
        ("60% failed, 22:50 to 22:59 UTC", "60% failed, 23:50 to 23:59"),
        ("24 Nov 22:50 to 25 Nov 00:10 UTC", "24 Nov 23:50 to 25 Nov 01:10"),
        ("no calls since 14:05:09 UTC, so", "no calls since 15:05:09, so"),
        ("at 03:50 in a name", "at 03:50 in a name"),
    ):
        assert page.evaluate(script, [module, told]) == shown


@pytest.mark.parametrize("path", [f"/incidents/{INCIDENT}", f"/?incident={INCIDENT}", "/?range=24h"])
def test_what_goes_on_is_asked_for_again_and_stays_whole(opened: Opened, path: str) -> None:
    page = opened(path)
    before = page.locator("main h1").inner_text()
    page.evaluate("document.querySelector('main h1').textContent = 'old news'")
    with page.expect_response(lambda response: response.request.headers.get("hx-request") == "true") as news:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('tick'))")
    assert news.value.status == 200
    page.wait_for_function("(told) => document.querySelector('main h1')?.innerText === told", arg=before)
    assert page.locator("main canvas").count() >= 1
    assert page.locator("main h1").count() == 1


def test_news_come_without_a_reload_and_folds_stay_open(opened: Opened) -> None:
    page = opened("/")
    page.locator("#more > summary").click()
    assert page.locator("[data-graph=tokens] canvas").count() == 1
    with page.expect_response(lambda response: "/live" in response.url) as news:
        page.evaluate("document.body.dispatchEvent(new CustomEvent('tick'))")
    assert news.value.status in {200, 304}
    assert page.locator("[data-graph=latency] canvas").count() == 1
    assert page.locator("#more").get_attribute("open") is not None
    page.reload(wait_until="networkidle")
    assert page.locator("#more").get_attribute("open") is not None


def test_tables_and_filters_open_in_place(opened: Opened) -> None:
    page = opened("/")
    page.locator("#errors .behind > summary").click()
    page.locator("#errors table").wait_for()
    assert page.locator("#errors tbody tr").count() == 60
    page.locator("#by-model > summary").click()
    page.locator("#by-model table").wait_for()
    assert "gpt-4o-mini" in page.locator("#by-model").inner_text()
    page.locator(".filters > summary").click()
    page.locator(".filters select[name=service]").select_option("search-agent")
    page.locator(".filters button").click()
    page.wait_for_url("**service=search-agent*")
    assert "search-agent" in page.locator(".chips").inner_text()


def test_choosing_a_group_is_one_step_and_dragging_zooms(opened: Opened) -> None:
    page = opened("/?range=6h")
    page.locator("#group").select_option("model")
    page.wait_for_url("**group=model*")
    box = page.locator("[data-graph=cost]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 500, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 800, box["y"] + 60, steps=5)
    page.mouse.up()
    page.wait_for_url("**from=*")
    assert "group=model" in page.url


def test_the_readout_follows_the_pointer_on_every_graph(opened: Opened) -> None:
    page = opened("/")
    before = page.locator("[data-readout=cost] .when dd").inner_text()
    box = page.locator("[data-graph=latency]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 60)
    page.wait_for_function(
        "(old) => document.querySelector('[data-readout=cost] .when dd').textContent !== old", arg=before
    )


def test_graphs_are_drawn_and_links_work_without_javascript(opened: Opened) -> None:
    page = opened("/", java_script_enabled=False)
    assert page.locator("svg.flat").first.is_visible()
    page.locator("#latency .behind > summary").click()
    page.locator("#latency .behind a").click()
    assert page.locator("tbody tr").count() == 60


def test_the_keyboard_reaches_everything(opened: Opened) -> None:
    page = opened("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached: set[str] = set()
    for _ in range(30):
        page.keyboard.press("Tab")
        reached.add(str(page.evaluate("document.activeElement.tagName + '.' + document.activeElement.id")))
    assert "SELECT.group" in reached
    assert any(name.startswith("SUMMARY") for name in reached)


def test_numbers_are_written_alike_by_server_and_browser(opened: Opened) -> None:
    page = opened("/start")
    values = [0, 1e-6, 0.0004, 0.0042, 0.05, 0.0995, 0.3, 0.995, 0.9996, 1, 1.5, 7.93, 12.04, 48.2, 99.9, 100, 130.6]
    values += [1_000, 1_152, 9_999, 10_000, 123_456, 7_300, 86_400, 200_000, 1_234_567, 5e9]
    cases: list[tuple[float, str]] = [(value, unit.value) for unit in Unit for value in values]
    script = """async ([module, cases]) => {
        const { measured } = await import(module);
        return cases.map(([value, unit]) => measured(value, unit));
    }"""
    module = page.locator("link[rel=modulepreload][href*=numbers]").get_attribute("href")
    written: list[Any] = page.evaluate(script, [module, json.loads(json.dumps(cases))])
    expected = [numbers.measured(value, Unit(unit)) for value, unit in cases]
    assert {c: w for c, w, e in zip(cases, written, expected, strict=True) if w != e} == {}, expected
