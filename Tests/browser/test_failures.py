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
    expect(tab.answer).to_contain_text("limit of length")


def test_a_dead_worker_leaves_what_had_arrived(unlucky, misbehaving):
    tab = unlucky.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    for worker in misbehaving.workers():
        os.kill(worker, signal.SIGKILL)
    tab.has_ended("interrupted")
    expect(tab.answer).to_contain_text("What had arrived is kept")
    assert tab.text.startswith("This")
    tab.until(lambda: tab.text == unlucky.messages(tab.conversation)[-1]["text"])
    tab.button("Answer again").click()
    tab.has_begun()
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")
    expect(tab.answer.get_by_role("group", name="Versions")).to_contain_text("2 of 2")
