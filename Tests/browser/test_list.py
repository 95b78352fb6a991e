"""The list of conversations."""

import re

from playwright.sync_api import expect


def test_a_conversation_is_renamed(mara):
    mara.exchange("The old name")
    tab, other = mara.open(), mara.open()
    tab.menu("The old name", "Rename")
    title = tab.page.get_by_label("Title", exact=True)
    expect(title).to_be_focused()
    expect(title).to_have_value("The old name")
    title.fill("A better name")
    title.press("Enter")
    expect(tab.rows).to_have_text(["A better name"])
    expect(tab.rows.get_by_role("link")).to_be_focused()
    expect(other.rows).to_have_text(["A better name"])
    tab.page.reload()
    expect(tab.rows).to_have_text(["A better name"])
    tab.rows.get_by_role("link").click()
    expect(tab.title).to_have_text("A better name")


def test_f2_renames_the_row_with_the_focus_and_escape_leaves_it_as_it_was(mara):
    mara.exchange("The first")
    mara.exchange("The second")
    tab = mara.open()
    tab.rows.filter(has_text="The first").get_by_role("link").focus()
    tab.page.keyboard.press("F2")
    title = tab.page.get_by_label("Title", exact=True)
    expect(title).to_have_value("The first")
    title.fill("Never mind")
    title.press("Escape")
    expect(tab.rows).to_have_text(["The second", "The first"])
    expect(tab.rows.last.get_by_role("link")).to_be_focused()
    tab.page.keyboard.press("F2")
    title.fill("   ")
    title.press("Enter")
    expect(tab.page.get_by_role("alert").filter(has_text="A title needs a word.")).to_be_visible()
    expect(title).to_have_attribute("aria-invalid", "true")
    title.fill("The very first")
    title.press("Enter")
    expect(tab.rows).to_have_text(["The second", "The very first"])


def test_a_click_on_the_title_or_f2_renames_what_is_open(mara):
    conversation = mara.exchange("The old name")
    tab = mara.open(f"/c/{conversation}")
    expect(tab.answer).to_contain_text("The old name")
    tab.title.click()
    title = tab.page.get_by_label("Title", exact=True)
    expect(title).to_be_focused()
    title.fill("A better name")
    title.press("Enter")
    expect(tab.title).to_have_text("A better name")
    expect(tab.rows).to_have_text(["A better name"])
    expect(tab.field).to_be_focused()
    tab.page.keyboard.press("F2")
    expect(title).to_have_value("A better name")
    title.fill("Never mind")
    title.press("Escape")
    expect(tab.title).to_have_text("A better name")
    tab.title.click()
    title.fill("Kept by going elsewhere")
    tab.field.click()
    expect(tab.title).to_have_text("Kept by going elsewhere")
    assert mara.api("GET", f"/conversations/{conversation}")["title"] == "Kept by going elsewhere"


def test_a_title_that_could_not_be_saved_stays_in_its_field(mara):
    mara.exchange("The old name")
    tab = mara.open()
    tab.rows.get_by_role("link").focus()
    tab.page.keyboard.press("F2")
    title = tab.page.get_by_label("Title", exact=True)
    title.fill("Written without a network")
    with mara.offline():
        title.press("Enter")
        expect(tab.page.get_by_role("alert").filter(has_text="cannot be reached")).to_be_visible()
        expect(title).to_have_value("Written without a network")
    title.press("Enter")
    expect(tab.rows).to_have_text(["Written without a network"])


def announced(tab):
    return tab.page.locator("[data-role=announcer]")


def test_a_conversation_is_deleted_and_brought_back(mara):
    mara.exchange("To be kept")
    deleted = mara.exchange("To be deleted")
    tab, other = mara.open(f"/c/{deleted}"), mara.open()
    expect(tab.answer).to_contain_text("To be deleted")
    tab.field.fill("A draft in it")
    tab.menu("To be deleted", "Delete")
    tab.page.wait_for_url(mara.url + "/")
    expect(tab.rows).to_have_text(["To be kept"])
    expect(other.rows).to_have_text(["To be kept"])
    expect(announced(tab)).to_contain_text("“To be deleted” was deleted.")
    expect(tab.rows.get_by_role("link")).to_be_focused()
    assert len(mara.api("GET", "/conversations")["items"]) == 1
    tab.button("Undo").click()
    expect(tab.rows).to_have_text(["To be deleted", "To be kept"])
    expect(other.rows).to_have_text(["To be deleted", "To be kept"])
    expect(announced(tab)).to_have_text("Undone.")
    expect(tab.answer).to_contain_text("To be deleted")
    expect(tab.field).to_have_value("A draft in it")
    assert tab.conversation == deleted


