"""The small shared elements: fields, files, tabs, progress, times, and what became of something."""

import re

import pytest
from playwright.sync_api import expect
from test_access import WAYS, Examiner
from test_appearance import PHONE, fits


def press(tab, *keys):
    for key in keys:
        tab.page.keyboard.press(key)


# Fields


def test_a_field_says_what_it_wants_and_what_is_wrong(take):
    tab = take("fields")
    name = tab.page.get_by_label("Name")
    expect(name).to_have_accessible_description("As it stands on the bill.")
    field = tab.page.locator("form-field").first
    assert field.evaluate("(field) => field.check()") is False
    expect(name).to_have_accessible_description("As it stands on the bill. This is needed.")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(field.locator(".fault")).to_have_attribute("aria-live", "polite")
    name.fill("M")
    expect(name).not_to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description("As it stands on the bill.")
    field.evaluate("(field) => { field.fault = 'There is one of that name.'; }")
    expect(field).to_contain_text("There is one of that name.")
    tab.page.get_by_text("Note").click()
    expect(tab.page.get_by_role("textbox", name="Note optional")).to_be_focused()
    expect(tab.page.get_by_role("combobox", name="Glaze")).to_be_visible()
    group = tab.page.get_by_role("radiogroup", name="Size")
    expect(group).to_have_accessible_description("Of the kiln.")
    tab.page.locator("form-field").last.evaluate("(field) => { field.fault = 'Choose one.'; field.focus(); }")
    expect(tab.page.get_by_role("radio", name="small")).to_be_focused()
    expect(group).to_have_attribute("aria-invalid", "true")
    press(tab, "Space")
    expect(group).not_to_have_attribute("aria-invalid", "true")


def test_a_password_that_is_refused_is_told_at_its_field(mara):
    tab = mara.open("/account")
    tab.page.get_by_label("Current password").fill(mara.password)
    tab.page.get_by_label("New password").fill(mara.email)
    tab.button("Change password").click()
    expect(tab.page.get_by_label("New password")).to_be_focused()
    expect(tab.page.get_by_label("New password")).to_have_attribute("aria-invalid", "true")
    expect(tab.page.locator("form-field", has_text="New password").locator(".fault")).not_to_be_empty()


# Files

