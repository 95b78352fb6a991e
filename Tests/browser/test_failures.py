"""Providers that misbehave and workers that die: nothing is lost, and the page says what to do."""

import os
import signal

import pytest
from playwright.sync_api import expect


@pytest.fixture
def unlucky(visit, misbehaving):
    return visit(misbehaving).register()


@pytest.mark.parametrize("model", ["err", "html", "429-none", "empty-200", "tools"])
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


def remedies(tab):
    """The buttons of the notice, the best first."""
    tab.has_ended("failed")
    return tab.answer.locator(".outcome").get_by_role("button")


def test_a_refusal_offers_to_edit_the_message(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/moderated')}")
    expect(remedies(tab)).to_have_text(["Edit your message", "Use another model", "Try again"])
    remedies(tab).first.click()
    expect(tab.page.get_by_label("Edited text")).to_be_focused()
    expect(tab.page.get_by_label("Edited text")).to_have_value("Please")


def open_failed(visitor, **error):
    """Opens a conversation whose answer failed in a way that the demo's models do not."""
    conversation = visitor.exchange("Please", model="sim/err")
    tab = visitor.open("about:blank")

    def fail_so(route):
        page = route.fetch().json()
        page["items"][-1]["generation"]["error"] |= error
        route.fulfill(json=page)

    tab.page.route("**/messages?*", fail_so)
    tab.page.goto(f"{visitor.url}/c/{conversation}")
    return tab


def test_a_bad_key_leads_the_administrator_to_where_keys_are(visit, misbehaving):
    admin = visit(misbehaving)
    admin.api("POST", "/auth/login", {"email": "admin@localhost", "password": admin.password})
    tab = open_failed(admin, code="provider_auth")
    expect(remedies(tab)).to_have_text(["Where keys are", "Use another model", "Try again"])
    remedies(tab).first.click()
    dialog = tab.page.get_by_role("dialog", name="Where keys are")
    expect(dialog).to_contain_text("OPENROUTER_API_KEY")
    expect(dialog).to_contain_text("the key of demo")


def test_a_bad_key_is_nothing_that_others_can_mend(unlucky):
    tab = open_failed(unlucky, code="provider_auth")
    expect(remedies(tab)).to_have_text(["Use another model", "Try again"])


def test_too_many_requests_are_tried_again(unlucky):
    tab = unlucky.open(f"/c/{unlucky.exchange('Please', model='sim/429-none')}")
    expect(remedies(tab)).to_have_text(["Try again", "Use another model"])


def test_what_the_provider_said_is_folded_below(unlucky):
    words = {"status": 400, "message": "مرحبا: max_tokens is too large", "request_id": "req_42"}
    tab = open_failed(unlucky, code="context_too_long", provider_error=words)
    expect(remedies(tab)).to_have_text(["Use another model", "Edit your message"])
    expect(tab.answer.get_by_text("req_42")).to_be_hidden()
    tab.answer.get_by_text("Details").click()
    for part in ("400", "max_tokens is too large", "req_42"):
        expect(tab.answer.get_by_text(part)).to_be_visible()


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