def test_the_keys_delete_and_undo(mara):
    for topic in ("Third", "Second", "First"):
        mara.exchange(topic)
    tab = mara.open()
    tab.page.get_by_role("link", name="Second").focus()
    tab.page.keyboard.press("Delete")
    expect(tab.rows).to_have_text(["First", "Third"])
    expect(tab.page.get_by_role("link", name="Third")).to_be_focused()
    tab.page.keyboard.press("Control+Z")
    expect(tab.rows).to_have_text(["First", "Second", "Third"])
    expect(tab.page.locator(".toast")).to_have_count(0)


def test_one_deletion_after_the_other_is_undone(mara):
    first, second, _ = [mara.exchange(topic) for topic in ("First", "Second", "Third")]
    tab = mara.open(f"/c/{first}")
    tab.field.fill("A draft in the first")
    toast = tab.page.locator(".toast")
    tab.menu("First", "Delete")
    expect(toast).to_contain_text("“First” was deleted.")
    tab.menu("Second", "Delete")
    expect(toast).to_contain_text("“Second” was deleted. 2 can be undone.")
    tab.rows.get_by_role("link").focus()
    tab.page.keyboard.press("Control+Z")
    expect(tab.rows).to_have_text(["Third", "Second"])
    expect(toast).to_contain_text("“First” was deleted.")
    tab.page.keyboard.press("Control+Z")
    expect(tab.rows).to_have_text(["Third", "Second", "First"])
    expect(toast).to_have_count(0)
    tab.goes_to(f"/c/{first}")
    expect(tab.field).to_have_value("A draft in the first")


def test_what_was_deleted_is_restored_later_with_all_that_was_written(mara):
    ids = [mara.exchange(topic) for topic in ("First", "Second")]
    tab = mara.open(f"/c/{ids[0]}")
    tab.field.fill("A draft in the first")
    tab.menu("First", "Delete")
    tab.button("Dismiss").click()
    tab.menu("Second", "Delete")
    expect(tab.rows).to_have_count(0)
    tab.page.reload()
    expect(tab.rows).to_have_count(0)
    tab.button("Recently deleted").click()
    dialog = tab.page.get_by_role("dialog", name="Recently deleted")
    expect(dialog.get_by_role("listitem").locator("b")).to_have_text(["Second", "First"])
    dialog.get_by_role("button", name="Restore First").click()
    expect(tab.rows).to_have_text(["First"])
    dialog.get_by_role("link", name="Open First").click()
    expect(dialog).to_have_count(0)
    expect(tab.answer).to_contain_text("First")
    expect(tab.field).to_have_value("A draft in the first")
    tab.page.keyboard.press("Control+K")
    tab.page.keyboard.type("recently")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    tab.page.keyboard.press("Enter")
    expect(dialog.get_by_role("listitem").locator("b")).to_have_text(["Second"])


def test_what_cannot_be_brought_back_is_heard_over_the_dialog(mara):
    mara.exchange("Gone")
    tab = mara.open("/")
    tab.menu("Gone", "Delete")
    tab.button("Recently deleted").click()
    dialog = tab.page.get_by_role("dialog", name="Recently deleted")
    expect(dialog.get_by_role("listitem").locator("date-text")).to_have_text("now")
    with mara.offline():
        dialog.get_by_role("button", name="Restore Gone").click()
        expect(dialog.locator("[data-role=alarm]")).to_contain_text("The server cannot be reached.")
        expect(dialog.get_by_role("listitem")).to_contain_text("The server cannot be reached.")


def test_all_that_was_deleted_is_listed_page_by_page(mara):
    for conversation in listed(mara, 35):
        mara.api("DELETE", f"/conversations/{conversation}")
    tab = mara.open()
    tab.button("Recently deleted").click()
    dialog = tab.page.get_by_role("dialog", name="Recently deleted")
    expect(dialog.get_by_role("listitem")).to_have_count(30)
    dialog.get_by_role("button", name="Load more").click()
    expect(dialog.get_by_role("listitem")).to_have_count(35)
    expect(dialog.get_by_role("button", name="Load more")).to_have_count(0)


def test_a_deletion_that_fails_says_so(mara):
    mara.exchange("Still here")
    tab = mara.open()
    tab.rows.get_by_role("link").hover()
    expect(tab.page.locator("link[href$='toast.css']")).to_be_attached()  # loaded before it is wanted
    tab.page.wait_for_load_state("networkidle")
    with mara.offline():
        tab.menu("Still here", "Delete")
        expect(tab.page.locator(".toast")).to_contain_text("“Still here” was not deleted. The server cannot be reached.")
        expect(tab.button("Undo")).to_have_count(0)
    expect(tab.rows).to_have_text(["Still here"])