A_DROP = """(element, [kind, names]) => {
  const dataTransfer = new DataTransfer();
  for (const [name, type, bytes] of names) dataTransfer.items.add(new File(["x".repeat(bytes)], name, { type }));
  const event = kind === "paste" ? new ClipboardEvent(kind, { clipboardData: dataTransfer, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
  element.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def taken(tab):
    return tab.page.evaluate("files")


def test_files_are_chosen_by_keyboard(take, tmp_path):
    tab = take("files")
    tab.page.on("filechooser", lambda _: None)  # asked for all the time: asking anew may come after the key
    button = tab.button("Choose files")
    expect(button).to_have_accessible_description("CSV and pictures · up to 1 kB each · 2 at a time")
    press(tab, "Tab")
    expect(button).to_be_focused()
    for name in ("a.csv", "b.txt"):
        (tmp_path / name).write_text("1,2")
    for _ in range(2):  # the same ones again are files, too
        with tab.page.expect_file_chooser() as chooser:
            press(tab, "Enter")
        assert chooser.value.is_multiple()
        chooser.value.set_files([tmp_path / "a.csv", tmp_path / "b.txt"])
        expect(tab.page.get_by_role("alert")).to_have_text("“b.txt” was not taken. Only these can be taken: CSV and pictures.")
    assert taken(tab) == ["a.csv", "a.csv"]


def test_files_are_dropped_and_pasted(take):
    tab = take("files")
    drop = tab.page.locator("file-drop")
    place = drop.locator(".place")
    place.evaluate(A_DROP, ["dragenter", [["a.csv", "", 1]]])
    place.evaluate(A_DROP, ["dragover", [["a.csv", "", 1]]])
    expect(drop).to_have_attribute("data-over", "")
    many = [["a.csv", "", 1], ["b.png", "image/png", 1], ["c.csv", "", 1], ["d.csv", "", 1001], ["e.csv", "", 0], ["f.exe", "", 1]]
    assert place.evaluate(A_DROP, ["drop", many])
    expect(drop).not_to_have_attribute("data-over", "")
    assert taken(tab) == ["a.csv", "b.png"]
    alert = tab.page.get_by_role("alert")
    expect(alert.locator("p")).to_have_text(
        [
            "“c.csv” was not taken. 2 files can be taken at a time.",
            "“d.csv” was not taken. A file may have 1 kB.",
            "“e.csv” was not taken. It is empty.",
            "1 more were not taken.",
        ]
    )
    tab.page.locator("body").evaluate(A_DROP, ["paste", [["g.png", "image/png", 1]]])
    assert taken(tab)[2:] == ["g.png"]
    expect(alert).to_be_empty()
    assert not tab.page.get_by_label("Beside").evaluate(A_DROP, ["paste", [["h.png", "image/png", 1]]])
    assert taken(tab)[3:] == []


# Tabs


def test_tabs_are_walked_by_keys(take):
    tab = take("tabs")
    tab.page.evaluate("document.addEventListener('tab-change', ({ detail }) => { (window.changes ??= []).push(detail.dataset.tab); })")
    expect(tab.page.get_by_role("tablist", name="Views")).to_be_visible()
    press(tab, "Tab")
    expect(tab.page.get_by_role("tab", name="Rows", selected=True)).to_be_focused()
    expect(tab.page.get_by_role("tabpanel", name="Rows")).to_have_text("Rows of the table")
    press(tab, "Tab")
    expect(tab.page.get_by_role("tabpanel", name="Rows")).to_be_focused()
    press(tab, "Shift+Tab", "ArrowRight")
    expect(tab.page.get_by_role("tab", name="Plot", selected=True)).to_be_focused()
    press(tab, "Tab")
    expect(tab.page.get_by_role("link", name="The plot")).to_be_focused()
    press(tab, "Shift+Tab", "End")
    expect(tab.page.get_by_role("tabpanel")).to_have_text("select 1")
    press(tab, "ArrowRight", "ArrowLeft", "Home")
    expect(tab.page.get_by_role("tab", name="Rows", selected=True)).to_be_focused()
    tab.page.get_by_role("tab", name="SQL").click()
    expect(tab.page.get_by_role("tabpanel", name="SQL")).to_be_visible()
    assert tab.page.evaluate("changes") == ["Plot", "SQL", "Rows", "SQL", "Rows", "SQL"]


# Progress


def test_progress_is_known_or_not(take):
    tab = take("progress")
    known = tab.page.get_by_role("progressbar", name="Import")
    assert known.evaluate("(bar) => bar.value") == 0.4
    expect(tab.page.locator("progress-line").first).to_contain_text("40 of 100 rows")
    tab.page.evaluate("element.setAttribute('value', '7')")
    assert known.evaluate("(bar) => bar.value") == 1
    assert tab.page.get_by_role("progressbar", name="Export").evaluate("(bar) => bar.position") == -1


# Times


def test_times_stay_true_while_they_are_seen(take):
    tab = take("dates")
    times = tab.page.locator("date-text")
    expect(times.nth(2)).to_have_text("3 min. ago")
    expect(times.nth(3)).to_have_text("3 hr. ago")
    expect(times.nth(5)).to_have_text("Jan 2, 2026")
    title = times.nth(2).locator("time").get_attribute("title")
    assert re.search(r"\w+day, \w+ \d+, 20\d\d.*\d:\d\d:\d\d", title), title
    expect(times.nth(1)).to_have_text("1 min. ago")  # the second that was missing has gone by itself


# What became of something


def toasts(tab):
    return tab.page.locator(".toast p")


def test_what_was_done_is_undone_newest_first(take):
    tab = take("toasts")
    tab.page.evaluate("['One', 'Two', 'Three'].forEach((text) => undoable(text))")
    expect(toasts(tab)).to_have_text(["Three 3 can be undone."])
    press(tab, "Control+Z")
    expect(toasts(tab)).to_have_text(["Two 2 can be undone."])
    tab.page.evaluate("toast('Told')")
    expect(toasts(tab)).to_have_text(["Told"])
    press(tab, "Control+Z")
    expect(toasts(tab)).to_have_text(["One"])
    tab.button("Undo").click()
    expect(toasts(tab)).to_have_count(0)
    expect(tab.page.locator("[data-role=announcer]")).to_have_text("Undone.")
    press(tab, "Control+Z")
    assert tab.page.evaluate("heard") == ["undone Three", "undone Two", "undone One"]


def test_ctrl_z_is_for_what_was_written_since(take):
    tab = take("toasts")
    tab.page.evaluate("undoable('One')")
    tab.page.get_by_label("Note").press_sequentially("ab")
    press(tab, "Control+Z")
    assert tab.page.evaluate("heard") == []
    expect(toasts(tab)).to_have_text(["One"])


def test_an_undoing_that_fails_says_so_and_may_be_tried_again(take):
    tab = take("toasts")
    tab.page.evaluate("heard.push('away'); undoable('One')")
    tab.button("Undo").click()
    expect(toasts(tab)).to_have_text(["The server is away."])
    expect(tab.page.locator("[data-role=alarm]")).to_have_text("The server is away.")
    expect(tab.page.locator("[data-role=alarm]")).to_have_attribute("role", "alert")
    tab.page.evaluate("heard.length = 0")
    tab.button("Undo").click()
    expect(toasts(tab)).to_have_count(0)


def test_time_stands_still_while_one_is_looked_at(take):
    tab = take("toasts")
    tab.page.clock.install()
    tab.page.evaluate("toast('Told')")
    toasts(tab).hover()
    tab.page.clock.fast_forward(60_000)
    expect(toasts(tab)).to_have_text(["Told"])
    tab.page.get_by_role("button", name="Dismiss").focus()
    tab.page.mouse.move(1, 1)
    tab.page.clock.fast_forward(60_000)
    expect(toasts(tab)).to_have_text(["Told"])
    tab.button("Before").focus()
    tab.page.clock.fast_forward(11_000)
    expect(toasts(tab)).to_have_count(0)


def test_over_a_dialog_a_notice_is_seen_heard_and_used(take):
    tab = take("toasts")
    tab.page.evaluate("document.querySelector('dialog').showModal(); undoable('One')")
    expect(tab.page.get_by_role("dialog").locator("[data-role=announcer]")).to_have_text("One Ctrl Z undoes it.")
    expect(toasts(tab)).to_be_in_viewport(ratio=1)
    press(tab, "Escape")
    expect(toasts(tab)).to_be_visible()
    tab.button("Undo").click()
    assert tab.page.evaluate("heard") == ["undone One"]


# All of them


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_elements_are_open_to_everybody(take, way):
    for piece in ("fields", "files", "tabs", "progress", "dates", "toasts"):
        tab = take(piece, **WAYS[way], reduced_motion="reduce")
        examiner = Examiner(tab)
        if piece == "fields":
            tab.page.evaluate("document.querySelectorAll('form-field').forEach((field) => { field.fault = 'Not so.'; })")
        if piece == "files":
            tab.page.locator(".place").evaluate(A_DROP, ["drop", [["f.exe", "", 1]]])
            tab.page.locator(".place").evaluate(A_DROP, ["dragenter", [["f.exe", "", 1]]])
        if piece == "toasts":
            tab.page.evaluate("undoable('One'); toast('Told')")
        examiner.look(piece)
        if piece == "toasts":
            tab.page.evaluate("document.querySelector('dialog').showModal(); toast('Three')")
            examiner.look("over a dialog")
        examiner.is_clean()
        assert fits(tab)
        tab.page.context.close()


def test_a_finger_finds_large_targets(take):
    for piece in ("files", "tabs", "toasts"):
        tab = take(piece, **PHONE)
        if piece == "toasts":
            tab.page.evaluate("undoable('One')")
        for button in tab.page.get_by_role("button").or_(tab.page.get_by_role("tab")).all():
            assert button.bounding_box()["height"] >= 44, button.evaluate("(element) => element.outerHTML")
