"""Reading: by keys, from the beginning to the end of what is long, and again where one was."""

import pytest
from playwright.sync_api import expect
from visitor import lengthen

SMALL = {"viewport": {"width": 900, "height": 600}}
LATEST, BEGINNING = "Latest", "Beginning"


def top(tab):
    return tab.scroller.evaluate("(box) => box.scrollTop")


@pytest.fixture
def mara(visit):
    return visit(**SMALL).register()


@pytest.fixture
def long_answer(mara):
    tab = mara.open(f"/c/{mara.exchange('A long one', model='demo/long')}")
    tab.has_ended()
    tab.until(lambda: tab.distance_from_end() < 2)
    return tab


def rests_at(tab, place):
    """Puts the scroller there; a movement that a key has begun may carry it on."""
    frames = "await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));"
    return tab.scroller.evaluate(f"async (box, place) => {{ box.scrollTop = place; {frames} return box.scrollTop === place; }}", place)


def scrolls_by_keys(tab):
    for key, moves in (("PageUp", -1), ("ArrowUp", -1), ("PageDown", 1), ("Space", 1), ("Home", -1)):
        tab.until(lambda: rests_at(tab, 900))
        tab.page.keyboard.press(key)
        tab.until(lambda: (top(tab) - 900) * moves > 20)
    tab.page.keyboard.press("End")
    tab.until(lambda: tab.distance_from_end() < 2)


def test_keys_scroll_after_a_click_on_the_text(long_answer):
    long_answer.answer.locator("p:visible").last.click()
    scrolls_by_keys(long_answer)


def test_keys_scroll_after_skipping_to_the_content(long_answer):
    tab = long_answer
    tab.page.evaluate("document.activeElement.blur()")
    tab.page.locator(".skip").focus()
    tab.page.keyboard.press("Enter")
    scrolls_by_keys(tab)


def test_keys_scroll_where_nothing_or_the_title_has_the_focus(long_answer):
    long_answer.page.evaluate("document.activeElement.blur()")
    scrolls_by_keys(long_answer)
    long_answer.title.focus()
    scrolls_by_keys(long_answer)


def test_pages_are_turned_while_writing(long_answer):
    tab = long_answer
    tab.field.fill("On one line")
    tab.field.press("PageUp")
    tab.until(lambda: tab.distance_from_end() > 100)
    expect(tab.field).to_be_focused()
    tab.field.press("PageDown")
    tab.until(lambda: tab.distance_from_end() < 2)


def test_who_is_at_the_end_stays_there_in_another_window(long_answer):
    for width, height in ((640, 360), (1200, 900), (700, 400)):
        long_answer.page.set_viewport_size({"width": width, "height": height})
        long_answer.page.wait_for_timeout(100)
        long_answer.until(lambda: long_answer.distance_from_end() < 2)


@pytest.fixture
def endless(mara, serve):
    """A conversation of 10,000 messages, beside another one."""
    mara.exchange("Another one")
    conversation = mara.exchange("The first words")
    lengthen(serve, conversation, 9_998)
    tab = mara.open(f"/c/{conversation}")
    expect(tab.messages.last).to_contain_text("Written number 9997")
    return tab


def test_the_beginning_of_a_long_conversation_is_one_key_away(endless):
    tab = endless
    tab.scroller.focus()
    tab.page.keyboard.press("Home")
    expect(tab.messages.first).to_contain_text("The first words")
    tab.until(lambda: top(tab) == 0)
    expect(tab.button(BEGINNING)).to_be_hidden()
    tab.page.keyboard.press("End")
    expect(tab.messages.last).to_contain_text("Written number 9997")
    tab.until(lambda: tab.distance_from_end() < 2)
    tab.page.keyboard.press("PageUp")
    tab.button(BEGINNING).click()
    expect(tab.messages.first).to_contain_text("The first words")
    expect(tab.scroller).to_be_focused()
    tab.button(LATEST).click()
    expect(tab.messages.last).to_contain_text("Written number 9997")


