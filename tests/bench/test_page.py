"""What a first load fetches is found in the page, its style sheets and its scripts."""

from tocsin.bench.page import links_of

PAGE = """
<!doctype html><html><head>
<link rel="stylesheet" href="/static/site.css"><link rel="icon" href="/static/icon.svg">
<link rel="canonical" href="/elsewhere"><script type="module" src="/static/graphs.js"></script>
</head><body><a href="/alarms">alarms</a><img src="/static/bell.svg">
<div hx-get="/parts/graphs" hx-trigger="load, every 10s"></div><div hx-get="/parts/more" hx-trigger="click"></div>
</body></html>
"""


def test_a_page_loads_its_sheets_scripts_images_and_what_it_asks_for_at_once() -> None:
    assert list(links_of(PAGE, "text/html")) == [
        "/static/site.css",
        "/static/icon.svg",
        "/static/graphs.js",
        "/static/bell.svg",
        "/parts/graphs",
    ]


def test_a_script_loads_the_modules_it_imports() -> None:
    text = 'import { a } from "./a.js";\nimport "./b.js";\nconst c = await import("./c.js"); fetch("/api");'
    assert list(links_of(text, "text/javascript")) == ["./a.js", "./b.js", "./c.js"]


def test_a_style_sheet_loads_fonts_and_other_sheets() -> None:
    text = '@import "tokens.css"; body { background: url(/static/dots.svg) }'
    assert list(links_of(text, "text/css")) == ["tokens.css", "/static/dots.svg"]


def test_other_files_load_nothing() -> None:
    assert list(links_of(PAGE, "image/svg+xml")) == []
