"""Keys that an input method takes (Chinese, Japanese, Korean …) are its own, in every field."""

import pytest
from playwright.sync_api import expect

# Of a composition; and the one that ends it as Safari tells it, after the composition, by the key code alone.
WAYS = {"of the standard": "isComposing: true", "of Safari": "keyCode: 229"}


@pytest.fixture(params=WAYS.values(), ids=WAYS.keys())
def compose(request):
    """Presses a key that the input method takes; tells whether the page let it."""

    def press(field, key):
        return field.evaluate(
            f"""(field, key) => field.dispatchEvent(new KeyboardEvent("keydown",
              {{ key, {request.param}, bubbles: true, cancelable: true }}))""",
            key,
        )

    return press


def test_the_search_of_the_list(mara, compose):
    mara.exchange("Tea in Kyoto")
    tab = mara.open()
    tab.is_ready()
    expect(tab.rows).to_have_count(1)
    search = tab.page.get_by_label("Search conversations by title")
    search.focus()
    for key in ("Enter", "ArrowDown", "Escape"):
        assert compose(search, key)
    expect(search).to_be_focused()
    assert tab.page.url == mara.url + "/"
    search.press("Enter")
    tab.page.wait_for_url("**/c/*")


def test_the_search_of_a_picker(mara, compose):
    tab = mara.open()
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    search = tab.page.get_by_placeholder("Search models")
    for key in ("Enter", "ArrowDown", "Escape"):
        assert compose(search, key)
    expect(search).to_be_focused()
    search.press("Escape")
    expect(search).not_to_be_attached()


def test_a_title(mara, compose):
    tab = mara.open(f"/c/{mara.exchange('Tea')}")
    tab.has_ended()
    tab.rows.get_by_role("link").focus()
    tab.page.keyboard.press("F2")
    title = tab.page.get_by_label("Title", exact=True)
    for key in ("Escape", "Enter", "Delete", "ArrowDown"):
        assert compose(title, key)
    expect(title).to_be_focused()
    title.press("Escape")
    expect(title).not_to_be_attached()


def test_a_message_and_one_that_is_edited(mara, compose):
    tab = mara.open(f"/c/{mara.exchange('Tea')}")
    tab.has_ended()
    tab.field.fill("ni")
    for key in ("Enter", "ArrowUp", "PageUp"):
        assert compose(tab.field, key)
    tab.question.get_by_role("button", name="Edit").click()
    editor = tab.page.get_by_label("Edited text")
    for key in ("Enter", "Escape"):
        assert compose(editor, key)
    expect(editor).to_be_focused()
    expect(tab.messages).to_have_count(2)
    editor.press("Escape")
    expect(editor).not_to_be_attached()


def test_what_gives_up_a_word_stops_no_answer(mara, compose):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Go on")
    tab.has_begun()
    assert compose(tab.field, "Escape")
    said = tab.text
    tab.until(lambda: len(tab.text) > len(said) + 10)
    tab.field.press("Escape")
    tab.has_ended("stopped")


def test_the_list_on_a_phone(visit, compose):
    mara = visit(viewport={"width": 390, "height": 844}).register()
    tab = mara.open()
    tab.is_ready()
    tab.page.get_by_role("button", name="Conversations").click()
    search = tab.page.get_by_label("Search conversations by title")
    search.focus()
    assert compose(search, "Escape")
    expect(search).to_be_in_viewport()
