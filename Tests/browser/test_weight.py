"""What a first visit costs: at most 150 KB over the line and 20 requests."""

from playwright.sync_api import expect
from serve import eventually

LIMIT_BYTES = 150_000
LIMIT_REQUESTS = 20


class Line:
    """Counts what a page transfers."""

    def __init__(self, visitor, page):
        self.addresses = {}
        self.bytes = {}
        self.page = page
        session = visitor.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._asked)
        session.on("Network.loadingFinished", self._finished)

    def _asked(self, event):
        address = event["request"]["url"]
        if not address.startswith("data:"):
            self.addresses[event["requestId"]] = address

    def _finished(self, event):
        if event["requestId"] in self.addresses:
            self.bytes[event["requestId"]] = event["encodedDataLength"]

    def check(self, way, requests):
        eventually(lambda: self.page.title() and len(self.bytes) == len(self.addresses))
        total = sum(self.bytes.values())
        print(f"\nfirst visit {way}: {total / 1000:.1f} KB in {len(self.addresses)} requests")
        table = "\n".join(f"{self.bytes.get(key)} {address}" for key, address in self.addresses.items())
        assert set(self.addresses) == set(self.bytes), table
        assert total <= LIMIT_BYTES and len(self.addresses) <= requests, table


def usable(tab):
    tab.is_ready()
    expect(tab.field).to_be_focused()
    expect(tab.page.locator("conversation-list")).to_have_attribute("data-state", "empty")


def test_the_first_visit_with_a_session_is_light(mara):
    tab = mara.open("about:blank")
    line = Line(mara, tab.page)
    tab.page.goto("/")
    usable(tab)
    line.check("with a session", LIMIT_REQUESTS)


def test_the_first_visit_through_sign_in_is_light(visit):
    visitor = visit().register()
    visitor.context.clear_cookies()
    tab = visitor.open("about:blank")
    line = Line(visitor, tab.page)
    tab.page.goto("/")
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(visitor)
    usable(tab)
    # The form, what the server allows, and who it is come on top; nothing is renewed where nobody was signed in.
    line.check("through sign-in", LIMIT_REQUESTS + 3)
    assert not [address for address in line.addresses.values() if address.endswith("/auth/refresh")]
