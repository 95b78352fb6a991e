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


def test_from_sign_in_to_an_undone_deletion_with_keys_alone(visit):
    visitor = visit(viewport={"width": 1280, "height": 500}).register()
    visitor.exchange("Gear ratios", model="demo/long")
    visitor.context.clear_cookies()
    tab = visitor.open("/")
    press, write = tab.page.keyboard.press, tab.page.keyboard.type
    focused = tab.page.locator(":focus")
    expect(tab.page.get_by_label("Email")).to_be_focused()
    write(visitor.email)
    press("Tab")
    write(visitor.password)
    press("Enter")
    expect(tab.field).to_be_focused()

    # Send, into the conversation that is found by a word
    press("Control+K")
    write("gear")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    press("Enter")
    expect(tab.question).to_contain_text("Gear ratios")
    expect(tab.field).to_be_focused()
    write("And the belt?")
    press("Enter")
    expect(tab.question).to_contain_text("And the belt?")
    tab.has_ended()

    # Scroll, to the beginning and back
    press("Shift+F6")
    expect(tab.scroller).to_be_focused()
    press("Home")
    tab.until(lambda: tab.scroller.evaluate("(box) => box.scrollTop") == 0)
    press("End")
    tab.until(lambda: tab.distance_from_end() < 2)

    # Rename, from here
    press("F2")
    expect(tab.page.get_by_label("Title", exact=True)).to_be_focused()
    press("Control+A")
    write("Pulleys")
    press("Enter")
    expect(tab.title).to_have_text("Pulleys")
    expect(tab.field).to_be_focused()

    # Search the list, and delete what is found
    press("Control+Shift+O")
    tab.page.wait_for_url(visitor.url + "/")
    expect(tab.field).to_be_focused()
    press("Shift+F6")
    press("Shift+F6")
    expect(focused).to_have_text("Pulleys")
    press("ArrowUp")
    expect(tab.page.get_by_label("Search conversations by title")).to_be_focused()
    write("pull")
    expect(tab.rows).to_have_text(["Pulleys"])
    press("ArrowDown")
    expect(focused).to_have_text("Pulleys")
    press("Delete")
    expect(tab.rows).to_have_count(0)
    press("Control+Z")
    expect(tab.rows).to_have_text(["Pulleys"])
    assert visitor.api("GET", "/conversations")["items"][0]["title"] == "Pulleys"


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


def presses_until(tab, key, selector):
    """How often a key is pressed until the focus is within something."""
    for count in range(1, 60):
        before = tab.page.evaluate_handle("document.activeElement")
        tab.page.keyboard.press(key)
        # The code of a key may come with its first press.
        tab.until(lambda: before.evaluate("(before) => document.activeElement !== before"))
        if tab.page.evaluate("(selector) => document.activeElement.closest(selector) !== null", selector):
            return count
    raise AssertionError(f"{key} never comes to {selector}")


def test_it_is_not_far_from_the_field_to_the_rail(mara):
    conversation = mara.exchange("One")
    for text in ("Two", "Three", "Four"):
        mara.exchange(text, conversation=conversation)
    for number in range(20):
        mara.exchange(f"Beside it {number}")
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    expect(tab.rows).to_have_count(21)
    expect(tab.field).to_be_focused()
    assert presses_until(tab, "Shift+Tab", ".rail") <= 8
    assert presses_until(tab, "Tab", "chat-composer") <= 11
    assert presses_until(tab, "F6", ".rail") == 1
    assert presses_until(tab, "F6", "conversation-list") == 1
    expect(tab.page.locator("[aria-current=page]:focus")).to_have_text("One")
    assert presses_until(tab, "F6", ".scroller") == 1
    tab.page.keyboard.press("Tab")
    expect(tab.page.locator(":focus")).to_have_attribute("aria-label", "Copy")
    assert presses_until(tab, "F6", "chat-composer") == 1
    tab.page.keyboard.press("Shift+F6")
    expect(tab.page.locator(":focus")).to_have_attribute("aria-label", "Copy")


