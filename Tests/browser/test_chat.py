"""A message and its answer: how it arrives, goes on, is stopped, and survives what happens meanwhile."""

from playwright.sync_api import expect

WATCH_THE_ANSWER = """
() => {
  window.seen = [];
  new MutationObserver(() => {
    const text = document.querySelector("chat-message[data-role=assistant] markdown-text.text")?.textContent.trim();
    if (text && text !== window.seen.at(-1)) window.seen.push(text);
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}
"""


def test_an_answer_streams_in_word_by_word(visit):
    visitor = visit().register()
    visitor.context.clear_cookies()
    tab = visitor.open("/")
    tab.page.wait_for_url("**/sign-in")
    tab.sign_in(visitor)
    tab.is_ready()
    tab.choose_model("Demo: Slow")
    tab.page.evaluate(WATCH_THE_ANSWER)
    tab.send("Take your time")
    tab.has_begun()
    tab.until(lambda: len(tab.page.evaluate("seen")) >= 6)
    expect(tab.answer).to_have_attribute("data-state", "running")
    seen = tab.page.evaluate("seen")
    assert all(later.startswith(earlier) for earlier, later in zip(seen, seen[1:])), seen
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")


def test_the_first_message_makes_a_conversation_with_an_address_and_a_title(mara):
    tab = mara.open()
    tab.is_ready()
    expect(tab.page.locator("conversation-list")).to_contain_text("Write the first message")
    tab.ask("how do I sharpen a chisel on water stones at home?", model="Demo: Echo")
    assert tab.page.url.endswith(f"/c/{tab.conversation}")
    expect(tab.field).to_have_value("")
    # The demo makes a title of the first six words, without the question mark.
    title = "How do I sharpen a chisel"
    expect(tab.title).to_have_text(title)
    expect(tab.rows.filter(has_text=title)).to_have_attribute("data-current", "")
    expect(tab.page).to_have_title(f"{title} · Atelier")


