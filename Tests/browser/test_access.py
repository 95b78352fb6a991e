"""axe finds nothing on any screen, dialog or state: both themes, two widths, and the system's own colours."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from serve import PASSWORD
from test_appearance import PHONE
from test_failures import open_failed

WAYS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "light-phone": PHONE | {"color_scheme": "light"},
    "dark-phone": PHONE | {"color_scheme": "dark"},
    "forced": {"forced_colors": "active"},
}


class Examiner:
    """Looks at what a tab shows, and notes what is wrong with it."""

    def __init__(self, tab):
        self.turn_to(tab)
        self.faults = []

    def turn_to(self, tab):
        self.tab, self.page = tab, tab.page

    def look(self, name):
        self.page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {})))")
        for violation in Axe().run(self.page).response["violations"]:
            for node in violation["nodes"]:
                why = (node["any"] + node["all"] + node["none"])[:1]
                message = why[0]["message"] if why else ""
                self.faults.append(f"{name}: {violation['id']}: {node['html'][:160]} {message}")

    def is_clean(self):
        assert not self.faults, "\n".join(self.faults)


@pytest.fixture(params=WAYS, ids=str)
def way(request):
    # Nothing fades in while it is looked at.
    return WAYS[request.param] | {"reduced_motion": "reduce"}


def is_phone(way):
    return "is_mobile" in way


def test_the_doors_are_open_to_everybody(visit, way):
    visitor = visit(**way)
    tab = visitor.open("/sign-in")
    examiner = Examiner(tab)
    expect(tab.page.get_by_role("link", name="Create an account")).to_be_visible()
    examiner.look("sign-in")
    tab.sign_in(visitor)
    expect(tab.page.get_by_role("alert")).to_contain_text("belong")
    examiner.look("sign-in refused")
    tab.page.goto("/register")
    tab.button("Create account").click()
    expect(tab.page.get_by_text("Write your email address.")).to_be_visible()
    examiner.look("register")
    tab.page.route("**/api/v1/users/me", lambda route: route.abort())
    tab.page.goto("/")
    expect(tab.page.get_by_text("Atelier cannot be reached")).to_be_visible()
    examiner.look("unreachable")
    examiner.is_clean()


def test_a_conversation_is_open_to_everybody(visit, way):
    mara = visit(**way).register()
    tab = mara.open("/")
    examiner = Examiner(tab)
    tab.is_ready()
    examiner.look("first visit")
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    expect(tab.answer.locator(".waiting")).to_be_visible()
    examiner.look("waiting")
    tab.has_begun()
    tab.send("And then this")
    expect(tab.pending).to_have_count(1)
    examiner.look("streaming")
    tab.pending.get_by_role("button", name="Remove").click()
    with mara.offline():
        expect(tab.page.locator(".offline")).to_be_visible()
        examiner.look("offline")
    tab.button("Stop").click()
    tab.has_ended("stopped")
    examiner.look("stopped")
    tab.page.goto(f"/c/{mara.exchange('Show everything', model='demo/showcase')}")
    tab.has_ended()
    expect(tab.answer.locator(".math[data-state=plain]")).to_have_count(0)
    tab.question.hover()
    examiner.look("everything")
    tab.answer.get_by_role("button", name="Regenerate", exact=True).click()
    expect(tab.answer.get_by_role("group", name="Versions")).to_be_visible()
    tab.has_ended()
    examiner.look("versions")
    tab.question.hover()
    tab.question.get_by_role("button", name="Edit").click()
    examiner.look("editing")
    tab.page.keyboard.press("Escape")
    tab.page.goto(f"/c/{mara.exchange('Think', model='demo/reason')}")
    tab.has_ended()
    tab.answer.locator("summary").click()
    examiner.look("thoughts")
    examiner.is_clean()


def test_failures_are_open_to_everybody(visit, misbehaving, way):
    unlucky = visit(misbehaving, **way).register()
    tab = unlucky.open("/")
    examiner = Examiner(tab)
    for model in ("err", "midstream-error", "moderated", "length-empty"):
        tab.page.goto(f"/c/{unlucky.exchange('Please', model=f'sim/{model}')}")
        expect(tab.answer.locator(".outcome > *, .meta > *").first).to_be_visible()
        examiner.look(model)
    tab.page.close()
    admin = visit(misbehaving, **way)
    admin.api("POST", "/auth/login", {"email": "admin@localhost", "password": PASSWORD})
    words = {"status": 401, "message": "No such key", "request_id": "req_42"}
    tab = open_failed(admin, code="provider_auth", provider_error=words)
    examiner.turn_to(tab)
    tab.answer.get_by_text("Details").click()
    examiner.look("bad key")
    tab.button("Where keys are").click()
    expect(tab.page.get_by_role("dialog", name="Where keys are")).to_be_visible()
    examiner.look("where keys are")
    tab.page.keyboard.press("Escape")
    tab.send("x" * 400_001)
    expect(tab.notices).to_contain_text("bytes")
    tab.field.fill("kept")
    examiner.look("refused")
    examiner.is_clean()


def test_the_list_is_open_to_everybody(visit, way):
    mara = visit(**way).register()
    mara.exchange("Older")
    tab = mara.open(f"/c/{mara.exchange('Newer')}")
    examiner = Examiner(tab)
    tab.has_ended()

    def open_list():
        if is_phone(way):
            tab.button("Conversations").click()
        expect(tab.page.get_by_role("link", name="Older")).to_be_in_viewport()

    open_list()
    examiner.look("list")
    tab.rows.first.hover()
    tab.rows.first.get_by_role("button").click()
    expect(tab.page.get_by_role("menuitem", name="Rename")).to_be_visible()
    examiner.look("menu")
    tab.page.get_by_role("menuitem", name="Rename").click()
    tab.page.get_by_label("Title", exact=True).fill(" ")
    tab.page.get_by_label("Title", exact=True).press("Enter")
    expect(tab.page.get_by_role("alert").filter(has_text="needs a word")).to_be_visible()
    examiner.look("renaming")
    tab.page.keyboard.press("Escape")
    tab.page.get_by_label("Search conversations by title").fill("nothing like it")
    expect(tab.page.locator("conversation-list")).to_contain_text("No title contains")
    examiner.look("nothing found")
    tab.page.get_by_label("Search conversations by title").fill("")
    expect(tab.rows).to_have_count(2)
    tab.menu("Older", "Delete")
    expect(tab.page.locator(".toast")).to_be_visible()
    examiner.look("deleted")
    examiner.is_clean()


def test_dialogs_and_other_places_are_open_to_everybody(visit, way):
    mara = visit(**way).register()
    mara.exchange("Gear ratios")
    for _ in range(6):
        visit().api("POST", "/auth/login", {"email": mara.email, "password": mara.password})
    tab = mara.open("/nowhere")
    examiner = Examiner(tab)
    expect(tab.title).to_have_text("There is nothing at this address")
    examiner.look("nowhere")
    tab.page.goto("/c/01890000-0000-7000-8000-000000000000")
    expect(tab.page.get_by_text("does not exist")).to_be_visible()
    examiner.look("gone")
    tab.page.goto("/account")
    expect(tab.page.locator("[data-session-id]")).to_have_count(7)
    examiner.look("account")
    tab.page.locator(".sessions summary").click()
    examiner.look("sessions")
    tab.button("Delete account").click()
    tab.page.get_by_label("Your password").fill("wrong")
    tab.page.get_by_label("Your password").press("Enter")
    expect(tab.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    examiner.look("delete account")
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_role("dialog", name="Keys")).to_be_visible()
    examiner.look("keys")
    tab.page.keyboard.press("Escape")
    mara.api("DELETE", f"/conversations/{mara.exchange('Deleted')}")
    tab.page.keyboard.press("Control+K")
    expect(tab.page.locator("dialog .choice").first).to_be_visible()
    examiner.look("palette")
    tab.page.get_by_placeholder("Find a conversation").fill("recently")
    tab.page.get_by_role("dialog").get_by_role("button", name="Recently deleted").click()
    expect(tab.button("Restore Deleted")).to_be_visible()
    examiner.look("recently deleted")
    tab.page.keyboard.press("Escape")
    tab.page.keyboard.press("Control+K")
    tab.page.get_by_placeholder("Find a conversation").fill("no such thing at all")
    expect(tab.page.get_by_role("dialog")).to_contain_text("Nothing is called")
    examiner.look("palette with nothing")
    tab.page.keyboard.press("Escape")
    tab.goes_to("/")
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    tab.button("Demo: Slow is a favourite").click()
    tab.page.get_by_role("button", name="Add a model").click()
    tab.page.get_by_placeholder("Search models").last.fill("fast")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("dialog")).to_have_count(1)
    examiner.look("picker")
    examiner.is_clean()


def test_the_administrators_first_hour_is_open_to_everybody(serve, visit, way):
    admin = visit(**way)
    admin.api("POST", "/auth/login", {"email": "admin@localhost", "password": PASSWORD})
    tab = admin.open("/")
    examiner = Examiner(tab)
    expect(tab.page.get_by_role("region", name="Connect a provider")).to_contain_text("nginx/serve")
    examiner.look("first run")
    examiner.is_clean()


def test_a_window_at_four_hundred_percent_is_open_to_everybody(visit):
    mara = visit(viewport={"width": 320, "height": 256}, reduced_motion="reduce").register()
    tab = mara.open()
    examiner = Examiner(tab)
    tab.is_ready()
    examiner.look("first visit")
    tab.page.goto("/account")
    expect(tab.title).to_have_text("Account")
    examiner.look("account")
    tab.page.goto(f"/c/{mara.exchange('Gear ratios')}")
    expect(tab.answer).to_contain_text("Gear ratios")
    examiner.look("conversation")
    examiner.is_clean()
