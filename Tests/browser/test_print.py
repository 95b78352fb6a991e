"""A conversation on paper."""

import io
import re

from playwright.sync_api import expect
from pypdf import PdfReader


def paper(tab):
    """What comes out of the printer: the text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(tab.page.pdf(format="A4"))).pages]


def together(pages):
    return re.sub(r"\s+", "", "".join(pages))


def test_a_conversation_is_printed_whole_and_without_the_page_around_it(mara):
    conversation = mara.exchange("Show everything", model="demo/showcase")
    for number in range(12):
        mara.exchange(f"Question {number}: " + "many words that fill the paper " * 12, conversation=conversation)
    mara.api("PATCH", f"/conversations/{conversation}", {"title": "On paper"})
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    tab.page.evaluate("document.documentElement.dataset.theme = 'dark'")
    pages = paper(tab)
    assert len(pages) > 3
    text = together(pages)
    assert text.startswith("Onpaper")
    for number in range(12):
        assert f"Question{number}:" in text
    for chrome in ("Search", "Writeamessage", "Entersends", "Today", "Account", "Latest", "Copy"):
        assert chrome not in text, chrome
    tab.page.emulate_media(media="print")
    ground, ink = tab.page.evaluate(
        "[getComputedStyle(document.documentElement).colorScheme, getComputedStyle(document.querySelector('.bubble')).color]"
    )
    assert "light" in ground and float(re.search(r"oklch\(([\d.]+)", ink)[1]) < 0.5


def test_code_is_wrapped_on_paper_and_links_can_be_read(mara):
    line = "let beginning = " + "x" * 300 + "ENDOFLINE"
    text = f"```\n{line}\n```\n\nSee [the manual](https://example.org/manual) and <https://example.org/plain>."
    conversation = mara.exchange(text)
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    tab.page.emulate_media(media="print")
    code = tab.answer.locator("pre").last
    assert code.evaluate("(element) => element.scrollWidth <= element.clientWidth + 1")
    tab.page.emulate_media(media="null")
    written = together(paper(tab))
    assert "ENDOFLINE" in written
    assert "themanual(https://example.org/manual)" in written
    assert "https://example.org/plain(" not in written


def test_a_long_conversation_is_printed_from_its_first_message(mara):
    conversation = mara.exchange("The very first")
    for number in range(90):
        mara.exchange(f"Number {number}", conversation=conversation)
    tab = mara.open(f"/c/{conversation}")
    tab.has_ended()
    tab.page.evaluate("() => { window.print = () => { window.hasPrinted = true; }; }")
    tab.page.keyboard.press("Control+P")
    tab.until(lambda: tab.page.evaluate("window.hasPrinted === true"))
    text = together(paper(tab))
    assert "Theveryfirst" in text and "Number0" in text and "Number89" in text
    assert text.count("Number45") == 2  # the question, and the answer that repeats it
    tab.page.evaluate("window.dispatchEvent(new Event('afterprint'))")  # Chromium has none for page.pdf()
    expect(tab.page.locator(".paper")).to_have_count(0)
    expect(tab.field).to_be_visible()
