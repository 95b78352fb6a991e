"""Every place has an address, an area is gone back to where one was, and Back closes before it leaves."""

import re

import pytest
from playwright.sync_api import expect
from test_appearance import PHONE


def test_an_area_is_gone_back_to_where_one_was(mara):
    conversation = mara.exchange("Gear ratios")
    tab = mara.open(f"/c/{conversation}")
    expect(tab.answer).to_contain_text("Gear ratios")
    tab.page.get_by_role("link", name="Account").click()
    expect(tab.title).to_have_text("Account")
    tab.page.get_by_role("link", name="Chat", exact=True).click()
    expect(tab.answer).to_contain_text("Gear ratios")
    assert tab.conversation == conversation
    tab.page.get_by_role("link", name="Atelier, new conversation").click()
    tab.page.get_by_role("link", name="Account").click()
    tab.page.get_by_role("link", name="Chat", exact=True).click()
    tab.page.wait_for_url(mara.url + "/")


def test_the_next_person_does_not_come_to_the_place_of_the_last_one(mara, visit):
    tab = mara.open(f"/c/{mara.exchange('Mine')}")
    expect(tab.answer).to_contain_text("Mine")
    tab.page.get_by_role("link", name="Account").click()
    tab.button("Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(visit().register())
    tab.is_ready()
    tab.page.get_by_role("link", name="Account").click()
    tab.page.get_by_role("link", name="Chat", exact=True).click()
    tab.page.wait_for_url(mara.url + "/")


def test_back_closes_the_list_on_a_phone_before_it_leaves(visit):
    mara = visit(**PHONE).register()
    older, newer = mara.exchange("Older"), mara.exchange("Newer")
    tab = mara.open(f"/c/{older}")
    expect(tab.answer).to_contain_text("Older")
    tab.button("Conversations").click()
    link = tab.page.get_by_role("link", name="Newer")
    expect(link).to_be_in_viewport()
    tab.page.go_back()
    expect(link).not_to_be_in_viewport()
    assert tab.conversation == older
    tab.button("Conversations").click()
    link.click()
    expect(tab.answer).to_contain_text("Newer")
    assert tab.conversation == newer
    tab.page.go_back()  # the list that was open is no place
    expect(tab.answer).to_contain_text("Older")
    expect(link).not_to_be_in_viewport()


def open_dialog(tab, name):
    if name == "palette":
        tab.page.keyboard.press("Control+K")
    elif name == "models":
        tab.page.locator("[data-role=model-button]").click()
    else:
        tab.page.get_by_role("link", name="Skip to the content").focus()
        tab.page.keyboard.press("?")
    dialog = tab.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


@pytest.mark.parametrize("name", ["palette", "models", "keys"])
def test_back_closes_a_dialog_and_closing_it_leaves_no_step_behind(mara, name):
    tab = mara.open(f"/c/{mara.exchange('Older')}")
    expect(tab.answer).to_contain_text("Older")
    tab.page.get_by_role("link", name="New conversation").first.click()
    tab.page.wait_for_url(mara.url + "/")
    tab.rows.get_by_role("link").click()
    expect(tab.answer).to_contain_text("Older")
    place = tab.page.url
    dialog = open_dialog(tab, name)
    tab.page.go_back()
    expect(dialog).to_have_count(0)
    assert tab.page.url == place
    expect(tab.answer).to_contain_text("Older")
    open_dialog(tab, name)
    tab.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    tab.until(lambda: tab.page.evaluate("history.state === null"))
    tab.page.go_back()
    tab.page.wait_for_url(mara.url + "/")


def test_back_closes_only_the_topmost_dialog(mara):
    tab = mara.open("/account")
    expect(tab.title).to_have_text("Account")
    tab.page.get_by_role("link", name="Chat", exact=True).click()
    tab.page.locator("[data-role=model-button]").click()
    tab.page.get_by_role("button", name="Add a model").click()
    dialogs = tab.page.get_by_role("dialog")
    expect(dialogs).to_have_count(2)
    tab.page.go_back()
    expect(dialogs).to_have_count(1)
    tab.page.go_back()
    expect(dialogs).to_have_count(0)
    tab.page.wait_for_url(mara.url + "/")
    tab.page.go_back()
    expect(tab.title).to_have_text("Account")


def test_what_the_palette_finds_is_one_step_from_where_one_was(mara):
    conversation = mara.exchange("Gear ratios")
    tab = mara.open("/account")
    expect(tab.title).to_have_text("Account")
    tab.page.keyboard.press("Control+K")
    tab.page.get_by_placeholder("Find a conversation").fill("gear")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    tab.page.keyboard.press("Enter")
    expect(tab.answer).to_contain_text("Gear ratios")
    assert tab.conversation == conversation
    tab.page.go_back()
    expect(tab.title).to_have_text("Account")


@pytest.mark.parametrize("path", ["/nowhere", "/c/", "/c/a%2F..%2Fb"])
def test_a_missing_address_keeps_the_frame_and_says_what_to_do(mara, path):
    mara.exchange("Still here")
    tab = mara.open(path)
    expect(tab.title).to_have_text("There is nothing at this address")
    expect(tab.page.get_by_role("navigation", name="Areas")).to_be_visible()
    tab.rows.get_by_role("link").click()
    expect(tab.answer).to_contain_text("Still here")


def test_a_missing_address_leads_on_from_a_phone(visit):
    mara = visit(**PHONE).register()
    mara.exchange("Still here")
    tab = mara.open("/nowhere")
    tab.button("Show the list").click()
    expect(tab.rows.get_by_role("link")).to_be_in_viewport()
    tab.page.keyboard.press("Escape")
    expect(tab.button("Show the list")).to_be_focused()
    tab.page.get_by_role("main").get_by_role("link", name="New conversation").click()
    tab.is_ready()


def test_a_conversation_that_is_gone_keeps_the_frame(mara):
    mara.exchange("Still here")
    tab = mara.open("/c/01890000-0000-7000-8000-000000000000")
    expect(tab.page.get_by_text("This conversation does not exist")).to_be_visible()
    tab.rows.get_by_role("link").click()
    expect(tab.answer).to_contain_text("Still here")


def test_a_conversation_deleted_in_another_tab_says_so_and_comes_back_with_the_undoing(mara):
    conversation = mara.exchange("Going away")
    looking, deleting = mara.open(f"/c/{conversation}"), mara.open("/account")
    expect(looking.answer).to_contain_text("Going away")
    deleting.page.get_by_role("link", name="Chat", exact=True).click()
    deleting.menu("Going away", "Delete")
    expect(deleting.rows).to_have_count(0)
    expect(looking.page.get_by_text("This conversation does not exist")).to_be_visible()
    expect(looking.rows).to_have_count(0)
    deleting.button("Undo").click()
    expect(looking.answer).to_contain_text("Going away")
    expect(looking.rows).to_have_text([re.compile("Going away")])


def test_opening_the_list_or_the_picker_brings_no_keyboard_on_a_phone(visit):
    mara = visit(**PHONE).register()
    tab = mara.open(f"/c/{mara.exchange('Gear ratios')}")
    expect(tab.answer).to_contain_text("Gear ratios")
    tab.button("Conversations").tap()
    expect(tab.rows.get_by_role("link")).to_be_focused()
    tab.page.keyboard.press("Escape")
    tab.page.locator("[data-role=model-button]").tap()
    expect(tab.page.locator("dialog .choice").first).to_be_visible()
    expect(tab.page.get_by_role("dialog").get_by_role("button", name="Close")).to_be_focused()


def test_the_account_comes_by_itself_when_the_network_does(mara):
    tab = mara.open()
    tab.is_ready()
    with mara.offline():
        tab.page.get_by_role("link", name="Account").click()
        expect(tab.title).to_have_text("This part of the page could not be loaded")
        expect(tab.page.get_by_role("link", name="Account")).to_have_attribute("aria-current", "page")
    expect(tab.title).to_have_text("Account")


def test_going_back_to_the_chats_goes_back_to_what_was_read(mara):
    conversation = mara.exchange("\n\n".join(f"Line {number}" for number in range(200)))
    tab = mara.open(f"/c/{conversation}")
    expect(tab.answer).to_contain_text("Line 199")
    tab.scroller.evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    tab.until(lambda: tab.page.evaluate("history.state?.place ?? null"))
    before = tab.distance_from_end()
    tab.page.get_by_role("link", name="Account").click()
    expect(tab.title).to_have_text("Account")
    tab.page.get_by_role("link", name="Chat", exact=True).click()
    expect(tab.answer).to_contain_text("Line 199")
    tab.until(lambda: abs(tab.distance_from_end() - before) < 5)
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    tab.rows.get_by_role("link").click()
    expect(tab.answer).to_contain_text("Line 199")
    tab.until(lambda: tab.distance_from_end() < 50)
