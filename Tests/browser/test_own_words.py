"""What the person wrote, as it stands in the conversation."""

import pytest
from playwright.sync_api import expect

CODE = "Why?\n```python title=x\ndef f():\n    return 1\n```\n**plain** <b>text</b>"


def is_fixed_width(locator):
    return locator.evaluate(
        """(element) => {
          const pen = document.createElement("canvas").getContext("2d");
          pen.font = getComputedStyle(element).font;
          return pen.measureText("iiii").width === pen.measureText("mmmm").width;
        }"""
    )


def test_own_code_is_set_as_code_and_the_rest_is_plain(mara):
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.send(CODE)
    tab.has_ended()
    bubble = tab.question.locator(".bubble")
    code = bubble.locator("pre code")
    assert code.inner_text() == "def f():\n    return 1"
    assert is_fixed_width(code) and not is_fixed_width(bubble)
    expect(bubble).to_contain_text("python title=x")
    expect(bubble).to_contain_text("**plain** <b>text</b>")
    assert mara.said(tab.conversation) == [CODE]
    tab.question.get_by_role("button", name="Edit").click()
    expect(tab.page.get_by_label("Edited text")).to_have_value(CODE)


def test_what_is_long_begins_folded(mara):
    lines = "\n".join(f"line {number}" for number in range(120))
    tab = mara.open(f"/c/{mara.exchange(lines)}")
    tab.has_ended()
    bubble = tab.question.locator(".bubble")
    assert bubble.bounding_box()["height"] < 500
    opener = bubble.get_by_role("button", name="Show all 120 lines")
    expect(opener).to_have_attribute("aria-expanded", "false")
    opener.focus()
    tab.page.keyboard.press("Enter")
    assert bubble.bounding_box()["height"] > 1500
    closer = bubble.get_by_role("button", name="Show less")
    expect(closer).to_be_focused()
    closer.click()
    assert bubble.bounding_box()["height"] < 500
    expect(closer.or_(opener)).to_be_in_viewport()


def test_own_words_begin_where_their_script_begins(mara):
    tab = mara.open(f"/c/{mara.exchange('مرحبا، هذا نص عربي.')}")
    tab.has_ended()
    assert tab.question.locator(".bubble").evaluate("(bubble) => getComputedStyle(bubble).direction") == "rtl"
    tab.field.fill("مرحبا")
    assert tab.field.evaluate("(field) => getComputedStyle(field).direction") == "rtl"
    assert tab.title.evaluate("(title) => getComputedStyle(title).direction") == "rtl"


def test_the_actions_of_own_words_are_seen_without_a_pointer(mara):
    tab = mara.open(f"/c/{mara.exchange('Say it')}")
    tab.has_ended()
    tab.page.mouse.move(0, 0)
    shown = "(meta) => getComputedStyle(meta).opacity"
    assert tab.question.locator(".meta").evaluate(shown) == "1"
    for name in ("Copy", "Edit"):
        expect(tab.question.get_by_role("button", name=name)).to_be_visible()


def test_the_actions_are_one_stop_and_walked_with_the_arrows(mara):
    conversation = mara.exchange("One")
    for text in ("Two", "Three", "Four"):
        mara.exchange(text, conversation=conversation)
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    expect(tab.field).to_be_focused()
    press = tab.page.keyboard.press
    press("Shift+Tab")
    focused = tab.page.locator(":focus")
    expect(focused).to_have_attribute("aria-label", "Copy")
    press("ArrowRight")
    expect(focused).to_have_attribute("aria-label", "Regenerate")
    press("ArrowUp")
    expect(tab.messages.nth(6).locator(":focus")).to_have_attribute("aria-label", "Copy")
    press("ArrowRight")
    expect(tab.messages.nth(6).locator(":focus")).to_have_attribute("aria-label", "Edit")
    press("Shift+Tab")
    expect(tab.scroller).to_be_focused()
    press("Tab")
    expect(tab.messages.nth(6).locator(":focus")).to_have_attribute("aria-label", "Edit")
    press("ArrowDown")
    expect(tab.messages.nth(7).locator(":focus")).to_have_attribute("aria-label", "Copy")
    press("Tab")
    expect(tab.field).to_be_focused()


def test_a_copy_is_announced(mara):
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = mara.open(f"/c/{mara.exchange('Copy me')}")
    tab.has_ended()
    aloud = tab.listen()
    tab.question.get_by_role("button", name="Copy").click()
    tab.until(lambda: aloud() == ["Copied."])
    assert tab.page.evaluate("navigator.clipboard.readText()") == "Copy me"
    expect(tab.question.get_by_role("button", name="Copy")).to_be_focused()


@pytest.mark.parametrize(
    "text",
    ["    def f(x):\n        return x", "  context\n- old\n+ new", "　　春眠不覚暁", "\n\n\tindented", "\u2003wide", "a\n\n  b"],
    ids=["code", "a diff", "full width", "lines and a tab", "an em", "inside"],
)
def test_indentation_is_kept(mara, text):
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.send(text + "\n\n")  # what ends it is of no use to anybody
    tab.has_ended()
    assert mara.said(tab.conversation) == [text]
    bubble = tab.question.locator(".bubble")
    assert bubble.evaluate("(bubble) => bubble.innerText") == text
    tab.question.get_by_role("button", name="Copy").click()
    tab.until(lambda: tab.page.evaluate("navigator.clipboard.readText()") == text)
    tab.question.get_by_role("button", name="Edit").click()
    editor = tab.page.get_by_label("Edited text")
    expect(editor).to_have_value(text)
    editor.fill(f"  {text}!\n")
    editor.press("Enter")
    expect(bubble).to_contain_text("!")
    tab.has_ended()
    assert mara.said(tab.conversation) == [f"  {text}!"]


def test_blanks_alone_are_no_message(mara):
    tab = mara.open()
    tab.is_ready()
    tab.field.fill(" \n\t\u3000\n")
    expect(tab.button("Send")).to_be_disabled()
    tab.field.press("Enter")
    assert tab.page.url == mara.url + "/"
