"""Providers that misbehave and workers that die: nothing is lost, and the page says what to do."""

import os
import signal

import pytest
from playwright.sync_api import expect


@pytest.fixture
def unlucky(visit, misbehaving):
    return visit(misbehaving).register()


@pytest.mark.parametrize("model", ["err", "html", "429-none", "empty-200"])
def test_a_failed_answer_can_be_tried_again(unlucky, model):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model=f'sim/{model}')}")
    tab.has_ended("failed")
    expect(tab.answer).to_contain_text("Your message is kept")
    expect(tab.question).to_contain_text("Please")
    tab.button("Try again").click()
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")
    tab.has_ended("failed")


def test_an_answer_that_the_provider_breaks_off_keeps_what_had_arrived(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/midstream-error')}")
    tab.has_ended("interrupted")
    expect(tab.answer).to_contain_text("These words arrived.")
    expect(tab.answer).to_contain_text("The provider cannot be reached right now.")
    expect(tab.answer).to_contain_text("What had arrived is kept")
    expect(tab.button("Answer again")).to_be_visible()


def test_a_failed_answer_can_be_given_to_another_model(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/429-none')}")
    tab.has_ended("failed")
    tab.button("Use another model").click()
    tab.pick_model("Demo: Echo")
    expect(tab.answer.locator("markdown-text.text")).to_contain_text("Please")
    tab.has_ended()


def test_an_answer_cut_by_its_limit_says_so(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/length-empty')}")
    tab.has_ended()
    expect(tab.answer).to_contain_text("The model used up its length before its first word.")
    expect(tab.button("Continue")).to_have_count(0)
    expect(tab.button("Answer again")).to_be_visible()


def test_a_dead_worker_leaves_what_had_arrived(unlucky, misbehaving):
    tab = unlucky.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.send("And then")
    for worker in misbehaving.workers():
        os.kill(worker, signal.SIGKILL)
    tab.has_ended("interrupted")
    expect(tab.answer).to_contain_text("What had arrived is kept")
    expect(tab.page.locator("pending-messages")).to_contain_text("The last answer broke off. What follows waits.")
    tab.pending.get_by_role("button", name="Remove").click()
    assert tab.text.startswith("This")
    tab.until(lambda: tab.text == unlucky.messages(tab.conversation)[-1]["text"])
    tab.button("Answer again").click()
    tab.has_begun()
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")


def test_an_answer_that_was_broken_off_goes_on_beside_the_old_one(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/midstream-error')}")
    tab.has_ended("interrupted")
    partial = tab.text
    tab.button("Continue").click()
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")
    tab.has_ended("interrupted")  # the same model breaks off again
    assert tab.text.startswith(partial) and len(tab.text) > len(partial)
    assert tab.text == unlucky.messages(tab.conversation)[-1]["text"]
    tab.page.reload()
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")


def test_a_stopped_answer_goes_on(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.button("Stop").click()
    tab.has_ended("stopped")
    partial = tab.text
    tab.button("Continue").click()
    expect(tab.answer).to_have_attribute("data-state", "running")
    tab.until(lambda: tab.text == partial)  # before the model has said anything new
    tab.has_ended()
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")
    assert tab.text.startswith(partial) and len(tab.text) > len(partial)
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]
    expect(tab.button("Continue")).to_have_count(0)


def test_an_answer_stopped_before_its_first_word_has_nothing_to_go_on_from(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    expect(tab.rows.first).to_have_attribute("data-state", "running")
    tab.button("Stop").click()
    tab.has_ended("stopped")
    expect(tab.answer).to_contain_text("before it began")
    expect(tab.button("Continue")).to_have_count(0)


def test_an_answer_at_the_limit_of_length_can_go_on(mara):
    conversation = mara.exchange("Say much")
    answer = mara.messages(conversation)[-1]["id"]
    tab = mara.open("about:blank")

    def cut_at_length(route):
        page = route.fetch().json()
        page["items"][-1]["generation"]["finish_reason"] = "length"
        route.fulfill(json=page)

    tab.page.route("**/messages?*", cut_at_length)
    tab.page.goto(f"{mara.url}/c/{conversation}")
    expect(tab.answer).to_contain_text("limit of length")
    with tab.page.expect_request(lambda request: request.method == "POST") as sent:
        tab.button("Continue").click()
    assert sent.value.post_data_json == {"continue": answer, "model": "demo/echo"}


def test_a_model_that_fails_is_stood_in_for_and_the_answer_says_so(unlucky):
    conversation = unlucky.api("POST", "/conversations", {"model": "sim/err", "fallback_models": ["demo/echo"]})["id"]
    tab = unlucky.open(f"/c/{conversation}")
    tab.ask("Anybody there?")
    expect(tab.answer.locator("markdown-text.text")).to_contain_text("Anybody there?")
    expect(tab.answer.locator(".by")).to_contain_text("Demo: Echo")
    said = "Answered by Demo: Echo because Sim: err was not available."
    expect(tab.answer.locator(".instead")).to_have_text(said)
    tab.page.reload()
    expect(tab.answer.locator(".instead")).to_have_text(said)
    expect(tab.page.locator("[data-role=model-button]")).to_contain_text("err")
