"""The page's shared elements by themselves: a page of the tests, with the assets and the headers of the product."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from visitor import Tab

FILES = Path(__file__).parent / "elements"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}


@pytest.fixture
def take(visit):
    """Takes an element out: `take("table")` is a tab that shows it and nothing else."""

    def take(piece, **options):
        visitor = visit(**options)
        headers = {name: value for name, value in visitor.context.request.get("/").headers.items() if "security" in name}
        assert "content-security-policy" in headers

        def serve(route):
            name = route.request.url.split("/elements/")[1].split("#")[0] or "index.html"
            path = FILES / name
            route.fulfill(body=path.read_bytes(), headers=headers | {"content-type": TYPES[path.suffix]})

        visitor.context.route(f"{visitor.url}/elements/*", serve)
        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab = Tab(visitor.context.new_page())
        tab.page.goto(f"/elements/#{piece}")
        expect(tab.page.locator("html")).to_have_attribute("data-state", "ready")
        return tab

    return take
