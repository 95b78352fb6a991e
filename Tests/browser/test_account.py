"""The account page."""

from playwright.sync_api import expect


def test_the_name_is_changed(mara):
    tab = mara.open("/account")
    name = tab.page.get_by_label("Your name")
    expect(name).to_have_value("Mara Voss")
    name.fill("Mara K.")
    tab.button("Save").click()
    expect(tab.page.get_by_text("Saved.")).to_be_visible()
    tab.page.goto("/")
    expect(tab.page.get_by_role("heading", name="Mara")).to_be_visible()
    assert mara.api("GET", "/users/me")["name"] == "Mara K."


def test_the_password_is_changed(mara, visit):
    tab = mara.open("/account")
    tab.page.get_by_label("Current password").fill("not the password")
    tab.page.get_by_label("New password").fill("a new long password")
    tab.button("Change password").click()
    expect(tab.page.get_by_text("current password is not right")).to_be_visible()
    tab.page.get_by_label("Current password").fill(mara.password)
    tab.button("Change password").click()
    expect(tab.page.get_by_text("Changed.")).to_be_visible()
    elsewhere = visit().open("/sign-in")
    elsewhere.sign_in(mara, password="a new long password")
    elsewhere.is_ready()


def test_another_browser_is_signed_out(mara, visit):
    elsewhere = visit()
    elsewhere.api("POST", "/auth/login", {"email": mara.email, "password": mara.password})
    other = elsewhere.open()
    other.is_ready()
    tab = mara.open("/account")
    sessions = tab.page.locator("[data-session-id]")
    expect(sessions).to_have_count(2)
    expect(sessions.first).to_contain_text("This browser")
    sessions.last.get_by_role("button").click()
    expect(sessions).to_have_count(1)
    other.page.reload()
    other.page.wait_for_url("**/sign-in")


def test_all_but_five_sessions_are_folded_and_all_others_end_at_once(mara, visit):
    elsewhere = visit()
    for _ in range(7):
        elsewhere.api("POST", "/auth/login", {"email": mara.email, "password": mara.password})
    tab = mara.open("/account")
    sessions = tab.page.locator("[data-session-id]")
    expect(sessions).to_have_count(8)
    expect(sessions.first).to_contain_text("This browser")
    expect(sessions.nth(4)).to_be_visible()
    expect(sessions.nth(5)).to_be_hidden()
    tab.page.get_by_text("3 more").click()
    expect(sessions.last).to_be_visible()
    tab.button("Sign out everywhere else").click()
    expect(sessions).to_have_count(1)
    expect(tab.page.locator("[data-role=announcer]")).to_have_text("Signed out in 7 places.")
    expect(tab.button("Sign out everywhere else")).to_have_count(0)
    assert len(mara.api("GET", "/users/me/sessions")["items"]) == 1
    other = elsewhere.open()
    other.page.wait_for_url("**/sign-in")


def test_the_account_is_deleted_with_the_password(mara):
    mara.exchange("Soon gone")
    tab = mara.open("/account")
    tab.button("Delete account").click()
    dialog = tab.page.get_by_role("dialog")
    password = dialog.get_by_label("Your password")
    password.fill("not the password")
    dialog.get_by_role("button", name="Delete account").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not right")
    password.fill(mara.password)
    dialog.get_by_role("button", name="Delete account").click()
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(mara)
    expect(tab.page.get_by_role("alert")).to_contain_text("do not belong together")
