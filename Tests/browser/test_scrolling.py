"""What is being read stays where it is."""

from playwright.sync_api import expect

SMALL = {"viewport": {"width": 420, "height": 620}}


def running_below_a_long_answer(visitor):
    """A tab in which four words a second are being added at the end of a long page."""
    tab = visitor.open(f"/c/{visitor.exchange('A long one', model='demo/long')}")
    tab.has_ended()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    return tab


def height(tab):
    return tab.scroller.evaluate("(box) => box.scrollHeight")


def test_the_view_follows_the_answer_at_the_end(visit):
    tab = running_below_a_long_answer(visit(**SMALL).register())
    before = height(tab)
    tab.until(lambda: height(tab) > before)
    tab.until(lambda: tab.distance_from_end() < 2)
    expect(tab.page.get_by_role("button", name="Latest")).to_be_hidden()
    tab.has_ended()
    tab.until(lambda: tab.distance_from_end() < 2)


def test_who_scrolls_up_reads_undisturbed_and_returns_with_latest(visit):
    tab = running_below_a_long_answer(visit(**SMALL).register())
    tab.scroller.hover()
    tab.page.mouse.wheel(0, -400)
    latest = tab.page.get_by_role("button", name="Latest")
    expect(latest).to_be_visible()
    tab.until(lambda: tab.distance_from_end() >= 350)
    mark = "() => [...document.querySelectorAll('chat-message')].at(-2).getBoundingClientRect().top"
    top, before = tab.page.evaluate(mark), height(tab)
    tab.until(lambda: height(tab) > before)
    assert tab.page.evaluate(mark) == top
    latest.click()
    tab.until(lambda: tab.distance_from_end() < 2)
    expect(latest).to_be_hidden()


def test_a_long_answer_streams_without_touching_finished_blocks(mara):
    tab = mara.open()
    tab.choose_model("Demo: Long")
    tab.send("A long one")
    tab.has_begun()
    tab.page.evaluate(
        """() => {
          window.touched = 0;
          const watch = { subtree: true, childList: true, characterData: true, attributes: true };
          const heading = document.querySelector("markdown-text.text").children[0];
          new MutationObserver((changes) => { window.touched += changes.length; }).observe(heading, watch);
        }"""
    ) if tab.answer.locator(".block").count() > 1 else None
    tab.has_ended()
    assert tab.text.endswith("That is the end of the long demo answer.")
    assert tab.page.evaluate("window.touched ?? 0") == 0


def test_older_messages_come_as_they_are_needed(mara):
    conversation = mara.exchange("Message 0")
    for number in range(1, 40):
        mara.exchange(f"Message {number}", conversation=conversation)
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    expect(tab.answer).to_contain_text("Message 39")
    tab.until(lambda: tab.distance_from_end() < 2)
    assert tab.messages.count() < 80

    def reads_back():
        tab.scroller.evaluate("(box) => { box.scrollTop = 0; }")
        return tab.messages.count() == 80

    tab.until(reads_back)
    expect(tab.messages.first).to_contain_text("Message 0")
