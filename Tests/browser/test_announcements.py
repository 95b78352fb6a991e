"""What is said to somebody who does not see the page."""

from playwright.sync_api import expect


def test_a_finished_answer_is_announced_once(mara):
    tab = mara.open()
    tab.is_ready()
    aloud = tab.listen()
    tab.ask("Say something", model="Demo: Fast")
    tab.until(lambda: aloud() == ["Demo: Fast has answered."])
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.page.reload()
    expect(tab.answer).to_have_attribute("data-state", "running")
    aloud = tab.listen()
    tab.has_ended()
    tab.until(lambda: aloud() == ["Demo: Slow has answered."])


def test_an_answer_that_failed_or_was_stopped_is_announced_once(visit, misbehaving):
    unlucky = visit(misbehaving).register()
    tab = unlucky.open(f"/c/{unlucky.exchange('Before', model='demo/echo')}")
    tab.has_ended()
    aloud = tab.listen()
    tab.choose_model("Sim: html")
    tab.send("Please")
    tab.has_ended("failed")
    tab.until(lambda: aloud())
    [said] = aloud()
    assert said.startswith("Sim: html could not answer. ")
    assert said.removeprefix("Sim: html could not answer. ") in tab.answer.locator(".notice").inner_text()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")
    tab.until(lambda: aloud() == [said, "Answer stopped."])


def test_an_answer_without_a_word_says_what_it_is(mara):
    conversation = mara.exchange("Please")
    tab = mara.open("about:blank")

    def show(finish_reason, text="", error=None):
        def change(route):
            page = route.fetch().json()
            page["items"][-1]["text"] = text
            page["items"][-1]["generation"].update(finish_reason=finish_reason, error=error)
            route.fulfill(json=page)

        tab.page.route("**/messages?*", change)
        tab.page.goto(f"{mara.url}/c/{conversation}")
        tab.has_ended()

    show("tool_calls")
    expect(tab.answer).to_contain_text("The model asked for a tool instead of answering")
    expect(tab.button("Answer again")).to_be_visible()
    show("stop")
    expect(tab.answer).to_contain_text("ended its answer without a word")
    left_out = {"code": "pictures_left_out", "detail": "Its pictures cannot be shown."}
    show("stop", "A hen:", left_out)
    expect(tab.answer.locator(".notice")).to_have_text(left_out["detail"])
