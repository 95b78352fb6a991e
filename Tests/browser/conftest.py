"""A running product, a real Chromium, and people with accounts of their own."""

import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "support"))

from cable import Cable  # noqa: E402
from serve import ROOT, Serve  # noqa: E402
from shelf import take  # noqa: E402, F401
from visitor import Visitor, chromium, misbehaving_beside  # noqa: E402

# What a failed test saw last.
PICTURES = Path(os.environ.get("ATELIER_TEST_PICTURES", ROOT / ".build/browser-failures"))


@pytest.fixture(scope="session")
def serve():
    """The product with its demo provider, as a newcomer starts it."""
    run = Serve()
    yield run
    run.remove()


@pytest.fixture(scope="session")
def misbehaving(serve):
    """A second one, whose provider is the first one's demo with the models that fail on purpose."""
    run = misbehaving_beside(serve)
    yield run
    run.remove()


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    setattr(item, f"has_passed_{report.when}", report.passed)
    return report


@pytest.fixture
def visit(serve, browser, request):
    """Makes browsers that nobody has signed in to. What their consoles complain of fails the test."""
    visitors = []

    def visit(run=serve, **options):
        visitors.append(Visitor(browser, run.url, **options))
        return visitors[-1]

    yield visit
    if not getattr(request.node, "has_passed_call", False):
        photograph(visitors, request.node.name)
    for visitor in visitors:
        visitor.close()
    assert [visitor.complaints for visitor in visitors if visitor.complaints] == []


@pytest.fixture
def cable(serve):
    cable = Cable(serve.port)
    yield cable
    cable.remove()


@pytest.fixture
def mara(visit):
    """A browser with a session, of a person who has written nothing yet."""
    return visit().register()


def photograph(visitors, name):
    PICTURES.mkdir(parents=True, exist_ok=True)
    for page in [page for visitor in visitors for page in visitor.context.pages]:
        number = len(list(PICTURES.glob(f"{name}-*.png")))
        page.screenshot(path=PICTURES / f"{name}-{number}.png")
