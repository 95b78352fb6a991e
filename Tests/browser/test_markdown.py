"""What a model writes, as it is shown: rich, and inert."""

import pytest
from playwright.sync_api import expect

HOSTILE = [
    '<img src=x onerror="window.harmed = 1">',
    "<script>window.harmed = 1</script>",
    '<svg onload="window.harmed = 1"><script>window.harmed = 1</script></svg>',
    "<iframe srcdoc='<script>parent.harmed = 1</script>'></iframe>",
    "<style>body { display: none }</style>",
    '<a href="javascript:window.harmed = 1">words</a>',
    "[words](javascript:window.harmed=1)",
    "[words](data:text/html,<script>window.harmed=1</script>)",
    "![words](x){onerror=window.harmed=1}",
    '<form action="https://example.org"><input name="password"><button>words</button></form>',
    '<div style="position: fixed; inset: 0" onclick="window.harmed = 1">words</div>',
    "$\\href{javascript:window.harmed=1}{words}$ and $\\includegraphics{https://example.org/x.png}$",
    "```html\n<img src=x onerror='window.harmed = 1'>\n```",
]

INERT = """
(message) => {
  const links = [...message.querySelectorAll("a[href]")].map((link) => link.protocol);
  const handlers = [...message.querySelectorAll("*")].flatMap((element) =>
    element.getAttributeNames().filter((name) => name.startsWith("on")));
  return {
    elements: message.querySelectorAll("markdown-text :is(script, iframe, style, form, input, object, embed)").length,
    handlers,
    links: links.filter((protocol) => !["https:", "http:", "mailto:"].includes(protocol)),
    harmed: window.harmed ?? null,
  };
}
"""


@pytest.fixture
def showcase(mara):
    """A tab with the complete showcase."""
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = mara.open(f"/c/{mara.exchange('Show me', model='demo/showcase')}")
    tab.has_ended()
    return tab


def test_code_is_highlighted_and_copied(showcase):
    figure = showcase.answer.locator("figure.code").first
    expect(figure.locator("figcaption")).to_contain_text("swift")
    expect(figure.locator(".hljs-keyword").first).to_be_visible()
    figure.get_by_role("button", name="Copy").click()
    expect(figure.get_by_role("button")).to_contain_text("Copied")
    copied = showcase.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("/// The greatest common divisor") and "print(gcd(1_071, 462))" in copied


def test_an_answer_is_copied_as_markdown(showcase):
    showcase.answer.locator(".meta").get_by_role("button", name="Copy").click()
    showcase.until(lambda: showcase.page.evaluate("navigator.clipboard.readText()") == showcase.text)
    assert "## Lists and tables" in showcase.text


def test_tables_and_lists_are_shown(showcase):
    table = showcase.answer.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Model", "What it shows", "Pace"])
    expect(table.get_by_role("row")).to_have_count(5)
    expect(showcase.answer.locator("ol > li")).to_have_count(3)


def test_formulas_are_typeset(showcase):
    expect(showcase.answer.locator(".katex")).to_have_count(2)
    expect(showcase.answer.locator(".math[data-state=plain]")).to_have_count(0)
    height = "(element) => element.getBoundingClientRect().height"
    assert showcase.answer.locator(".katex-display").evaluate(height) > 20


def test_links_open_elsewhere_and_tell_nothing(showcase):
    link = showcase.answer.get_by_role("link", name="CommonMark in ten minutes")
    expect(link).to_have_attribute("target", "_blank")
    assert "noopener" in link.get_attribute("rel")


def test_a_streamed_answer_looks_like_a_loaded_one(mara):
    tab = mara.open()
    tab.ask("Show me", model="Demo: Showcase")
    text = "(element) => element.innerText"
    body = tab.answer.locator("markdown-text.text")
    expect(body.locator(".katex")).to_have_count(2)
    streamed = body.evaluate(text)
    tab.page.reload()
    expect(body.locator(".katex")).to_have_count(2)
    assert body.evaluate(text) == streamed


def test_half_written_markdown_never_shows_its_signs(mara):
    tab = mara.open()
    tab.choose_model("Demo: Showcase")
    tab.page.evaluate(
        r"""() => {
          window.signs = [];
          new MutationObserver(() => {
            for (const block of document.querySelectorAll("markdown-text .block--open")) {
              if (/\*\*|```|\]\(/.test(block.innerText)) window.signs.push(block.innerText);
            }
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    tab.send("Show me")
    tab.has_ended()
    assert tab.page.evaluate("signs") == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_stays_inert(mara, text):
    tab = mara.open()
    tab.ask(text, model="Demo: Echo")
    for element in (tab.question, tab.answer):
        assert element.evaluate(INERT) == {"elements": 0, "handlers": [], "links": [], "harmed": None}
    expect(tab.question.locator(".bubble")).to_have_text(text)
    for link in tab.answer.locator("markdown-text a[href]").all():
        link.click()
    tab.page.reload()
    tab.has_ended()
    assert tab.answer.evaluate(INERT)["harmed"] is None