def test_a_long_conversation_stays_light_and_is_read_without_a_gap(endless):
    tab = endless
    read = """() => [...document.querySelectorAll("chat-message")]
      .map((each) => Number(/number (\\d+)/.exec(each.textContent)?.[1] ?? -1))"""
    tab.scroller.focus()
    tab.page.keyboard.press("Home")
    expect(tab.messages.first).to_contain_text("The first words")

    def goes_on_to(number, edge):
        shown = tab.page.evaluate(read)
        assert len(shown) <= 160
        assert shown == sorted(shown)
        # The first two are the exchange, which has no number.
        assert not [pair for pair in zip(shown, shown[1:]) if pair[1] - pair[0] != 1 and pair[0] != -1]
        tab.scroller.evaluate(f"(box) => {{ box.scrollTop = {edge}; }}")
        return number in shown

    tab.until(lambda: goes_on_to(400, "box.scrollHeight - box.clientHeight - 60"))
    tab.until(lambda: goes_on_to(0, "60"))


def test_reading_on_moves_nothing_that_is_being_read(endless):
    tab = endless
    mark = tab.messages.first
    mark.evaluate("(element) => { element.id = 'mark'; }")
    tab.scroller.evaluate("(box) => { box.scrollTop = 500; }")
    place = "() => document.querySelector('#mark').getBoundingClientRect().top"
    before = tab.page.evaluate(place)
    tab.until(lambda: tab.messages.count() > 50)
    assert abs(tab.page.evaluate(place) - before) < 2


def test_what_is_sent_far_from_the_end_stands_at_the_end(endless, mara):
    tab = endless
    tab.scroller.focus()
    tab.page.keyboard.press("Home")
    expect(tab.messages.first).to_contain_text("The first words")
    tab.ask("Said from afar", model="Demo: Echo")
    tab.until(lambda: tab.distance_from_end() < 2)
    assert mara.said(tab.conversation)[-2:] == ["Written number 9996", "Said from afar"]


def read_at(tab, number):
    """Scrolls to a message. Returns how far below the upper edge it stands."""
    mark = tab.messages.filter(has_text=f"number {number}").first
    mark.evaluate("(element) => element.scrollIntoView()")
    tab.page.wait_for_timeout(400)  # who scrolls on has not stopped to read
    return tab.messages.filter(has_text=f"number {number}").first.bounding_box()["y"]


def test_back_forward_and_reload_return_to_where_one_was_reading(endless, mara):
    tab = endless
    tab.scroller.focus()
    tab.page.keyboard.press("Home")
    expect(tab.messages.first).to_contain_text("The first words")
    height = read_at(tab, 40)
    place = tab.page.url

    def is_there():
        there = tab.messages.filter(has_text="number 40").first
        return there.is_visible() and abs(there.bounding_box()["y"] - height) < 4

    tab.rows.filter(has_text="Another one").get_by_role("link").click()
    expect(tab.answer).to_contain_text("Another one")
    tab.page.go_back()
    tab.until(is_there)
    tab.page.reload()
    tab.until(is_there)
    tab.page.go_back()
    tab.page.go_forward()
    assert tab.page.url == place
    tab.until(is_there)
    tab.page.get_by_role("link", name="Account").click()
    expect(tab.page.get_by_role("heading", name="Account")).to_be_visible()
    tab.page.go_back()
    tab.until(is_there)
    # Who comes by another way wants what is new.
    tab.rows.filter(has_text="Another one").get_by_role("link").click()
    expect(tab.answer).to_contain_text("Another one")
    tab.page.locator(f"conversation-list a[href='{place.removeprefix(mara.url)}']").click()
    expect(tab.messages.last).to_contain_text("Written number 9997")
    tab.until(lambda: tab.distance_from_end() < 2)
