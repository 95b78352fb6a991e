"""The way in: registration, sign-in, and sessions that end elsewhere."""

import re

from playwright.sync_api import expect


def test_a_newcomer_registers_and_begins(visit):
    newcomer = visit()
    tab = newcomer.open("/")
    tab.page.wait_for_url("**/sign-in")
    tab.page.get_by_role("link", name="Create an account").click()
    tab.page.get_by_label("Name").fill(newcomer.name)
    tab.page.get_by_label("Email").fill(newcomer.email)
    tab.page.get_by_label("Password", exact=True).fill(newcomer.password)
    tab.button("Create account").click()
    expect(tab.page.get_by_role("heading", name="Mara")).to_be_visible()
    tab.ask("Hello", model="Demo: Echo")
    expect(tab.answer).to_contain_text("Hello")


def test_registration_says_what_is_missing_beside_the_field(visit):
    newcomer = visit()
    tab = newcomer.open("/register")
    tab.button("Create account").click()
    expect(tab.page.get_by_label("Name")).to_be_focused()
    expect(tab.page.get_by_text("Write your email address.")).to_be_visible()
    tab.page.get_by_label("Password", exact=True).fill("short")
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_text("Use at least 8 characters.")).to_be_visible()


def test_an_address_is_registered_once(visit):
    first = visit().register()
    tab = visit().open("/register")
    tab.page.get_by_label("Name").fill("Somebody else")
    tab.sign_in(first, password="another password")
    expect(tab.page.get_by_text("There is an account with this address.")).to_be_visible()
    expect(tab.page.get_by_label("Email")).to_be_focused()


def test_sign_in_leads_to_the_place_that_was_asked_for(visit):
    visitor = visit().register()
    visitor.context.clear_cookies()
    tab = visitor.open("/account")
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(visitor)
    tab.page.wait_for_url("**/account")
    expect(tab.page.get_by_role("heading", name="Account")).to_be_visible()
    tab.page.goto("/sign-in")
    tab.page.wait_for_url(visitor.url + "/")


def test_a_wrong_password_is_told_and_can_be_mended(visit):
    visitor = visit().register()
    visitor.context.clear_cookies()
    tab = visitor.open("/sign-in")
    tab.sign_in(visitor, password="not the password")
    expect(tab.page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(tab.page.get_by_label("Email")).to_have_value(visitor.email)
    tab.sign_in(visitor)
    tab.page.wait_for_url(visitor.url + "/")


def test_the_password_can_be_shown(visit):
    tab = visit().open("/sign-in")
    password = tab.page.get_by_label("Password", exact=True)
    password.fill("secret words")
    tab.button("Show password").click()
    expect(password).to_have_attribute("type", "text")
    tab.page.locator("[title='Hide password']").click()
    expect(password).to_have_attribute("type", "password")


def test_scripts_cannot_read_the_session(mara):
    tab = mara.open()
    tab.is_ready()
    assert tab.page.evaluate("document.cookie") == ""
    stored = tab.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert not re.search(r"eyJ|atr_", stored)


def test_an_expired_access_token_is_renewed_unseen(mara):
    tab = mara.open()
    tab.ask("one", model="Demo: Echo")
    mara.context.clear_cookies(name="__Host-atelier_access")
    tab.send("two")
    expect(tab.messages).to_have_count(4)
    tab.has_ended()


def test_tabs_renew_the_session_once_for_all(mara):
    tabs = [mara.open() for _ in range(3)]
    for tab in tabs:
        tab.is_ready()
    mara.context.clear_cookies(name="__Host-atelier_access")
    for tab in tabs:
        tab.page.evaluate("() => { location.reload(); }")
    for tab in tabs:
        tab.is_ready()
        assert tab.page.url == mara.url + "/"


def test_a_session_ended_elsewhere_leads_to_sign_in_and_back_to_the_draft(mara, visit):
    tab = mara.open()
    tab.ask("What we spoke of", model="Demo: Echo")
    place = tab.page.url
    elsewhere = visit()
    elsewhere.api("POST", "/auth/login", {"email": mara.email, "password": mara.password})
    for session in elsewhere.api("GET", "/users/me/sessions")["items"]:
        if not session["current"]:
            elsewhere.api("DELETE", f"/users/me/sessions/{session['id']}")
    tab.send("Precious words")
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(mara)
    tab.page.wait_for_url(place)
    expect(tab.field).to_have_value("Precious words")
    expect(tab.messages).to_have_count(2)
    tab.field.press("Enter")
    expect(tab.messages).to_have_count(4)
    tab.has_ended()


def test_signing_out_leaves_nothing_for_the_next_person(mara):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("A draft that is nobody else's business")
    tab.page.get_by_role("link", name="Account").click()
    tab.button("Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    assert "draft" not in tab.page.evaluate("JSON.stringify({ ...localStorage })")
    tab.page.goto("/")
    tab.page.wait_for_url("**/sign-in")


def test_signing_in_in_one_tab_moves_the_others(visit):
    mara = visit().register()
    mara.api("POST", "/auth/logout", {})
    first, second = mara.open("/sign-in"), mara.open("/sign-in")
    expect(second.page.get_by_label("Email")).to_be_visible()
    first.sign_in(mara)
    expect(first.field).to_be_visible()
    expect(second.field).to_be_visible()


def test_the_reason_of_a_refusal_stands_beside_its_mark(visit):
    mara = visit(viewport={"width": 320, "height": 640}).register()
    mara.api("POST", "/auth/logout", {})
    tab = mara.open("/sign-in")
    tab.sign_in(mara, password="not the password at all")
    notice = tab.page.locator("auth-view .notice")
    mark, words = notice.locator("svg").bounding_box(), notice.locator("p").bounding_box()
    assert words["x"] > mark["x"] + mark["width"]
    assert words["y"] < mark["y"] + mark["height"]
