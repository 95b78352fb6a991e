"""Light and dark, and the width of a phone."""

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def brightness(tab):
    """Of the page's background, 0 to 1."""
    return tab.page.evaluate(
        """() => {
          const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
          const brush = canvas.getContext("2d");
          brush.fillStyle = getComputedStyle(document.documentElement).backgroundColor;
          brush.fillRect(0, 0, 1, 1);
          const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
          return (red + green + blue) / 765;
        }"""
    )


def fits(tab):
    """Nothing makes the page wider than the window."""
    return tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_chosen_theme_is_kept(mara):
    tab = mara.open("/account")
    tab.page.get_by_text("Dark", exact=True).click()
    tab.until(lambda: brightness(tab) < 0.3)
    tab.page.reload()
    expect(tab.page.get_by_role("radio", name="Dark")).to_be_checked()
    assert brightness(tab) < 0.3
    tab.page.get_by_text("Light", exact=True).click()
    tab.until(lambda: brightness(tab) > 0.7)


def test_without_a_choice_the_system_decides(mara):
    tab = mara.open()
    tab.is_ready()
    tab.page.emulate_media(color_scheme="dark")
    tab.until(lambda: brightness(tab) < 0.3)
    tab.page.emulate_media(color_scheme="light")
    tab.until(lambda: brightness(tab) > 0.7)


def test_on_a_phone_the_list_is_a_sheet(visit):
    mara = visit(**PHONE).register()
    mara.exchange("Something older")
    tab = mara.open()
    tab.is_ready()
    link = tab.page.get_by_role("link", name="Something older")
    expect(link).not_to_be_in_viewport()
    tab.button("Conversations").click()
    expect(link).to_be_in_viewport()
    tab.page.keyboard.press("Escape")
    expect(link).not_to_be_in_viewport()
    tab.button("Conversations").click()
    link.click()
    expect(tab.answer).to_contain_text("Something older")
    expect(link).not_to_be_in_viewport()
    assert fits(tab)


def test_every_place_fits_a_phone(visit):
    visitor = visit(**PHONE)
    for path in ("/sign-in", "/register"):
        tab = visitor.open(path)
        expect(tab.page.get_by_role("button").last).to_be_visible()
        assert fits(tab), path
    visitor.register()
    tab = visitor.open()
    tab.ask("Show me", model="Demo: Showcase")
    assert fits(tab)
    for path in ("/", "/account"):
        tab.page.goto(path)
        expect(tab.page.locator("main")).to_be_visible()
        assert fits(tab), path


def test_a_small_window_is_for_what_is_read(mara):
    conversation = mara.exchange("A long one", model="demo/long")
    for width in (640, 1280, 320):
        tab = mara.open(f"/c/{conversation}")
        tab.page.set_viewport_size({"width": width, "height": 360})  # 720 px at 200 %
        tab.has_ended()
        assert tab.scroller.bounding_box()["height"] >= 230, width
        assert fits(tab), width
        tab.field.fill("A text that goes over several lines\n" * 8)
        assert tab.scroller.bounding_box()["height"] >= 150, width
        tab.field.fill("")  # the next one would begin with it


def test_a_lost_connection_moves_nothing(visit, cable):
    mara = visit(cable).register()
    tab = mara.open(f"/c/{mara.exchange('A long one', model='demo/long')}")
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    tab.has_begun()
    places = "() => ['.top', '.body', 'chat-composer'].map((part) => JSON.stringify(document.querySelector(part).getBoundingClientRect()))"
    before = tab.page.evaluate(places)
    cable.cut()
    expect(tab.page.locator(".connection")).to_be_visible()
    assert tab.page.evaluate(places) == before
    cable.mend()
    tab.has_ended()


def test_what_is_alive_and_chosen_is_seen_in_the_systems_colours(mara):
    tab = mara.open()
    tab.ask("Count me", model="Demo: Fast")
    tab.page.emulate_media(forced_colors="active")
    colour = "(element) => getComputedStyle(element).backgroundColor"
    bar = tab.page.locator("context-gauge .bar")
    assert bar.locator("i").evaluate(colour) != bar.evaluate(colour)


FIELDS = """
() => [...document.querySelectorAll("input:not([type=radio], [type=checkbox]), textarea, select")]
  .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
  .map((field) => field.outerHTML)
"""


@pytest.mark.parametrize("is_large", [False, True], ids=["usual letters", "large letters"])
def test_no_field_is_zoomed_in_on(visit, is_large):
    """Safari on a phone does so where the letters are smaller than 16 px."""
    mara = visit(**PHONE)
    tab = mara.open("/sign-in")
    expect(tab.page.get_by_label("Email")).to_be_visible()
    assert tab.page.evaluate(FIELDS) == [] and fits(tab)
    mara.register()
    conversation = mara.exchange("Tea")
    tab.page.goto("/account")
    expect(tab.page.get_by_role("button", name="Change password")).to_be_visible()
    assert tab.page.evaluate(FIELDS) == [] and fits(tab)
    tab.page.goto(f"/c/{conversation}")
    tab.has_ended()
    if is_large:
        tab.page.evaluate("document.documentElement.style.fontSize = '24px'")
        assert tab.field.evaluate("(field) => getComputedStyle(field).fontSize") == "24px"
    tab.question.get_by_role("button", name="Edit").click()
    expect(tab.page.get_by_label("Edited text")).to_be_visible()
    assert tab.page.evaluate(FIELDS) == [] and fits(tab)
    tab.button("Close").click()
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.get_by_placeholder("Search models")).to_be_visible()
    assert tab.page.evaluate(FIELDS) == [] and fits(tab)
