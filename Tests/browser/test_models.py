"""The model picker."""

from playwright.sync_api import expect


def test_a_model_is_chosen_with_the_keyboard_alone(mara):
    tab = mara.open()
    tab.is_ready()
    button = tab.page.locator("[data-role=model-button]")
    expect(button).to_contain_text("Demo: Showcase")
    button.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_placeholder("Search models")).to_be_focused()
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("ArrowDown")
    expect(tab.page.locator("dialog .choice").nth(1)).to_be_focused()
    tab.page.keyboard.type("reas")
    expect(tab.page.locator("dialog .choice")).to_have_count(1)
    tab.page.keyboard.press("Enter")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_contain_text("Demo: Reasoning")
    expect(tab.field).to_be_focused()


def test_the_picker_tells_price_and_size_and_closes_with_escape(mara):
    tab = mara.open()
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    row = tab.page.locator("dialog .choice").filter(has_text="Demo: Reasoning")
    expect(row).to_contain_text("$1 in · $5 out")
    expect(row).to_contain_text("131\u00a0k context")
    tab.page.get_by_placeholder("Search models").fill("no such thing")
    expect(tab.page.get_by_role("dialog")).to_contain_text("No model is called “no such thing”")
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)


def test_favourites_stand_first(mara):
    tab = mara.open()
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    tab.button("Demo: Slow is a favourite").click()
    expect(tab.page.locator("dialog .choice").first).to_contain_text("Demo: Slow")
    tab.page.reload()
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.get_by_label("Favourites").locator(".choice")).to_have_count(1)


def test_the_choice_is_kept_for_the_conversation_and_the_next_one(mara):
    tab = mara.open()
    tab.ask("One", model="Demo: Echo")
    place = tab.page.url
    tab.page.goto("/")
    button = tab.page.locator("[data-role=model-button]")
    expect(button).to_contain_text("Demo: Echo")
    tab.choose_model("Demo: Fast")
    tab.page.goto(place)
    expect(button).to_contain_text("Demo: Echo")
