"""The table: a million rows, the keys of a spreadsheet, a mouse, a finger, and what is copied."""

import re

import pytest
from playwright.sync_api import expect
from test_access import WAYS, Examiner
from test_appearance import PHONE, fits


def grid(tab):
    return tab.page.get_by_role("grid", name="Orders")


def cell(tab, row, column):
    """A cell by its place, both from 1."""
    return tab.page.locator(f".row[aria-rowindex='{row + 1}'] > [aria-colindex='{column + 1}']")


def chosen(tab):
    return tab.page.locator("data-table .chosen")


def press(tab, *keys):
    for key in keys:
        tab.page.keyboard.press(key)


def is_at(tab, row, column):
    """The cursor is on this cell, which is in sight and which a screen reader is led to."""
    target = cell(tab, row, column)
    expect(target).to_have_attribute("data-cursor", "")
    expect(target).to_be_in_viewport(ratio=0.99)
    assert grid(tab).get_attribute("aria-activedescendant") == target.get_attribute("id")


def copied(tab, copy):
    """What comes to the clipboard by an action, as text and as HTML."""
    announcer = tab.page.locator("[data-role=announcer]")
    if announcer.count():
        announcer.evaluate("(element) => { element.textContent = ''; }")
    copy()
    expect(announcer).to_have_text("Copied.")
    return tab.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (type) => (await item.getType(type)).text();
          return [(await read("text/plain")).replaceAll("\\r", ""), await read("text/html")];
        }"""
    )


def test_a_million_rows_are_reached_by_key_and_by_bar(take):
    tab = take("million")
    grid(tab).focus()
    press(tab, "Control+End")
    is_at(tab, 1_000_000, 6)
    expect(cell(tab, 1_000_000, 1)).to_have_text("1,000,000")
    press(tab, "PageUp", "Home")
    press(tab, "Control+Home")
    is_at(tab, 1, 1)
    grid(tab).evaluate("(grid) => { grid.scrollTop = grid.scrollHeight; }")
    expect(cell(tab, 1_000_000, 1)).to_be_in_viewport()
    grid(tab).evaluate("(grid) => { grid.scrollTop = grid.scrollHeight / 2; }")
    tab.until(lambda: 480_000 < int(tab.page.locator(".row").nth(8).get_attribute("aria-rowindex")) < 520_000)
    assert tab.page.locator(".row").count() < 40
    expect(grid(tab)).to_have_attribute("aria-rowcount", "1000001")


def test_a_wheel_turns_a_million_rows_by_a_few_and_they_stay_where_it_stops(take):
    tab = take("million")
    grid(tab).evaluate("(grid) => { grid.scrollTop = 7_000_000; }")
    first = "() => Math.min(...[...document.querySelectorAll('.row')].map((row) => row.ariaRowIndex))"

    def at_rest():
        """The first row once it has been the same for a while."""
        rows = [None]

        def stays():
            rows.append(tab.page.evaluate(first))
            tab.page.wait_for_timeout(400)
            return rows[-1] > 1_000 and rows[-2] == rows[-1]

        tab.until(stays)
        return rows[-1]

    before = at_rest()
    grid(tab).hover()
    tab.page.mouse.wheel(0, 330)
    tab.until(lambda: tab.page.evaluate(first) != before)
    assert at_rest() - before == 10


def test_keys_choose_and_copy(take):
    tab = take("table")
    grid(tab).focus()
    press(tab, "ArrowRight", "ArrowDown")
    is_at(tab, 2, 2)
    press(tab, "Shift+ArrowDown", "Shift+ArrowRight")
    is_at(tab, 3, 3)
    expect(chosen(tab)).to_have_text("2 × 2 cells")
    expect(tab.page.locator("[aria-selected=true]")).to_have_count(4)
    text, html = copied(tab, lambda: press(tab, "Control+C"))
    assert text == "Tenmoku\t1979.75\nShino\t3959.5"
    assert "<th>Glaze</th><th>Net, €</th>" in html and "<td>Shino</td><td>3959.5</td>" in html
    press(tab, "Control+A")
    expect(chosen(tab)).to_have_text("100 × 6 cells")
    is_at(tab, 3, 3)
    text, _ = copied(tab, lambda: press(tab, "Control+C"))
    assert text.count("\n") == 100
    assert '"Fire slowly.\nThe kiln' in text
    press(tab, "Escape")
    expect(chosen(tab)).to_have_text("")
    press(tab, "Shift+Space")
    expect(chosen(tab)).to_have_text("1 × 6 cells")
    press(tab, "ArrowLeft", "Control+Space")
    expect(chosen(tab)).to_have_text("100 × 1 cells")
    press(tab, "Tab")
    expect(tab.button("Copy")).to_be_focused()


def test_what_is_too_much_to_copy_is_said(take):
    tab = take("million")
    grid(tab).focus()
    press(tab, "Control+A", "Control+C")
    expect(chosen(tab)).to_have_text("1,000,000 cells can be copied at a time; 6,000,000 are chosen.")


def test_titles_put_rows_in_order(take):
    tab = take("table")
    title = tab.page.get_by_role("columnheader", name="Glaze")
    title.click()
    expect(title).to_have_attribute("aria-sort", "ascending")
    expect(cell(tab, 1, 2)).to_have_text("Ash")
    title.click()
    expect(title).to_have_attribute("aria-sort", "descending")
    expect(cell(tab, 1, 2)).to_have_text("Tenmoku")
    grid(tab).focus()
    press(tab, "Control+Home", "ArrowUp", "ArrowRight", "Enter")
    expect(title).to_have_attribute("aria-sort", "none")
    expect(cell(tab, 1, 2)).to_have_text("Celadon")
    assert grid(tab).get_attribute("aria-activedescendant") == title.get_attribute("id")
    press(tab, "End", "Enter", "Enter")
    expect(tab.page.get_by_role("columnheader", name="Note")).to_have_attribute("aria-sort", "descending")
    press(tab, "ArrowDown", "Control+End")
    expect(cell(tab, 100, 6)).to_have_text("NULL")


def test_columns_get_wider_by_mouse_and_by_key(take):
    tab = take("table")
    title = tab.page.get_by_role("columnheader", name="Glaze")
    before = title.bounding_box()["width"]
    edge = title.locator(".edge")
    edge.hover()
    tab.page.mouse.down()
    box = edge.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + 5)
    tab.page.mouse.up()
    assert abs(title.bounding_box()["width"] - before - 60) <= 2
    assert cell(tab, 3, 2).bounding_box()["width"] == title.bounding_box()["width"]
    expect(title).to_have_attribute("aria-sort", "none")
    wide = title.bounding_box()["width"]
    grid(tab).focus()
    press(tab, "ArrowRight", "Alt+Shift+ArrowLeft")
    assert title.bounding_box()["width"] == wide - 16
    edge.dblclick()
    assert 80 < title.bounding_box()["width"] < before
    tab.page.get_by_role("columnheader", name="Note").locator(".edge").dblclick()
    press(tab, "End")
    is_at(tab, 1, 6)


def test_a_mouse_chooses(take):
    tab = take("table")
    cell(tab, 2, 2).hover()
    tab.page.mouse.down()
    cell(tab, 4, 3).hover()
    tab.page.mouse.up()
    expect(chosen(tab)).to_have_text("3 × 2 cells")
    cell(tab, 6, 4).hover()
    expect(chosen(tab)).to_have_text("3 × 2 cells")
    cell(tab, 3, 1).click(modifiers=["Shift"])
    expect(chosen(tab)).to_have_text("2 × 2 cells")
    tab.page.get_by_role("rowheader", name="3", exact=True).click()
    expect(chosen(tab)).to_have_text("1 × 6 cells")
    tab.page.locator(".corner").click()
    expect(chosen(tab)).to_have_text("100 × 6 cells")
    cell(tab, 2, 2).hover()
    tab.page.mouse.down()
    box = grid(tab).bounding_box()
    tab.page.mouse.move(box["x"] + 200, box["y"] + box["height"] + 30)  # beyond the edge it scrolls on
    tab.page.mouse.move(box["x"] + 202, box["y"] + box["height"] + 31)
    expect(cell(tab, 40, 2)).to_be_in_viewport()
    tab.page.mouse.up()
    expect(cell(tab, 40, 2)).to_have_attribute("aria-selected", "true")


def test_a_finger_scrolls_and_chooses_by_the_corner(take):
    tab = take("table", **PHONE)
    assert fits(tab)
    cell(tab, 2, 1).tap()
    expect(chosen(tab)).to_have_text("")
    expect(cell(tab, 2, 1)).to_have_attribute("data-cursor", "")
    session = tab.page.context.new_cdp_session(tab.page)

    def touch(kind, box=None):
        points = [{"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}] if box else []
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", tab.page.locator(".grip").bounding_box())
    touch("touchMove", cell(tab, 3, 1).bounding_box())
    touch("touchMove", cell(tab, 4, 2).bounding_box())
    touch("touchEnd")
    expect(chosen(tab)).to_have_text("3 × 2 cells")
    # Not tapped: right after a finger that drew, Chromium may take a tap for the end of its scrolling.
    text, _ = copied(tab, tab.button("Copy").click)
    assert text == "2\tTenmoku\n3\tShino\n4\tRutile blue"
    cell(tab, 3, 2).tap()
    cell(tab, 3, 2).tap()
    expect(tab.page.get_by_role("dialog", name="Glaze")).to_contain_text("Shino")


def test_a_long_cell_is_cut_and_shown_whole(take):
    tab = take("table")
    expect(cell(tab, 1, 6)).to_have_text(re.compile("^Fire slowly. ↵ The kiln"))
    grid(tab).focus()
    press(tab, "End", "Enter")
    whole = tab.page.get_by_role("dialog", name="Note")
    expect(whole.locator("pre")).to_have_text(re.compile("its share of the flame.$"))
    expect(whole.locator("pre")).to_be_focused()
    expect(whole).to_be_in_viewport(ratio=1)
    whole.get_by_role("button", name="Copy").click()
    assert tab.page.evaluate("navigator.clipboard.readText()").startswith("Fire slowly.\nThe kiln")
    press(tab, "Escape")
    expect(whole).to_have_count(0)
    expect(grid(tab)).to_be_focused()
    cell(tab, 2, 6).dblclick()
    expect(whole.locator("pre")).to_have_text("NULL")


def test_pages_come_as_they_are_needed_and_a_failure_is_told(take):
    tab = take("pages")
    expect(cell(tab, 3, 2)).to_have_text("Shino")
    assert tab.page.evaluate("pages.asked") == [0]
    grid(tab).focus()
    press(tab, "Control+End")
    expect(cell(tab, 1_000_000, 1)).to_have_text("1,000,000")
    assert tab.page.evaluate("pages.asked") == [0, 999_800]
    tab.page.get_by_role("columnheader", name="Order").click(click_count=1)
    press(tab, "Control+Home")
    tab.page.get_by_role("columnheader", name="Order").click()
    expect(cell(tab, 1, 1)).to_have_text("1,000,000")
    tab.page.evaluate("pages.isAway = true")
    grid(tab).evaluate("(grid) => { grid.scrollTop = 900_000; }")
    expect(tab.page.get_by_role("alert")).to_contain_text("Some rows could not be loaded. The server is away.")
    expect(tab.page.locator(".row[aria-busy]").first).to_be_visible()
    tab.page.evaluate("pages.isAway = false")
    tab.button("Try again").click()
    expect(tab.page.get_by_role("alert")).to_have_count(0)
    expect(tab.page.locator(".row[aria-busy]")).to_have_count(0)
    expect(grid(tab)).to_be_focused()


def test_a_copy_fetches_what_is_not_here(take):
    tab = take("pages")
    grid(tab).focus()
    press(tab, "ArrowDown", "ArrowUp")
    grid(tab).evaluate("(grid) => { grid.scrollTop = 10_450; }")
    cell(tab, 701, 1).click(modifiers=["Shift"])
    expect(chosen(tab)).to_have_text("701 × 1 cells")
    text, _ = copied(tab, lambda: press(tab, "Control+C"))
    assert text.split("\n") == [str(number) for number in range(1, 702)]


def test_no_rows_are_said(take):
    tab = take("nothing")
    expect(tab.page.locator("data-table .nothing")).to_have_text("No rows")
    expect(tab.page.locator("data-table footer")).to_contain_text("0 rows")
    grid(tab).focus()
    press(tab, "ArrowDown", "Control+A", "Control+C", "Enter")
    expect(chosen(tab)).to_have_text("")


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_table_is_open_to_everybody(take, way):
    tab = take("table", **WAYS[way], reduced_motion="reduce")
    examiner = Examiner(tab)
    examiner.look("table")
    grid(tab).focus()
    press(tab, "ArrowDown", "Shift+ArrowDown", "Shift+End")
    examiner.look("chosen")
    press(tab, "Control+Home", "ArrowUp", "Enter")
    examiner.look("in order")
    press(tab, "ArrowDown", "Enter")
    examiner.look("whole")
    examiner.is_clean()