def test_titles_stand_on_the_side_they_are_read_from(mara):
    conversation = mara.exchange("شكرا جزيلا لك يا صديقي العزيز")
    tab = mara.open(f"/c/{conversation}")
    expect(tab.answer).to_contain_text("شكرا")
    for place in (tab.rows.locator("a span"), tab.title):
        assert place.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    tab.rows.get_by_role("link").focus()
    tab.page.keyboard.press("F2")
    field = tab.page.get_by_label("Title", exact=True)
    assert field.evaluate("(element) => getComputedStyle(element).direction") == "rtl"


def test_the_chosen_row_is_cut_where_it_was_before(mara):
    title = "A title that is long enough to be cut at the end of its row"
    conversation = mara.api("POST", "/conversations", {"title": title})["id"]
    tab = mara.open()
    words = tab.rows.locator("a span")
    width = "(element) => { const range = document.createRange(); range.selectNodeContents(element); return range.getBoundingClientRect().width; }"
    before = words.evaluate(width)
    tab.rows.get_by_role("link").click()
    expect(tab.rows).to_have_attribute("data-current", "")
    tab.page.mouse.move(900, 400)
    assert tab.conversation == conversation and words.evaluate(width) == before


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
    for number in range(130):
        mara.api("POST", "/conversations", {"title": f"Number {number}"})
    tab = mara.open()
    expect(tab.rows.first).to_have_text("Number 129")
    box = tab.page.locator("conversation-list .rows")

    def reads_on():
        box.evaluate("(box) => { box.scrollTop = box.scrollHeight; }")
        return tab.rows.count() == 130

    tab.until(reads_on)
    expect(tab.rows.last).to_have_text("Number 0")
    is_laid_out = "(link) => link.checkVisibility({ contentVisibilityAuto: true })"
    tab.until(lambda: not tab.rows.first.get_by_role("link").evaluate(is_laid_out))  # far out of sight it costs nothing


def listed(mara, count):
    """So many conversations. Returns their ids, the newest first."""
    return [mara.api("POST", "/conversations", {"title": f"Number {number}"})["id"] for number in range(count)][::-1]


def test_the_list_goes_on_where_it_is_read_while_a_row_has_the_focus(mara):
    listed(mara, 100)
    tab = mara.open()
    row = tab.rows.filter(has_text="Number 97").get_by_role("link")
    row.focus()
    box = tab.page.locator("conversation-list .rows")
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight - box.clientHeight - 2; }")
    tab.until(lambda: tab.rows.count() >= 60)
    tab.page.wait_for_load_state("networkidle")
    assert box.evaluate("(box) => box.scrollTop") > 300
    expect(row).to_be_focused()


def test_a_rows_menu_and_focus_stay_while_other_conversations_change(mara):
    ids = listed(mara, 12)
    tab = mara.open()
    row = tab.rows.filter(has_text="Number 7")
    row.hover()
    row.get_by_role("button").click()
    choice = tab.page.get_by_role("menuitem", name="Rename")
    expect(choice).to_be_focused()
    mara.exchange("Goes to the top", conversation=ids[-1])
    tab.until(lambda: tab.wake() or tab.rows.first.text_content() == "Number 0")
    expect(choice).to_be_focused()
    mara.api("DELETE", f"/conversations/{ids[1]}")
    mara.exchange("Goes to the top with its menu", conversation=ids[4])
    tab.until(lambda: tab.wake() or tab.rows.first.text_content().startswith("Number 7"))
    expect(tab.rows).to_have_count(11)
    expect(choice).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_label("Title", exact=True)).to_have_value("Number 7")


def test_what_changes_in_one_conversation_touches_no_other_row(mara):
    ids = listed(mara, 30)
    tab = mara.open()
    expect(tab.rows).to_have_count(30)
    tab.page.evaluate(
        """() => {
          window.touched = new Set();
          new MutationObserver((records) => {
            for (const { target, addedNodes } of records)
              for (const node of [target, ...addedNodes]) window.touched.add(node.closest?.(".conv")?.dataset.conversationId);
            window.touched.delete(undefined);
          }).observe(document.querySelector("conversation-list .rows"), { subtree: true, childList: true, attributes: true });
        }"""
    )
    mara.api("PATCH", f"/conversations/{ids[20]}", {"title": "Another title"})
    tab.until(lambda: tab.wake() or tab.rows.filter(has_text="Another title").count() == 1)
    assert tab.page.evaluate("[...touched]") == [ids[20]]


def test_what_was_used_last_stands_first(mara):
    mara.exchange("Older")
    mara.exchange("Newer")
    tab = mara.open()
    expect(tab.rows).to_have_text(["Newer", "Older"])
    tab.rows.filter(has_text="Older").get_by_role("link").click()
    tab.ask("Again", model="Demo: Echo")
    expect(tab.rows).to_have_text(["Older", "Newer"])
    expect(tab.page.get_by_role("heading", name=re.compile("Today"))).to_be_visible()
