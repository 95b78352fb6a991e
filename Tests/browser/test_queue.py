"""Messages that wait for the end of an answer, or for the network."""

import re

import pytest
from playwright.sync_api import expect


@pytest.fixture
def tab(mara):
    """Where a slow answer runs, and what is said next is answered at once."""
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    expect(tab.rows.first).to_have_attribute("data-state", "running")
    tab.choose_model("Demo: Echo")
    return tab


def texts(tab):
    return tab.pending.locator(".bubble")


def test_what_is_sent_meanwhile_waits_and_goes_in_its_order(mara, tab):
    tab.send("one")
    tab.send("two")
    tab.send("three")
    expect(tab.pending).to_have_text(["oneQueued", "twoQueued", "threeQueued"])
    expect(tab.field).to_have_value("")
    expect(tab.button("Stop")).to_be_visible()
    tab.field.fill("four")
    expect(tab.button("Stop")).to_be_visible()
    tab.button("Send after this answer").click()
    tab.pending.nth(1).get_by_role("button", name="Edit").click()
    editor = tab.page.get_by_label("Edited text")
    expect(editor).to_be_focused()
    editor.fill("two, better")
    editor.press("Enter")
    tab.pending.nth(2).get_by_role("button", name="Remove").click()
    expect(texts(tab)).to_have_text(["one", "two, better", "four"])
    tab.page.reload()
    expect(texts(tab)).to_have_text(["one", "two, better", "four"])
    expect(tab.messages).to_have_count(8)
    tab.has_ended()
    expect(tab.pending).to_have_count(0)
    assert mara.said(tab.conversation) == ["Slowly", "one", "two, better", "four"]
    states = [message["generation"]["state"] for message in mara.messages(tab.conversation)[1::2]]
    assert states == ["completed"] * 4


def test_after_a_stop_the_queue_waits_for_a_word(mara, tab):
    tab.send("one")
    tab.send("two")
    tab.button("Stop").click()
    tab.has_ended("stopped")
    expect(tab.page.locator("pending-messages")).to_contain_text("The last answer was stopped. What follows waits.")
    assert mara.said(tab.conversation) == ["Slowly"]
    tab.page.reload()
    tab.button("Send now").click()
    expect(tab.messages).to_have_count(6)
    tab.has_ended()
    assert mara.said(tab.conversation) == ["Slowly", "one", "two"]


def test_the_queue_goes_on_while_another_conversation_is_read(mara, tab):
    tab.send("one")
    place = tab.conversation
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    expect(tab.page.locator(".welcome")).to_be_visible()
    tab.until(lambda: len(mara.messages(place)) == 4)
    assert mara.said(place) == ["Slowly", "one"]


def test_two_tabs_have_one_queue(mara, tab):
    tab.send("one")
    tab.send("two")
    other = mara.open(f"/c/{tab.conversation}")
    expect(texts(other)).to_have_text(["one", "two"])
    other.send("three")
    expect(texts(tab)).to_have_text(["one", "two", "three"])
    for each in (tab, other):
        expect(each.messages).to_have_count(8)
        each.has_ended()
        expect(each.pending).to_have_count(0)
    assert mara.said(tab.conversation) == ["Slowly", "one", "two", "three"]
    assert tab.text == other.text


def test_a_message_that_arrived_unheard_is_there_once(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")
    keys = []

    def lose_the_answer(route):
        keys.append(route.request.headers["idempotency-key"])
        route.fetch()
        route.abort()

    tab.page.route("**/messages", lose_the_answer, times=1)
    with tab.page.expect_response(lambda answer: answer.request.method == "POST") as second:
        tab.send("Into the void")
    expect(tab.messages).to_have_count(4)
    tab.has_ended()
    expect(tab.pending).to_have_count(0)
    assert second.value.request.headers["idempotency-key"] == keys[0]
    assert mara.said(tab.conversation) == ["Before", "Into the void"]


def test_a_message_on_its_way_survives_the_page(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")
    with tab.page.expect_request(lambda request: request.method == "POST"):
        tab.page.route("**/messages", lambda route: None)  # it never gets there
        tab.send("On its way")
    tab.page.unroute("**/messages")
    tab.page.reload()
    expect(tab.messages).to_have_count(4)
    tab.has_ended()
    expect(tab.field).to_have_value("")
    assert mara.said(tab.conversation) == ["Before", "On its way"]


def test_what_could_not_be_sent_goes_before_what_is_written_since(mara):
    tab = mara.open()
    tab.ask("Before", model="Demo: Echo")
    with mara.offline():
        tab.send("one")
        expect(tab.pending).to_have_text(["oneNot sent"])
        expect(tab.button("Try again")).to_be_visible()
        tab.send("two")
        expect(tab.pending).to_have_text(["oneNot sent", "twoQueued"])
    expect(tab.messages).to_have_count(6)
    tab.has_ended()
    assert mara.said(tab.conversation) == ["Before", "one", "two"]


def test_what_waits_is_nothing_for_the_next_person(mara, tab):
    tab.send("Nobody else's business")
    expect(tab.pending).to_have_count(1)
    tab.page.get_by_role("link", name="Account").click()
    tab.button("Sign out").click()
    tab.page.wait_for_url("**/sign-in")
    assert not re.search("queue|business", tab.page.evaluate("JSON.stringify({ ...localStorage })"))


def held(page, pattern):
    """Holds back the requests to an address that come from now on; they go on in their order."""
    requests = []
    page.route(pattern, lambda route: requests.append(route))
    return requests


def test_what_is_sent_while_a_conversation_loads_goes_there(mara):
    conversation = mara.exchange("Before")
    tab = mara.open("about:blank")
    loading = held(tab.page, f"**/conversations/{conversation}")
    tab.page.goto(f"{mara.url}/c/{conversation}")
    tab.send("Too early?")
    tab.field.press("Enter")
    expect(tab.field).to_have_value("Too early?")
    loading.pop().continue_()
    expect(tab.messages).to_have_count(4)
    tab.has_ended()
    expect(tab.field).to_have_value("")
    assert mara.said(conversation) == ["Before", "Too early?"]
    assert tab.rows.count() == 1


def test_a_first_message_goes_to_its_place_though_one_has_left(mara):
    other = mara.exchange("Another matter")
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    beginning = held(tab.page, "**/conversations")
    tab.send("The first words")
    expect(tab.field).to_have_value("")
    tab.rows.get_by_role("link").click()
    tab.has_ended()
    beginning.pop().continue_()
    expect(tab.rows).to_have_count(2)
    expect(tab.question.locator(".bubble")).to_have_text("Another matter")
    assert mara.said(other) == ["Another matter"]
    tab.rows.get_by_text("The first words").click()
    tab.has_ended()
    assert tab.text == "The first words"
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    expect(tab.field).to_have_value("")


def test_who_comes_back_to_a_conversation_that_loads_sees_it_once(mara):
    conversation = mara.exchange("Before")
    tab = mara.open()
    tab.is_ready()
    loading = held(tab.page, f"**/conversations/{conversation}")
    for _ in range(2):
        with tab.page.expect_request(f"**/conversations/{conversation}"):
            tab.rows.get_by_role("link").click()
        tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    with tab.page.expect_request(f"**/conversations/{conversation}"):
        tab.rows.get_by_role("link").click()
    for route in loading:
        route.continue_()
    tab.has_ended()
    expect(tab.page.locator("chat-thread")).to_have_count(1)
    expect(tab.messages).to_have_count(2)
