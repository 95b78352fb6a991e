"""Answers that go on while nobody, or somebody else, watches; and pages that come back to them."""

import os
import re
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import expect
from serve import eventually


def viewers(serve, generation):
    """How many in each worker watch an answer: each has its live stream open once more than its runner."""
    stream = str(serve.run_directory / "streams" / generation)
    found = {}
    for worker in serve.workers():
        for entry in Path(f"/proc/{worker}/fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                is_read = re.search(r"flags:\s+0\d*0$", Path(f"/proc/{worker}/fdinfo/{entry.name}").read_text(), re.M)
                if os.readlink(entry) == stream and is_read:
                    found[worker] = found.get(worker, 0) + 1
    return found


def test_after_a_reload_a_second_tab_stops_the_answer_and_both_show_the_same(mara, serve):
    first = mara.open()
    first.choose_model("Demo: Slow")
    first.send("Slowly")
    first.has_begun()
    generation = mara.messages(first.conversation)[-1]["generation"]["id"]
    first.page.reload()
    first.has_begun()
    assert eventually(lambda: len(viewers(serve, generation)) == 1)
    [worker] = viewers(serve, generation)
    for _ in range(20):  # until the second tab is answered by another worker than the first
        second = mara.open(f"/c/{first.conversation}")
        second.has_begun()
        if viewers(serve, generation).keys() - {worker}:
            break
        second.page.close()
    assert len(viewers(serve, generation)) == 2
    second.button("Stop").click()
    first.has_ended("stopped")
    second.has_ended("stopped")
    stored = mara.messages(first.conversation)[-1]
    assert stored["generation"]["state"] == "stopped"
    assert first.text == second.text == stored["text"] != ""
    for tab in (first, second):
        expect(tab.messages).to_have_count(2)
        expect(tab.answer).to_contain_text("You stopped this answer")
        expect(tab.button("Stop")).to_be_hidden()
        expect(tab.rows).to_have_attribute("data-state", "idle")


def slow_answer_by_our_clock(visitor):
    """A tab with an answer that has begun, whose time the test can move."""
    tab = visitor.open("about:blank")
    tab.page.clock.install()
    tab.page.goto(visitor.url)
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    return tab


def test_a_waiting_reconnection_does_not_sleep_on_when_the_page_is_looked_at(visit, cable):
    mara = visit(cable).register()
    tab = slow_answer_by_our_clock(mara)
    cable.cut()
    expect(tab.page.locator(".connection")).to_have_text("Connection lost. Reconnecting…")
    tab.page.clock.pause_at(tab.page.evaluate("Date.now()") + 2000)  # from here on no wait ends by itself
    cable.mend()
    with tab.page.expect_response(re.compile(r"/events$")):
        tab.wake()
    expect(tab.page.locator(".connection")).to_have_text("")
    tab.page.clock.resume()
    tab.has_ended()
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]


def test_a_stream_without_a_sign_of_life_is_taken_for_dead(mara):
    tab = slow_answer_by_our_clock(mara)
    with tab.page.expect_request(re.compile(r"/events$")) as resumed:
        tab.page.clock.fast_forward(45_000)  # more than the server's silence, in less than a second
    assert resumed.value.headers["last-event-id"]
    tab.has_ended()
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]


def test_a_busy_server_is_asked_again(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    refused = []

    def refuse(route):
        refused.append(route.request.url)
        route.fulfill(status=503, headers={"retry-after": "1"}, json={"code": "busy", "status": 503})

    # A 5xx is never expected by the other tests; here it is made.
    mara.context.remove_listener("console", mara._heard)
    tab.page.route("**/events", refuse, times=2)
    tab.page.reload()
    tab.has_begun()
    tab.has_ended()
    assert len(refused) == 2
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]


def test_another_tab_shows_what_is_said_in_this_one(mara):
    conversation = mara.exchange("The beginning")
    first, second = mara.open(f"/c/{conversation}"), mara.open(f"/c/{conversation}")
    for tab in (first, second):
        tab.has_ended()
    first.choose_model("Demo: Slow")
    first.send("Slowly")
    second.has_begun()
    expect(second.question).to_contain_text("Slowly")
    expect(second.button("Stop")).to_be_visible()
    first.has_ended()
    second.has_ended()
    expect(second.messages).to_have_count(4)
    assert first.text == second.text == mara.messages(conversation)[-1]["text"]
    second.ask("And back", model="Demo: Echo")
    expect(first.answer).to_contain_text("And back")
    first.has_ended()


def test_the_list_of_another_tab_marks_what_runs_until_it_ends(mara):
    first, second = mara.open(), mara.open()
    second.is_ready()
    first.choose_model("Demo: Slow")
    first.send("Slowly")
    expect(second.rows).to_have_attribute("data-state", "running")
    first.has_begun()
    first.page.close()
    expect(second.rows).to_have_attribute("data-state", "running")
    expect(second.rows).to_have_attribute("data-state", "idle")  # it looks by itself


def test_the_list_asks_for_nothing_while_nothing_runs(mara):
    mara.exchange("The beginning")
    tab = mara.open("about:blank")
    tab.page.clock.install()
    tab.page.goto(mara.url)
    expect(tab.rows).to_have_attribute("data-state", "idle")
    asked = []
    tab.page.on("request", lambda request: asked.append(request.url))
    tab.page.clock.run_for(300_000)
    assert asked == []


def test_another_device_catches_up_when_it_is_looked_at(mara, visit):
    conversation = mara.exchange("The beginning")
    mara.exchange("To be deleted")
    device = visit()
    device.api("POST", "/auth/login", {"email": mara.email, "password": mara.password})
    tab = device.open(f"/c/{conversation}")
    tab.has_ended()
    expect(tab.rows).to_have_count(2)
    deleted = next(item for item in mara.api("GET", "/conversations")["items"] if item["id"] != conversation)
    mara.api("DELETE", f"/conversations/{deleted['id']}")
    mara.exchange("Said elsewhere", conversation=conversation)
    mara.exchange("Another one")
    tab.page.wait_for_timeout(2100)  # what was just asked for is fresh enough
    tab.wake()
    expect(tab.messages).to_have_count(4)
    expect(tab.answer).to_contain_text("Said elsewhere")
    expect(tab.rows).to_have_text(["Another one", "The beginning"])


def test_a_conversation_that_was_deleted_elsewhere_says_so(mara):
    conversation = mara.exchange("The beginning")
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    mara.api("DELETE", f"/conversations/{conversation}")
    tab.wake()
    expect(tab.page.get_by_text("This conversation does not exist")).to_be_visible()
    expect(tab.title).to_have_text("")
    expect(tab.page.locator("context-gauge")).to_be_hidden()
    expect(tab.rows).to_have_count(0)
    tab.wake()
    expect(tab.page.get_by_text("This conversation does not exist")).to_be_visible()


def test_a_conversation_that_could_not_be_loaded_is_there_as_soon_as_it_can_be(mara):
    conversation = mara.exchange("The beginning")
    tab = mara.open()
    tab.rows.get_by_role("link").click()
    tab.has_ended()
    tab.page.get_by_role("link", name="New conversation", exact=True).first.click()
    with mara.offline():
        tab.rows.get_by_role("link").click()
        expect(tab.page.get_by_text("The conversation could not be loaded")).to_be_visible()
    tab.has_ended()
    assert tab.conversation == conversation
