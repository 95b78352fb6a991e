"""The frame around every view: it stays where it is, and holds whatever stands in it, at any size and in any colours."""

import pytest
from playwright.sync_api import expect
from test_appearance import PHONE, fits

# A window of 1280 × 720 at 200 %, and WCAG's smallest both ways (1.4.10).
SMALL = [(640, 360), (320, 640), (320, 256)]
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"


def boxes(tab):
    return [tab.page.locator(part).bounding_box() for part in ("chat-view .top", "conversation-list", ".rail", "chat-composer")]


def test_nothing_moves_when_the_network_goes_and_comes(mara):
    tab = mara.open()
    tab.is_ready()
    before = boxes(tab)
    with mara.offline():
        expect(tab.page.get_by_text("No connection.")).to_be_visible()
        assert boxes(tab) == before
    expect(tab.page.get_by_text("No connection.")).to_be_hidden()
    assert boxes(tab) == before


def test_a_part_of_the_page_that_cannot_be_loaded_says_so(mara):
    mara.context.route("**/keys-dialog.js", lambda route: route.abort())
    tab = mara.open("/account")
    expect(tab.title).to_have_text("Account")
    tab.page.keyboard.press("?")
    expect(tab.page.get_by_text("This part of the page could not be loaded.")).to_be_visible()


@pytest.mark.parametrize("width, height", SMALL)
def test_a_small_window_leaves_the_content_its_room(visit, width, height):
    mara = visit(viewport={"width": width, "height": height}).register()
    tab = mara.open(f"/c/{mara.exchange('Gear ratios')}")
    expect(tab.answer).to_contain_text("Gear ratios")
    assert fits(tab)
    assert tab.scroller.bounding_box()["height"] >= height * 0.45
    expect(tab.field).to_be_in_viewport()
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.locator("dialog .choice").first).to_be_in_viewport()
    assert fits(tab)
    tab.page.keyboard.press("Escape")
    tab.button("Conversations").click()
    expect(tab.rows.get_by_role("link")).to_be_in_viewport()
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("link", name="Account").click()
    tab.button("Delete account").click()
    for name in ("Cancel", "Delete account"):
        button = tab.page.get_by_role("dialog").get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport()
    assert fits(tab)


def test_nothing_is_cut_at_four_hundred_percent(visit):
    mara = visit(viewport={"width": 320, "height": 256}).register()
    tab = mara.open()
    tab.is_ready()
    body = tab.page.locator("chat-view > .body")
    assert tab.field.bounding_box()["height"] < 40  # its placeholder is one line
    assert body.evaluate("(body) => body.scrollHeight > body.clientHeight")
    tab.field.focus()
    for _ in range(12):
        tab.page.keyboard.press("Shift+Tab")
        if body.evaluate("(body) => body === document.activeElement"):
            break
    expect(body).to_be_focused()
    tab.page.keyboard.press("End")
    expect(body.locator("p").last).to_be_in_viewport(ratio=1)
    tab.page.goto("/account")
    expect(tab.button("Sign out")).to_be_attached()
    account = tab.page.locator("account-view")
    assert account.evaluate("(view) => view.scrollWidth <= view.clientWidth")


def test_a_window_with_room_has_no_stop_where_nothing_scrolls(mara):
    tab = mara.open()
    tab.is_ready()
    expect(tab.page.locator("chat-view > .body")).to_have_attribute("tabindex", "-1")


def test_very_long_words_break_no_layout(visit):
    mara = visit(**PHONE | {"viewport": {"width": 320, "height": 640}}).register()
    mara.api("PATCH", "/users/me", {"name": LONG})
    conversation = mara.exchange("Short")
    mara.api("PATCH", f"/conversations/{conversation}", {"title": LONG * 2})
    tab = mara.open("/")
    tab.is_ready()
    assert fits(tab)
    tab.button("Conversations").click()
    row = tab.rows.first.bounding_box()
    assert row["x"] + row["width"] <= 320
    expect(tab.rows.get_by_role("button")).to_be_in_viewport()
    tab.rows.get_by_role("link").click()
    expect(tab.answer).to_contain_text("Short")
    expect(tab.page.get_by_role("main").get_by_role("link", name="New conversation")).to_be_in_viewport()
    assert fits(tab)
    tab.page.keyboard.press("Control+K")
    expect(tab.page.locator("dialog .choice").first).to_be_visible()
    assert tab.page.locator("dialog .results").evaluate("(box) => box.scrollWidth <= box.clientWidth")
    tab.page.keyboard.press("Escape")
    tab.button("Conversations").click()
    tab.rows.get_by_role("button").click()
    tab.page.get_by_role("menuitem", name="Delete").click()
    expect(tab.page.locator(".toast")).to_be_in_viewport(ratio=1)
    assert fits(tab)
    tab.page.goto("/account")
    expect(tab.title).to_be_visible()
    assert fits(tab)


def grounds(tab, chosen, other):
    style = "(element) => [getComputedStyle(element).backgroundColor, getComputedStyle(element).borderColor].join()"
    return tab.page.locator(chosen).first.evaluate(style), tab.page.locator(other).first.evaluate(style)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_chosen_is_seen_in_the_systems_colours(visit, scheme):
    mara = visit(forced_colors="active", color_scheme=scheme).register()
    mara.exchange("Other")
    tab = mara.open(f"/c/{mara.exchange('Chosen')}")
    expect(tab.answer).to_contain_text("Chosen")
    tab.page.mouse.move(900, 300)
    pairs = [(".conv[data-current]", ".conv:not([data-current])"), (".rail a[aria-current]", ".rail a:not([aria-current]):not(.mark)")]
    for chosen, other in pairs:
        assert len(set(grounds(tab, chosen, other))) == 2, chosen
    tab.page.locator("[data-role=model-button]").click()
    expect(tab.page.locator("dialog .current .choice")).to_be_visible()
    assert len(set(grounds(tab, "dialog .current", "dialog li:not(.current)"))) == 2
    tab.page.goto("/account")
    expect(tab.title).to_be_visible()
    assert len(set(grounds(tab, ".themes :checked + span", ".themes input:not(:checked) + span"))) == 2


def test_what_is_alive_is_seen_in_the_systems_colours(visit):
    mara = visit(forced_colors="active").register()
    tab = mara.open()
    tab.choose_model("Demo: Slow")
    tab.send("Slowly")
    expect(tab.rows.first.locator(".live")).to_be_visible()
    dot, row = grounds(tab, ".conv .live", ".conv")
    assert dot != row
    tab.button("Stop").click()
    tab.has_ended("stopped")


def test_copying_is_said_aloud_also_when_it_fails(visit):
    mara = visit(permissions=["clipboard-write"]).register()
    conversation = mara.exchange("```python\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    said = tab.page.locator("[data-role=announcer]")
    tab.answer.locator(".meta").get_by_role("button", name="Copy").click()
    expect(said).to_have_text("Copied.")
    tab.page.evaluate("() => { document.querySelector('[data-role=announcer]').textContent = ''; }")
    tab.answer.locator(".table").hover()
    tab.answer.locator(".copy-table").click()
    expect(said).to_have_text("Copied.")
    tab.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }")
    tab.answer.locator(".copy-code").click()
    expect(said).to_have_text("The browser did not let this be copied.")
