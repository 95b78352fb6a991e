"""Everything without a mouse."""

from playwright.sync_api import expect


def test_from_sign_in_to_a_second_wording_with_keys_alone(visit):
    visitor = visit().register()
    visitor.context.clear_cookies()
    tab = visitor.open("/")
    press, write = tab.page.keyboard.press, tab.page.keyboard.type
    expect(tab.page.get_by_label("Email")).to_be_focused()
    write(visitor.email)
    press("Tab")
    write(visitor.password)
    press("Enter")
    expect(tab.field).to_be_focused()
    press("Tab")
    expect(tab.page.locator("[data-role=model-button]")).to_be_focused()
    press("Enter")
    expect(tab.page.get_by_placeholder("Search models")).to_be_focused()
    write("echo")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    press("Enter")
    expect(tab.field).to_be_focused()
    write("One")
    press("Enter")
    tab.has_ended()
    expect(tab.field).to_be_focused()
    press("ArrowUp")
    expect(tab.page.get_by_label("Edited text")).to_be_focused()
    press("Control+A")
    write("Two")
    press("Enter")
    expect(tab.answer).to_contain_text("Two")
    tab.has_ended()
    expect(tab.field).to_be_focused()


def test_the_palette_finds_a_conversation(mara):
    mara.exchange("Gear ratios")
    tab = mara.open("/account")
    expect(tab.page.get_by_role("heading", name="Account")).to_be_visible()
    tab.page.keyboard.press("Control+K")
    expect(tab.page.get_by_placeholder("Find a conversation")).to_be_focused()
    tab.page.keyboard.type("gear")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    tab.page.keyboard.press("Enter")
    expect(tab.answer).to_contain_text("Gear ratios")
    tab.page.keyboard.press("Control+Shift+O")
    tab.page.wait_for_url(mara.url + "/")
    expect(tab.field).to_be_focused()


def test_the_sheet_of_keys_opens_and_closes(mara):
    tab = mara.open()
    expect(tab.field).to_be_focused()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_role("dialog", name="Keys")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    tab.page.keyboard.press("/")
    expect(tab.field).to_be_focused()
    expect(tab.field).to_have_value("")


def test_the_list_is_walked_with_the_arrows(mara):
    for topic in ("Third", "Second", "First"):
        mara.exchange(topic)
    tab = mara.open()
    expect(tab.rows).to_have_count(3)
    tab.page.get_by_label("Search conversations by title").focus()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.get_by_role("link", name="Second")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.answer).to_contain_text("Second")


def test_the_first_tab_stop_skips_to_the_content(mara):
    tab = mara.open("/account")
    expect(tab.page.get_by_role("heading", name="Account")).to_be_visible()
    tab.page.get_by_text("Skip to the content").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("main")).to_be_focused()
