"""Sessions that tabs share: renewal, sign-out, and somebody else in the same browser."""

import re

from playwright.sync_api import expect

ACCESS, REFRESH = "__Host-atelier_access", "__Host-atelier_refresh"


def cookie(visitor, name):
    return next((cookie["value"] for cookie in visitor.context.cookies() if cookie["name"] == name), None)


def let_access_run_out(visitor):
    visitor.context.clear_cookies(name=ACCESS)


def refresh(run, token):
    with run.client() as client:
        return client.post("/auth/refresh", headers={"Cookie": f"{REFRESH}={token}", "Origin": run.url})


def test_a_browser_whose_clock_was_ahead_stays_signed_in(mara):
    mara.open().is_ready()
    ahead = mara.context.new_page()
    ahead.add_init_script("const now = Date.now; Date.now = () => now() + 86_400_000;")
    let_access_run_out(mara)
    ahead.goto("/")
    expect(ahead.get_by_label("Message", exact=True)).to_be_visible()
    ahead.close()
    for _ in range(2):
        let_access_run_out(mara)
        tab = mara.open()
        tab.is_ready()
        assert tab.page.url == mara.url + "/"


def test_a_renewal_whose_answer_is_lost_costs_nothing(serve, mara):
    tab = mara.open()
    tab.ask("before", model="Demo: Echo")
    assert refresh(serve, cookie(mara, REFRESH)).status_code == 200  # the browser never hears of it
    let_access_run_out(mara)
    tab.ask("after")
    mara.open("/account").page.get_by_role("heading", name="Account").wait_for()


def test_the_page_asks_again_when_a_renewal_breaks_off(mara):
    tab = mara.open()
    tab.is_ready()
    lost = []

    def lose_first(route):
        if lost:
            return route.continue_()
        lost.append(route.request)
        route.abort()

    tab.page.route("**/auth/refresh", lose_first)
    let_access_run_out(mara)
    tab.ask("Hello", model="Demo: Echo")
    assert lost


def test_tabs_that_renew_at_the_same_moment_all_stay(mara):
    # Without locks every tab asks by itself, as reloads at the wrong moment do.
    mara.context.add_init_script("Object.defineProperty(Navigator.prototype, 'locks', { value: undefined });")
    tabs = [mara.open() for _ in range(4)]
    for tab in tabs:
        tab.is_ready()
    for _ in range(3):
        let_access_run_out(mara)
        for tab in tabs:
            tab.page.evaluate("() => { location.reload(); }")
        for tab in tabs:
            tab.is_ready()
            assert tab.page.url == mara.url + "/"