def loading(tab, name):
    """Holds back a part of the page. Returns what lets it come."""
    routes = []
    tab.page.route(f"**/elements/{name}", lambda route: routes.append(route))

    def comes():
        # Asking the page lets the request be heard of; waiting alone does not.
        tab.until(lambda: tab.page.evaluate("true") and routes)
        routes.pop().continue_()

    return comes


def test_what_is_typed_while_the_palette_loads_is_for_the_palette(mara):
    mara.exchange("A glaze without lead")
    tab = mara.open()
    tab.is_ready()
    expect(tab.field).to_be_focused()
    comes = loading(tab, "command-palette.js")
    tab.page.keyboard.press("Control+K")
    tab.page.keyboard.type("glxx")
    tab.page.keyboard.press("Backspace")
    tab.page.keyboard.press("Backspace")
    tab.page.keyboard.press("Enter")
    comes()
    palette = tab.page.get_by_placeholder("Find a conversation")
    expect(palette).to_have_value("gl")
    tab.page.keyboard.type("aze")
    expect(palette).to_have_value("glaze")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    tab.page.keyboard.press("Escape")
    expect(tab.field).to_be_focused()
    expect(tab.field).to_have_value("")


def test_a_palette_that_still_loads_can_be_given_up(mara):
    tab = mara.open()
    tab.is_ready()
    comes = loading(tab, "command-palette.js")
    tab.page.keyboard.press("Control+K")
    tab.page.keyboard.type("gl")
    tab.page.keyboard.press("Escape")
    expect(tab.field).to_be_focused()
    tab.page.keyboard.type("a message")
    comes()
    tab.page.wait_for_load_state("networkidle")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    expect(tab.field).to_have_value("a message")


def test_what_is_typed_while_the_models_or_a_title_load_is_for_them(mara):
    path = f"/c/{mara.exchange('The old name')}"
    tab = mara.open("about:blank")
    # Held back from the beginning: a page at rest loads beforehand what may be wanted.
    picker_comes, editor_comes = loading(tab, "model-picker.js"), loading(tab, "title-editor.js")
    tab.page.goto(path)
    tab.has_ended()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.type("slow")
    picker_comes()
    expect(tab.page.get_by_placeholder("Search models")).to_have_value("slow")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("[data-role=model-button]")).to_contain_text("Slow")
    expect(tab.field).to_be_focused()
    tab.page.keyboard.press("F2")
    tab.page.keyboard.type("A new name")
    editor_comes()
    expect(tab.page.get_by_label("Title", exact=True)).to_have_value("A new name")
    tab.page.keyboard.press("Enter")
    expect(tab.title).to_have_text("A new name")
    expect(tab.field).to_have_value("")


def test_the_focus_is_never_lost(mara):
    tab = mara.open()
    tab.ask("One", model="Demo: Echo")
    edit = tab.question.get_by_role("button", name="Edit")
    edit.focus()
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Escape")
    expect(edit).to_be_focused()
    tab.answer.get_by_role("button", name="Regenerate", exact=True).focus()
    tab.page.keyboard.press("Enter")
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")
    tab.has_ended()
    expect(tab.field).to_be_focused()
    tab.button("Previous version").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.button("Next version")).to_be_focused()
    tab.choose_model("Demo: Slow")
    expect(tab.field).to_be_focused()
    tab.send("Slowly")
    tab.has_begun()
    tab.send("And then")
    tab.pending.get_by_role("button", name="Remove").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.pending).to_have_count(0)
    tab.until(lambda: tab.page.evaluate("document.activeElement !== document.body"))
    tab.button("Stop").focus()
    tab.page.keyboard.press("Enter")
    tab.has_ended("stopped")
    expect(tab.field).to_be_focused()
    tab.button("Continue").focus()
    tab.page.keyboard.press("Enter")
    expect(tab.button("Stop")).to_be_visible()
    expect(tab.field).to_be_focused()
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")
