"""The field where a message is written."""

from playwright.sync_api import expect


def test_a_draft_outlives_a_reload_in_each_conversation(mara):
    older = mara.exchange("Something older")
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("Begun and not sent")
    tab.page.reload()
    expect(tab.field).to_have_value("Begun and not sent")
    tab.rows.get_by_role("link").first.click()
    tab.page.wait_for_url(f"**/c/{older}")
    expect(tab.field).to_have_value("")
    tab.field.fill("Another draft")
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    expect(tab.field).to_have_value("Begun and not sent")
    tab.page.goto(f"/c/{older}")
    expect(tab.field).to_have_value("Another draft")


def test_a_sent_message_leaves_no_draft(mara):
    tab = mara.open()
    tab.ask("Sent", model="Demo: Echo")
    tab.page.reload()
    tab.has_ended()
    expect(tab.field).to_have_value("")
    tab.page.goto("/")
    expect(tab.field).to_have_value("")


def test_enter_sends_and_shift_enter_breaks_the_line(mara):
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    expect(tab.button("Send")).to_be_disabled()
    tab.field.press("Enter")
    assert tab.page.url == mara.url + "/"
    tab.page.keyboard.type("one")
    tab.page.keyboard.press("Shift+Enter")
    tab.page.keyboard.type("two")
    expect(tab.field).to_have_value("one\ntwo")
    tab.field.press("Enter")
    expect(tab.question.locator(".bubble")).to_have_text("one\ntwo")
    tab.has_ended()


def test_enter_that_chooses_a_word_does_not_send(mara):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("ni")
    tab.field.evaluate(
        "(field) => field.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    tab.field.press("Shift+Enter")
    expect(tab.field).to_have_value("ni\n")
    expect(tab.messages).to_have_count(0)


def test_the_field_grows_to_a_third_of_the_view(mara):
    tab = mara.open()
    tab.is_ready()
    small = tab.field.bounding_box()["height"]
    tab.field.fill("line\n" * 5)
    grown = tab.field.bounding_box()["height"]
    tab.field.fill("line\n" * 200)
    assert small < grown < tab.field.bounding_box()["height"] < 800 / 2


def test_arrow_up_in_the_empty_field_edits_the_last_message(mara):
    tab = mara.open()
    tab.ask("Said", model="Demo: Echo")
    tab.field.press("ArrowUp")
    editor = tab.page.get_by_label("Edited text")
    expect(editor).to_be_focused()
    expect(editor).to_have_value("Said")
    editor.press("Escape")
    expect(editor).to_have_count(0)
    expect(tab.question.locator(".bubble")).to_be_visible()


def test_a_message_that_could_not_be_sent_is_kept_and_sent_once(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")
    with mara.offline():
        tab.send("Written in a tunnel")
        expect(tab.pending).to_have_text(["Written in a tunnelNot sent"])
        expect(tab.field).to_have_value("")
    expect(tab.messages).to_have_count(4)
    tab.has_ended()
    expect(tab.pending).to_have_count(0)
    assert mara.said(tab.conversation) == ["Before", "Written in a tunnel"]


def test_a_first_message_that_could_not_be_sent_is_given_back(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")  # by now the page has all its parts
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    with mara.offline():
        tab.send("Written in a tunnel")
        expect(tab.notices).to_contain_text("Your text is kept")
        expect(tab.field).to_have_value("Written in a tunnel")
    tab.button("Send again").click()
    tab.has_ended()
    assert mara.said(tab.conversation) == ["Written in a tunnel"]
    assert len(mara.api("GET", "/conversations")["items"]) == 2


def test_a_text_that_is_too_long_comes_back_with_the_reason(mara):
    tab = mara.open()
    tab.is_ready()
    text = "x" * 400_001
    tab.send(text)
    expect(tab.notices).to_contain_text("The message may hold 400000 bytes")
    assert tab.field.input_value() == text
    expect(tab.page.locator(".welcome")).to_be_visible()
    tab.ask("Shorter", model="Demo: Echo")
    assert len(mara.api("GET", "/conversations")["items"]) == 1
