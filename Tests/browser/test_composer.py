"""The field where a message is written."""

import re

import pytest
from playwright.sync_api import expect
from visitor import Tab


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
    expect(tab.field).to_be_focused()


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


def test_another_wording_of_what_arrived_unheard_is_asked_about(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")

    arrived = []

    def answer_is_lost(route):
        if route.request.method != "POST":
            return route.fallback()
        if not arrived:
            arrived.append(route.fetch())
        route.abort()

    tab.page.route("**/messages", answer_is_lost)
    tab.send("The first wording")
    expect(tab.pending).to_have_text(["The first wordingNot sent"])
    tab.pending.get_by_role("button", name="Edit").click()
    tab.page.get_by_label("Edited text").fill("The second wording")
    tab.page.unroute("**/messages")
    tab.page.get_by_label("Edited text").press("Enter")
    expect(tab.page.get_by_text("has arrived after all")).to_be_visible()
    expect(tab.pending).to_have_text(["The second wordingNot sent"])
    expect(tab.question).to_contain_text("The first wording")
    assert mara.said(tab.conversation) == ["Before", "The first wording"]
    tab.pending.get_by_role("button", name="Remove").click()
    expect(tab.pending).to_have_count(0)


def test_a_first_message_is_seen_before_the_code_for_a_thread_has_come(mara):
    held = []
    mara.context.route("**/chat-thread.js", lambda route: held.append(route))
    tab = mara.open()
    tab.is_ready()
    tab.send("Seen at once")
    expect(tab.page.locator("chat-view .bubble")).to_have_text("Seen at once")
    expect(tab.page.locator(".welcome")).to_have_count(0)
    for route in held:
        route.continue_()
    tab.has_ended()
    expect(tab.page.locator("chat-view .me .bubble")).to_have_text(["Seen at once"])


def test_a_first_message_that_was_changed_meanwhile_does_not_go_by_itself(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    with mara.offline():
        tab.send("Written in a tunnel")
        expect(tab.notices).to_contain_text("It is sent by itself")
        tab.field.fill("Written in a tunnel, and not done")
    tab.wake()
    expect(tab.page.locator(".offline")).to_be_hidden()
    expect(tab.button("Send again")).to_be_visible()
    assert len(mara.api("GET", "/conversations")["items"]) == 1


def test_a_first_message_that_could_not_be_sent_waits_and_goes_by_itself(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")  # by now the page has all its parts
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    with mara.offline():
        tab.send("Written in a tunnel")
        expect(tab.notices).to_contain_text("Your text is kept")
        expect(tab.notices).to_contain_text("It is sent by itself once there is a connection.")
        expect(tab.field).to_have_value("Written in a tunnel")
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


TOUCH = {"viewport": {"width": 412, "height": 839}, "has_touch": True, "is_mobile": True}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("device", [TOUCH, TABLET])
def test_enter_breaks_the_line_where_the_keyboard_is_on_the_screen(visit, device):
    mara = visit(**device).register()
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.field.tap()
    expect(tab.field).to_have_attribute("enterkeyhint", "enter")
    tab.page.keyboard.type("first line")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.type("second line")
    expect(tab.field).to_have_value("first line\nsecond line")
    tab.button("Send").tap()
    tab.has_ended()
    assert mara.said(tab.conversation) == ["first line\nsecond line"]
    tab.question.get_by_role("button", name="Edit").tap()
    editor = tab.page.get_by_label("Edited text")
    editor.fill("another")
    editor.press("Enter")
    expect(editor).to_have_value("another\n")
    tab.page.locator(".editor").get_by_role("button", name="Send").tap()
    expect(tab.answer).to_contain_text("another")
    tab.has_ended()


def test_enter_sends_by_a_real_keyboard_at_a_tablet(visit):
    mara = visit(**TABLET).register()
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.field.tap()
    expect(tab.page.locator("#composer-hint")).to_contain_text("The button sends")
    tab.page.keyboard.type("with Ctrl")
    tab.page.keyboard.press("Control+Enter")
    tab.has_ended()
    expect(tab.page.locator("#composer-hint")).to_contain_text("Enter sends")
    tab.page.keyboard.type("alone")
    tab.page.keyboard.press("Enter")
    expect(tab.messages).to_have_count(4)
    tab.has_ended()
    assert mara.said(tab.conversation) == ["with Ctrl", "alone"]


def test_each_tab_has_its_own_draft_of_a_new_conversation(mara):
    first, second = mara.open(), mara.open()
    for tab, text in ((first, "Begun in the first"), (second, "Begun in the second")):
        tab.is_ready()
        expect(tab.field).to_have_value("")
        tab.field.fill(text)
    second.page.reload()
    expect(second.field).to_have_value("Begun in the second")
    second.ask("Sent from the second", model="Demo: Echo")
    first.page.reload()
    expect(first.field).to_have_value("Begun in the first")
    third = mara.open()
    third.is_ready()
    expect(third.field).to_have_value("")


def test_the_draft_of_a_closed_tab_is_in_the_next_new_one(mara):
    other, closed = mara.open(), mara.open()
    closed.is_ready()
    closed.field.fill("Left behind")
    closed.page.close()
    other.page.reload()
    expect(other.field).to_be_visible()
    tab = mara.open()
    expect(tab.field).to_have_value("Left behind")
    expect(other.field).to_have_value("")
    tab.page.reload()
    expect(tab.field).to_have_value("Left behind")


def test_a_copied_tab_goes_on_by_itself(mara):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("Said twice")
    with mara.context.expect_page() as opened:
        tab.page.evaluate("() => { window.open(location.href); }")  # takes the session's memory along
    copy = Tab(opened.value)
    expect(copy.field).to_have_value("Said twice")
    copy.until(lambda: len(copy.page.evaluate("Object.keys(localStorage).filter((key) => key.includes('draft.new'))")) == 2)
    copy.field.fill("Otherwise")
    tab.page.reload()
    expect(tab.field).to_have_value("Said twice")


DROP = """({ selector, files }) => {
  const transfer = new DataTransfer();
  for (const { name, bytes } of files) transfer.items.add(new File([new Uint8Array(bytes)], name));
  const target = document.querySelector(selector);
  const told = ["dragover", "drop"].map((name) => {
    const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: transfer });
    target.dispatchEvent(event);
    return event.defaultPrevented;
  });
  return told;
}"""


def drop(tab, selector, **files):
    """Drops files; the browser leaves the page where that is not prevented."""
    listed = [{"name": name.replace("_", "."), "bytes": list(content)} for name, content in files.items()]
    assert tab.page.evaluate(DROP, {"selector": selector, "files": listed}) == [True, True]


@pytest.mark.parametrize("selector", ["textarea", ".rail", "conversation-list", "main"])
def test_a_dropped_file_of_text_goes_into_the_message(mara, selector):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("Look:")
    drop(tab, selector, sum_py=b"x = 1\ny = 2\n")
    expect(tab.field).to_have_value("Look:\n```sum.py\nx = 1\ny = 2\n```\n")
    expect(tab.field).to_be_focused()


def test_a_dropped_picture_is_refused_with_a_sentence(mara):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill("Look:")
    drop(tab, "main", photo_png=b"\x89PNG\xff\0")
    expect(tab.notices).to_contain_text("“photo.png” was not taken. Only files of text")
    expect(tab.field).to_have_value("Look:")


def test_no_place_is_left_for_a_dropped_file(mara, visit):
    tab = mara.open("/account")
    expect(tab.page.get_by_role("heading", name="Account")).to_be_visible()
    drop(tab, "main", photo_png=b"\xff")
    expect(tab.page.locator(".toast")).to_contain_text("Files can be dropped on a conversation, not here.")
    stranger = visit().open("/sign-in")
    expect(stranger.page.get_by_label("Email")).to_be_visible()
    drop(stranger, "input", photo_png=b"\xff")
    expect(stranger.page.locator(".toast")).to_be_visible()


def test_the_gauge_says_of_what(mara):
    tab = mara.open()
    tab.ask("Count me", model="Demo: Fast")
    gauge = tab.page.locator("context-gauge")
    expect(gauge).to_have_text(re.compile(r"^[\d.]+(\sk)? of [\d.]+\s[kM] tokens$"))
    meter = gauge.get_by_role("meter")
    expect(meter).to_have_attribute("aria-valuetext", re.compile("takes .* of the .* tokens this model can read"))