def test_waiting_and_running_are_shown_and_the_end_is_announced(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    expect(tab.answer.locator(".waiting")).to_be_visible()
    expect(tab.button("Stop")).to_be_visible()
    expect(tab.rows.first).to_have_attribute("data-state", "running")
    tab.has_begun()
    expect(tab.answer.locator(".waiting")).to_have_count(0)
    tab.button("Stop").click()
    tab.has_ended("stopped")
    expect(tab.button("Send")).to_be_visible()
    expect(tab.rows.first).to_have_attribute("data-state", "idle")
    tab.ask("Once more", model="Demo: Echo")
    expect(tab.page.locator("[data-role=announcer]")).to_contain_text("has answered")


def test_escape_stops_the_answer_and_keeps_what_came(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.field.fill("The next thought")
    tab.page.keyboard.press("Escape")
    tab.has_ended("stopped")
    expect(tab.answer).to_contain_text("You stopped this answer")
    expect(tab.field).to_have_value("The next thought")
    assert tab.text and tab.text == mara.messages(tab.conversation)[-1]["text"]


def test_a_reload_in_mid_answer_goes_on_where_it_was(mara):
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    tab.page.reload()
    tab.has_begun()
    tab.has_ended()
    assert tab.text.startswith("This is the slow demo model.") and tab.text.endswith("in any case.")
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]


def test_another_conversation_can_be_read_meanwhile(mara):
    mara.exchange("Something older")
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    place = tab.page.url
    tab.rows.filter(has_text="Something older").get_by_role("link").click()
    expect(tab.answer).to_contain_text("Something older")
    expect(tab.button("Send")).to_be_visible()
    expect(tab.page.locator(".conv[data-state=running]")).to_have_count(1)
    tab.page.go_back()
    assert tab.page.url == place
    tab.until(lambda: tab.text.startswith("This is the slow demo model."))
    expect(tab.button("Stop")).to_be_visible()
    tab.page.go_forward()
    expect(tab.answer).to_contain_text("Something older")
    # The dot in the list goes out when the answer ends where nobody looks.
    expect(tab.page.locator(".conv[data-state=running]")).to_have_count(0)


def test_two_tabs_show_one_answer_and_stop_in_one_stops_both(mara):
    first = mara.open()
    first.choose_model("Demo: Slow")
    first.send("Slowly")
    first.has_begun()
    second = mara.open(f"/c/{first.conversation}")
    second.has_begun()
    second.button("Stop").click()
    first.has_ended("stopped")
    second.has_ended("stopped")
    assert first.text == second.text == mara.messages(first.conversation)[-1]["text"]


def test_a_lost_connection_is_told_and_mended_without_a_gap(visit, cable):
    mara = visit(cable).register()
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    cable.cut()
    expect(tab.page.locator(".connection")).to_have_text("Connection lost. Reconnecting…")
    mara.context.clear_cookies(name="__Host-atelier_access")  # has run out meanwhile
    cable.mend()
    tab.has_ended()
    expect(tab.page.locator(".connection")).to_have_text("")
    assert tab.text == mara.messages(tab.conversation)[-1]["text"]
    assert tab.text.endswith("in any case.")


def test_a_computer_without_a_network_says_so(mara):
    tab = mara.open()
    tab.is_ready()
    with mara.offline():
        expect(tab.page.locator(".offline")).to_contain_text("What you write is kept")
    expect(tab.page.locator(".offline")).to_be_hidden()


def test_what_is_written_over_a_message_is_kept_until_it_is_sent(mara):
    conversation = mara.exchange("the first wording")
    tab = mara.open(f"/c/{conversation}")
    editor = tab.page.get_by_label("Edited text")

    def edit():
        tab.question.hover()
        tab.question.get_by_role("button", name="Edit").click()

    edit()
    expect(tab.button("Original text")).to_be_hidden()
    editor.fill("a wording that took an hour")
    editor.press("Escape")
    expect(editor).to_have_count(0)
    edit()
    expect(editor).to_have_value("a wording that took an hour")
    tab.page.reload()
    edit()
    expect(editor).to_have_value("a wording that took an hour")
    tab.page.get_by_role("link", name="New conversation").first.click()
    expect(tab.page.get_by_text("What are we working on")).to_be_visible()
    expect(tab.field).to_have_value("")
    tab.rows.get_by_role("link").click()
    edit()
    expect(editor).to_have_value("a wording that took an hour")
    tab.button("Original text").click()
    expect(editor).to_have_value("the first wording")
    tab.page.keyboard.press("Control+Z")
    expect(editor).to_have_value("a wording that took an hour")
    editor.press("Enter")
    expect(tab.answer).to_contain_text("a wording that took an hour")
    tab.has_ended()
    edit()
    expect(editor).to_have_value("a wording that took an hour")
    editor.press("Escape")
    tab.question.get_by_role("button", name="Previous version").click()
    edit()
    expect(editor).to_have_value("the first wording")


def test_an_edit_that_is_refused_while_an_answer_runs_is_kept(mara):
    tab = mara.open()
    tab.ask("the first wording", model="Demo: Echo")
    tab.choose_model("Demo: Slow")
    tab.send("A long one")
    tab.has_begun()
    first = tab.page.locator("chat-message[data-role=user]").first
    first.hover()
    first.get_by_role("button", name="Edit").click()
    editor = tab.page.get_by_label("Edited text")
    editor.fill("the second wording")
    editor.press("Enter")
    expect(tab.notices).not_to_be_empty()
    first.get_by_role("button", name="Edit").click()
    expect(editor).to_have_value("the second wording")


def test_an_edited_message_stands_beside_the_old_one(mara):
    tab = mara.open()
    tab.ask("the first wording", model="Demo: Echo")
    tab.question.hover()
    tab.question.get_by_role("button", name="Edit").click()
    editor = tab.page.get_by_label("Edited text")
    expect(editor).to_be_focused()
    editor.fill("the second wording")
    editor.press("Enter")
    expect(tab.answer).to_contain_text("the second wording")
    tab.has_ended()
    expect(tab.messages).to_have_count(2)
    versions = tab.question.get_by_role("group", name="Versions")
    expect(versions).to_contain_text("2 of 2")
    versions.get_by_role("button", name="Previous version").click()
    expect(tab.answer).to_contain_text("the first wording")
    expect(versions).to_contain_text("1 of 2")
    expect(versions.get_by_role("button", name="Previous version")).to_be_disabled()
    tab.page.reload()
    expect(tab.answer).to_contain_text("the first wording")


def test_a_regenerated_answer_stands_beside_the_old_one(mara):
    tab = mara.open()
    tab.ask("Say this twice", model="Demo: Echo")
    tab.answer.get_by_role("button", name="Regenerate", exact=True).click()
    versions = tab.answer.get_by_role("group", name="Versions")
    expect(versions).to_contain_text("2 of 2")
    tab.has_ended()
    tab.answer.get_by_role("button", name="Regenerate with another model").click()
    tab.pick_model("Demo: Fast")
    expect(versions).to_contain_text("3 of 3")
    expect(tab.answer).to_contain_text("Twenty words")
    tab.has_ended()
    expect(tab.answer.locator(".by")).to_contain_text("Demo: Fast")
    versions.get_by_role("button", name="Previous version").click()
    expect(versions).to_contain_text("2 of 3")
    expect(tab.answer).to_contain_text("Say this twice")
    tab.page.reload()
    expect(versions).to_contain_text("2 of 3")


def test_reasoning_is_folded_and_tells_how_long_it_took(mara):
    tab = mara.open()
    tab.choose_model("Demo: Reasoning")
    tab.send("Think")
    reasoning = tab.answer.locator("details.reasoning")
    expect(reasoning.locator("summary")).to_contain_text("Thinking")
    tab.has_ended()
    expect(reasoning.locator("summary")).to_contain_text("Thought for")
    expect(tab.page.get_by_text("Let the ball cost x.")).to_be_hidden()
    reasoning.locator("summary").click()
    expect(tab.page.get_by_text("Let the ball cost x.")).to_be_visible()
    tab.page.reload()
    expect(reasoning.locator("summary")).to_contain_text("Thought for")


def test_tokens_and_cost_stand_under_an_answer(mara):
    tab = mara.open()
    tab.ask("Count me", model="Demo: Fast")
    usage = tab.answer.locator(".usage")
    expect(usage).to_contain_text("tokens")
    expect(usage).to_contain_text("$")
    shown = usage.inner_text()
    tab.page.reload()
    expect(usage).to_have_text(shown)


def test_a_conversation_that_is_not_there_says_so(mara, visit):
    tab = mara.open("/c/01890000-0000-7000-8000-000000000000")
    expect(tab.page.get_by_text("This conversation does not exist")).to_be_visible()
    stranger = visit().register()
    tab = mara.open(f"/c/{stranger.exchange('A secret')}")
    expect(tab.page.get_by_text("This conversation does not exist")).to_be_visible()
    tab.page.goto("/nowhere")
    expect(tab.page.get_by_text("There is nothing at this address")).to_be_visible()
