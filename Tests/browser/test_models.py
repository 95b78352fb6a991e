"""The model picker."""

import re

import pytest
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
    expect(row).to_contain_text("$1.00 in · $5.00 out")
    expect(row).to_contain_text("131\u00a0k context")
    tab.page.get_by_placeholder("Search models").fill("no such thing")
    expect(tab.page.get_by_role("dialog")).to_contain_text("No model is called “no such thing”")
    tab.page.keyboard.press("Escape")
    expect(tab.page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("width", (320, 375, 390, 600))
def test_prices_are_whole_at_any_width(visit, width):
    dear = {"prompt": 15 * 10**9, "completion": 75 * 10**9}

    def priced(route):
        answer = route.fetch()
        models = answer.json()
        for model in models["items"]:
            model |= {"pricing": model["pricing"] | dear, "name": f"{model['name']} with a long name"}
        route.fulfill(response=answer, json=models)

    mara = visit(viewport={"width": width, "height": 640}).register()
    mara.context.route("**/api/v1/models", priced)
    tab = mara.open()
    tab.is_ready()
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.locator("dialog .choice").first).to_contain_text("$15.00 in · $75.00 out")
    cut = tab.page.locator("dialog .choice .figures").evaluate_all(
        """(all) => all.filter((figures) => {
          const row = figures.closest(".choice").getBoundingClientRect();
          return figures.scrollWidth > figures.clientWidth
            || [...figures.children].some((part) => part.getBoundingClientRect().right > row.right);
        }).length"""
    )
    assert cut == 0


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


def open_fallbacks(tab):
    tab.page.locator("[data-role=model-button]").click()
    return tab.page.get_by_role("region", name="If it fails, try")


def test_models_to_fall_back_on_are_listed_with_the_keyboard_alone(mara):
    conversation = mara.exchange("Hello")
    tab = mara.open(f"/c/{conversation}")
    tab.is_ready()
    section = open_fallbacks(tab)
    press, write = tab.page.keyboard.press, tab.page.keyboard.type
    add = section.get_by_role("button", name="Add a model")
    for name in ("Fast", "Reasoning", "Slow"):
        add.focus()
        press("Enter")
        write(name)
        expect(tab.page.get_by_role("dialog", name="If it fails, try").locator(".choice")).to_have_count(1)
        press("Enter")
        expect(section.get_by_role("listitem").last).to_have_text(f"Demo: {name}")
        expect(add).to_be_focused()
    section.get_by_role("button", name="Try Demo: Slow earlier").focus()
    press("Enter")
    press("Enter")
    expect(section.get_by_role("listitem")).to_have_text(["Demo: Slow", "Demo: Fast", "Demo: Reasoning"])
    expect(section.get_by_role("button", name="Try Demo: Slow later")).to_be_focused()
    section.get_by_role("button", name="Do not try Demo: Fast").press("Enter")
    expect(section.get_by_role("listitem")).to_have_text(["Demo: Slow", "Demo: Reasoning"])
    press("Escape")
    chosen = ["demo/slow", "demo/reason"]
    tab.until(lambda: mara.api("GET", f"/conversations/{conversation}")["fallback_models"] == chosen)
    tab.page.reload()
    expect(open_fallbacks(tab).get_by_role("listitem")).to_have_text(["Demo: Slow", "Demo: Reasoning"])


def test_five_models_to_fall_back_on_are_enough_and_each_stands_once(mara):
    mara.api("POST", "/conversations", {"title": "Careful", "fallback_models": ["demo/fast", "demo/reason", "demo/slow", "demo/long"]})
    tab = mara.open()
    tab.rows.get_by_role("link").click()
    tab.choose_model("Demo: Echo")
    section = open_fallbacks(tab)
    section.get_by_role("button", name="Add a model").click()
    offered = tab.page.get_by_role("dialog", name="If it fails, try").locator(".choice .name")
    expect(offered).to_have_text(["Demo: Showcase", "Demo: Title"])
    tab.page.keyboard.press("Enter")
    expect(section.get_by_role("listitem")).to_have_count(5)
    expect(section.get_by_role("button", name="Add a model")).to_be_hidden()


def test_the_models_to_fall_back_on_are_kept_for_a_conversation_not_begun_and_then_belong_to_it(mara):
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    section = open_fallbacks(tab)
    section.get_by_role("button", name="Add a model").click()
    tab.page.get_by_placeholder("Search models").last.fill("fast")
    tab.page.keyboard.press("Enter")
    expect(section.get_by_role("listitem")).to_have_text(["Demo: Fast"])
    tab.page.reload()
    expect(open_fallbacks(tab).get_by_role("listitem")).to_have_text(["Demo: Fast"])
    tab.page.keyboard.press("Escape")
    tab.ask("Hello")
    assert mara.api("GET", f"/conversations/{tab.conversation}")["fallback_models"] == ["demo/fast"]
    tab.page.goto("/")
    tab.is_ready()
    expect(open_fallbacks(tab).get_by_role("listitem")).to_have_count(0)


def many_models(tab, number):
    """Has the server offer more models than anybody reads."""

    def offer(route):
        answer = route.fetch().json()
        sample = answer["items"][0]
        answer["items"] = [sample | {"id": f"many/{n}", "name": f"Model {n:03}", "context_length": 8192} for n in range(number)]
        answer["default_model"] = f"many/{number - 20}"
        route.fulfill(json=answer)

    tab.page.route("**/api/v1/models", offer)


def test_of_many_models_only_those_in_sight_are_made(mara):
    tab = mara.open("about:blank")
    many_models(tab, 420)
    tab.page.goto(mara.url)
    expect(tab.page.locator("[data-role=model-button]")).to_contain_text("Model 400")
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.locator("dialog li")).to_have_count(420)
    made = tab.page.locator("dialog .choice")
    expect(made.filter(has_text="Model 400")).to_be_in_viewport()  # the one that is chosen
    expect(made.filter(has_text="Model 200")).to_have_count(0)
    assert made.count() < 100
    tab.page.locator("dialog .results").evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    expect(made.filter(has_text="Model 210")).to_be_in_viewport()
    tab.page.get_by_placeholder("Search models").press("ArrowDown")
    expect(made.filter(has_text="Model 000")).to_be_focused()
    tab.page.keyboard.press("End")
    expect(made.filter(has_text="Model 419")).to_be_focused()
    tab.page.keyboard.press("ArrowUp")
    expect(made.filter(has_text="Model 418")).to_be_focused()
    tab.page.keyboard.type("07")
    expect(tab.page.locator("dialog li")).to_have_count(15)
    expect(made).to_have_count(15)
    tab.page.get_by_placeholder("Search models").fill("model 077")
    expect(made).to_have_text([re.compile("Model 077")])
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("[data-role=model-button]")).to_contain_text("Model 077")