def test_a_page_left_open_signs_out(serve, mara):
    tab = mara.open("/account")
    tab.button("Sign out").wait_for()
    token = cookie(mara, REFRESH)
    let_access_run_out(mara)
    tab.button("Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    assert cookie(mara, REFRESH) is None and cookie(mara, ACCESS) is None
    assert refresh(serve, token).status_code == 401


def test_a_sign_out_whose_answer_is_lost_leaves_nothing_on_the_page(serve, mara):
    tab = mara.open("/account")
    tab.button("Sign out").wait_for()
    token = cookie(mara, REFRESH)

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    tab.page.route("**/auth/logout", lose_the_answer, times=1)
    tab.button("Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    assert cookie(mara, REFRESH) is None and cookie(mara, ACCESS) is None
    assert refresh(serve, token).status_code == 401


def test_a_sign_out_that_the_server_cannot_store_says_so(mara):
    tab = mara.open("/account")
    tab.button("Sign out").wait_for()
    remark = "You are signed out in this browser, but the server could not store that."
    tab.page.route("**/auth/logout", lambda route: route.fulfill(
        status=507, content_type="application/problem+json", json={"code": "session_not_ended", "detail": remark}))
    tab.button("Sign out").click()
    expect(tab.page.get_by_role("heading", name="Signed out")).to_be_focused()
    expect(tab.page.get_by_text(remark)).to_be_visible()
    expect(tab.page.get_by_text(mara.email)).to_have_count(0)
    mara.context.clear_cookies()  # as the real answer does
    tab.button("Sign in").click()
    expect(tab.page.get_by_label("Email")).to_be_visible()
    mara.complaints.clear()  # Chromium's, of the 507


def test_a_password_change_whose_answer_is_lost_is_done_at_the_second_try(mara):
    tab = mara.open("/account")
    tab.page.route("**/users/me/password", lambda route: (route.fetch(), route.abort()), times=1)
    tab.page.get_by_label("Current password").fill(mara.password)
    tab.page.get_by_label("New password").fill("another " + mara.password)
    tab.button("Change password").click()
    expect(tab.page.get_by_text("cannot be reached")).to_be_visible()
    tab.button("Change password").click()
    expect(tab.page.get_by_text("Changed.")).to_be_visible()


def test_a_page_left_open_deletes_the_account(mara):
    tab = mara.open("/account")
    tab.button("Delete account").click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Your password").fill(mara.password)
    let_access_run_out(mara)
    dialog.get_by_role("button", name="Delete account").click()
    tab.page.wait_for_url("**/sign-in")
    assert cookie(mara, REFRESH) is None
    tab.sign_in(mara)
    expect(tab.page.get_by_role("alert")).to_contain_text("do not belong together")


def test_signing_out_in_one_tab_clears_all_at_once(mara):
    secret = "The surprise party is on Friday"
    reading = mara.open()
    reading.ask(secret, model="Demo: Echo")
    reading.field.fill("And the cake is from Anna")
    writing = mara.open()
    writing.is_ready()
    writing.field.fill("Another draft")
    leaving = mara.open("/account")
    leaving.button("Sign out").click()
    for tab in (leaving, reading, writing):
        tab.page.wait_for_url("**/sign-in")
        expect(tab.page.get_by_label("Email")).to_be_visible()
        expect(tab.page.get_by_text("party")).to_have_count(0)
    kept = reading.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert not re.search("cake|draft|party|/c/", kept), kept
    reading.page.go_back()
    expect(reading.page.get_by_label("Email")).to_be_visible()
    expect(reading.page.get_by_text("party")).to_have_count(0)


def test_a_page_does_nothing_in_the_name_of_somebody_else(mara, visit):
    tab = mara.open()
    tab.ask("Mine", model="Demo: Echo")
    place = tab.page.url
    tab.field.fill("Only for me")
    other = visit().register()
    mara.api("POST", "/auth/login", {"email": other.email, "password": other.password})
    tab.field.press("Enter")
    expect(tab.page.get_by_role("heading", name="Somebody else has signed in")).to_be_visible()
    expect(tab.page.get_by_text("Mine")).to_have_count(0)
    assert other.api("GET", "/conversations")["items"] == []
    tab.page.goto(place)
    expect(tab.page.get_by_text("Mine")).to_have_count(0)
    tab.page.goto("/account")
    expect(tab.page.get_by_text(other.email)).to_be_visible()


def test_the_other_tabs_hear_of_somebody_else_at_once(mara, visit):
    other = visit().register()
    first, second = mara.open(), mara.open()
    first.ask("Mine", model="Demo: Echo")
    second.is_ready()
    # The second tab finds its session ended, and somebody else signs in there.
    mara.api("POST", "/auth/login", {"email": other.email, "password": other.password})
    second.page.goto("/account")
    expect(second.page.get_by_text(other.email)).to_be_visible()
    expect(first.page.get_by_role("heading", name="Somebody else has signed in")).to_be_visible()
    first.button("Go on with that account").click()
    first.is_ready()
    expect(first.rows).to_have_count(0)


def test_a_password_that_is_guessed_first_is_refused_beside_the_field(visit):
    newcomer = visit()
    tab = newcomer.open("/register")
    tab.page.get_by_label("Name").fill(newcomer.name)
    tab.sign_in(newcomer, password="qwertyuiop")
    expect(tab.page.get_by_text("one of those that are guessed first")).to_be_visible()
    expect(tab.page.get_by_label("Password", exact=True)).to_be_focused()
    tab.sign_in(newcomer)
    tab.page.wait_for_url(newcomer.url + "/")
