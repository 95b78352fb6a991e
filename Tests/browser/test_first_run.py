"""What a newcomer is told: where the first password is, and where the first key goes, by how the server was installed."""

import pytest
from playwright.sync_api import expect
from serve import Serve


@pytest.fixture(scope="module")
def new():
    """A server that nobody has come to yet."""
    run = Serve()
    yield run
    run.remove()


@pytest.fixture
def admin(new, visit):
    visitor = visit(new)
    visitor.email = "admin@localhost"
    return visitor


def as_packaged(visitor):
    """Has the server say that the package's services run it."""
    said = {"name": "Atelier", "version": "1", "registration_open": True, "demo": True, "packaged": True, "new": True}
    visitor.context.route("**/api/v1/instance", lambda route: route.fulfill(json=said))


# In this order: the first one to sign in ends the newness.
def test_a_new_server_says_where_the_first_password_is(admin):
    tab = admin.open("/")
    expect(tab.title).to_have_text("Sign in to Atelier")
    expect(tab.page.get_by_text("Nobody has signed in here yet.")).to_contain_text("was printed where Atelier was started")
    as_packaged(admin)
    tab.page.reload()
    expect(tab.page.get_by_text("sudo cat /etc/atelier/credentials/atelier-admin-password")).to_be_visible()
    tab.sign_in(admin)
    tab.is_ready()


def test_once_somebody_has_signed_in_it_does_not(admin):
    tab = admin.open("/sign-in")
    expect(tab.page.get_by_role("link", name="Create an account")).to_be_visible()
    expect(tab.page.get_by_text("Nobody has signed in")).to_have_count(0)


def test_the_administrator_is_told_where_the_first_key_goes(admin):
    tab = admin.open("/sign-in")
    tab.sign_in(admin)
    advice = tab.page.get_by_role("region", name="Connect a provider")
    expect(advice).to_contain_text("OPENROUTER_API_KEY=sk-or-… nginx/serve")
    expect(advice).not_to_contain_text("/etc/atelier")
    as_packaged(admin)
    tab.page.reload()
    expect(advice).to_contain_text("/etc/atelier/credentials/openrouter-api-key")
    expect(advice).to_contain_text("sudo /usr/lib/atelier/roll")
    expect(advice).not_to_contain_text("nginx/serve")


def test_everybody_else_is_not(new, visit):
    tab = visit(new).register().open("/")
    expect(tab.page.get_by_text("Ask the person who runs this server")).to_be_visible()
    expect(tab.page.get_by_role("region", name="Connect a provider")).to_have_count(0)
