"""The list of conversations."""

import re

from playwright.sync_api import expect


def test_a_conversation_is_renamed(mara):
    mara.exchange("The old name")
    tab = mara.open()
    tab.menu("The old name", "Rename")
    title = tab.page.get_by_label("Title", exact=True)
    expect(title).to_be_focused()
    expect(title).to_have_value("The old name")
    title.fill("A better name")
    title.press("Enter")
    expect(tab.rows).to_have_text(["A better name"])
    expect(tab.rows.get_by_role("link")).to_be_focused()
    tab.page.reload()
    expect(tab.rows).to_have_text(["A better name"])
    tab.rows.get_by_role("link").click()
    expect(tab.title).to_have_text("A better name")


def test_a_conversation_is_deleted_after_a_question(mara):
    mara.exchange("To be kept")
    mara.exchange("To be deleted")
    tab = mara.open()
    tab.rows.filter(has_text="To be deleted").get_by_role("link").click()
    expect(tab.answer).to_contain_text("To be deleted")
    tab.menu("To be deleted", "Delete")
    question = tab.page.get_by_role("dialog")
    expect(question).to_contain_text("“To be deleted” and all its messages will be gone")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    tab.page.keyboard.press("Escape")
    expect(tab.rows).to_have_count(2)
    tab.menu("To be deleted", "Delete")
    question.get_by_role("button", name="Delete").click()
    tab.page.wait_for_url(mara.url + "/")
    expect(tab.rows).to_have_text(["To be kept"])
    assert len(mara.api("GET", "/conversations")["items"]) == 1


def test_the_list_is_searched_by_title(mara):
    for topic in ("Oak tables", "Glaze recipes", "Tables of gears"):
        mara.exchange(topic)
    tab = mara.open()
    expect(tab.rows).to_have_count(3)
    search = tab.page.get_by_label("Search conversations by title")
    search.fill("tables")
    expect(tab.rows).to_have_text(["Tables of gears", "Oak tables"])
    search.fill("nothing like it")
    expect(tab.page.locator("conversation-list")).to_contain_text("No title contains “nothing like it”")
    search.fill("")
    expect(tab.rows).to_have_count(3)


def test_the_list_goes_on_as_it_is_scrolled(mara):
    for number in range(70):
        mara.api("POST", "/conversations", {"title": f"Number {number}"})
    tab = mara.open()
    expect(tab.rows.first).to_have_text("Number 69")
    box = tab.page.locator("conversation-list .rows")

    def reads_on():
        box.evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
        return tab.rows.count() == 70

    tab.until(reads_on)
    expect(tab.rows.last).to_have_text("Number 0")


def test_what_was_used_last_stands_first(mara):
    mara.exchange("Older")
    mara.exchange("Newer")
    tab = mara.open()
    expect(tab.rows).to_have_text(["Newer", "Older"])
    tab.rows.filter(has_text="Older").get_by_role("link").click()
    tab.ask("Again", model="Demo: Echo")
    expect(tab.rows).to_have_text(["Older", "Newer"])
    expect(tab.page.get_by_role("heading", name=re.compile("Today"))).to_be_visible()
