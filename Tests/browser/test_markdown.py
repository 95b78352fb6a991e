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


def answered(visitor, text):
    """A tab with an answer that says just this."""
    tab = visitor.open(f"/c/{visitor.exchange(text)}")
    tab.has_ended()
    return tab


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


def test_code_is_copied_without_the_end_of_its_last_line(mara):
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = answered(mara, "```sh\nrm -r build\n```")
    tab.answer.locator("figure.code").get_by_role("button", name="Copy").click()
    tab.until(lambda: tab.page.evaluate("navigator.clipboard.readText()") == "rm -r build")
    # By hand as well, and without what the page has put above it.
    tab.answer.locator("figure.code pre").evaluate("(box) => getSelection().selectAllChildren(box)")
    assert tab.page.evaluate("String(getSelection())") == "rm -r build"


def test_a_table_is_copied_as_one(mara):
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = answered(mara, "|a|b|\n|-|-|\n|1|`x`<br>y|\n")
    figure = tab.answer.locator("figure.table")
    figure.hover()
    figure.get_by_role("button", name="Copy table").click()
    expect(figure.get_by_role("button")).to_contain_text("Copied")
    copied = tab.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (type) => (await item.getType(type)).text();
          return { html: await read("text/html"), text: await read("text/plain") };
        }"""
    )
    assert copied["text"] == "a\tb\n1\tx y"
    assert "<th" in copied["html"] and "<table" in copied["html"] and "<button" not in copied["html"]


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


RIGHT_TO_LEFT = "مرحبا، هذا نص عربي طويل ينتهي بنقطة.\n\n- عنصر أول\n- عنصر ثان\n\n|أ|ب|\n|-|-|\n|١|٢|\n\n`code` ثم كلمة\n\nLatin\n\n```\ncode\n```"


def test_each_block_is_laid_out_from_the_side_it_begins_at(mara):
    tab = answered(mara, RIGHT_TO_LEFT)
    direction = "(elements) => elements.map((element) => getComputedStyle(element).direction)"
    for selector, sides in {
        ".block > p": ["rtl", "rtl", "ltr"],
        "ul": ["rtl"],
        "li": ["rtl", "rtl"],
        "table": ["rtl"],
        "pre": ["ltr"],
        "p code": ["ltr"],
    }.items():
        assert tab.answer.locator(f"markdown-text {selector}").evaluate_all(direction) == sides, selector
    for locator in (tab.question.locator(".bubble"), tab.title, tab.rows.first.locator("a span")):
        assert locator.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    tab.field.fill("مرحبا")
    assert tab.field.evaluate("(field) => getComputedStyle(field).direction") == "rtl"


def test_what_is_too_much_stands_as_it_was_written_and_harms_no_neighbour(mara):
    """Deep, unclosed, and long: the conversation opens, and each of them can be read."""
    hard = ["<frameset>", ">" * 6400, "1. " * 3200, "**a " * 8000, "*a* " * 9000]
    conversation = mara.exchange("before **words**")
    for text in hard:
        mara.exchange(text, conversation=conversation)
    mara.exchange("after **words**", conversation=conversation)
    tab = mara.open(f"/c/{conversation}")
    answers = tab.page.locator("chat-message[data-role=assistant] markdown-text.text")
    expect(answers).to_have_count(len(hard) + 2)
    expect(answers.first.locator("strong")).to_have_text("words")
    expect(answers.last.locator("strong")).to_have_text("words")
    expect(answers.nth(1)).to_have_text("<frameset>")
    for place, text in enumerate(hard, 1):
        # Marks of the quotes and lists that are shown are gone, all else is there.
        assert len(answers.nth(place).text_content()) > len(text) - 100, text[:10]
    much = answers.nth(len(hard))
    button = much.get_by_role("button", name="Show it formatted")
    expect(button).to_be_visible()
    button.click()
    expect(much.locator("em")).to_have_count(9000)
    expect(button).to_have_count(0)


def test_much_is_not_made_of_little(mara):
    """A long address that is referred to again and again would be megabytes of page."""
    tab = answered(mara, "[x]: " + "x" * 2000 + "\n\n" + "[x] " * 900 + "\n\nafter **words**")
    body = tab.answer.locator("markdown-text.text")
    expect(body.locator("strong")).to_have_text("words")
    expect(body.get_by_role("button", name="Show it formatted")).to_be_visible()
    assert body.evaluate("(element) => element.innerHTML.length") < 20_000


def test_a_fault_in_the_parser_costs_the_formatting_alone(mara):
    tab = answered(mara, "words")
    shown = tab.page.evaluate(
        """async () => {
          const version = /assets\\/([^/]+)\\//.exec(document.querySelector("script[src]").src)[1];
          const { parser } = await import(`/assets/${version}/lib/markdown-parser.js`);
          const texts = ["**one**", "**block**", "**inline**", "**two**"];
          const { block, inline } = parser;
          for (const [part, name] of [[block, "block"], [inline, "inline"]]) {
            const { parse } = part;
            part.parse = function (text, ...of) {
              if (text.includes(`**${name}**`)) throw new RangeError("a fault");
              return parse.call(this, text, ...of);
            };
          }
          return texts.map((text) => {
            const element = document.createElement("markdown-text");
            element.show(text);
            return [element.querySelector("strong, .plain").textContent, element.querySelectorAll(".try").length];
          });
        }"""
    )
    assert shown == [["one", 0], ["**block**", 0], ["**inline**", 1], ["two", 0]]


def test_an_address_half_written_is_no_definition_yet(mara):
    """The first definition counts, so one must not be taken from the half of it."""
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.send("See [the page].\n\n[the page]: https://example.org/" + "a-long-way/" * 20)
    tab.has_ended()
    expect(tab.answer.get_by_role("link", name="the page")).to_have_attribute("href", "https://example.org/" + "a-long-way/" * 20)


def test_half_a_character_waits_for_its_other_half(mara):
    tab = answered(mara, "words")
    tab.has_ended()
    seen = tab.answer.locator("markdown-text.text").evaluate(
        r"""async (element) => {
          element.show("");
          const seen = [];
          for (const piece of ["Good morning ", "\ud83d", "\ude00", " to you"]) {
            element.write(piece);
            await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
            seen.push(element.textContent.trim());
          }
          element.finish();
          return [...seen, element.textContent.trim()];
        }"""
    )
    assert seen == ["Good morning", "Good morning", "Good morning 😀", "Good morning 😀 to you", "Good morning 😀 to you"]


def test_a_long_block_grows_in_place_and_ends_as_the_whole(mara):
    """It is rendered away from the page, and what has been read is not made anew."""
    tab = answered(mara, "words")
    result = tab.answer.locator("markdown-text.text").evaluate(
        r"""async (element) => {
          const frames = async (count) => { for (let at = 0; at < count; at += 1) await new Promise(requestAnimationFrame); };
          const text = Array.from({ length: 400 }, (_, at) => `- item **${at}** with some words\n`).join("");
          element.show("");
          let first = null;
          let seen = 0;
          for (let at = 0; at < text.length; at += 600) {
            element.write(text.slice(at, at + 600));
            await frames(3);
            first ??= element.querySelector("li");
            seen = Math.max(seen, element.querySelectorAll("li").length);
          }
          element.finish();
          for (let wait = 0; wait < 500 && element.querySelectorAll("strong").length < 400; wait += 1) await frames(1);
          return { seen, same: element.querySelector("li") === first, items: element.querySelectorAll("li").length };
        }"""
    )
    assert result["same"] and result["items"] == 400 and result["seen"] > 100, result


def test_headings_of_an_answer_go_on_from_its_own(mara):
    tab = answered(mara, "## One\n\n#### Two\n\n### Three\n\n# Four")
    tab.has_ended()
    levels = tab.answer.evaluate("(message) => [...message.querySelectorAll('h2, h3, h4, h5, h6')].map(({ localName }) => localName)")
    assert levels == ["h2", "h3", "h4", "h4", "h3"]


@pytest.mark.parametrize("width", [1280, 390])
def test_what_scrolls_sideways_can_be_scrolled_by_keys(visit, width):
    visitor = visit(viewport={"width": width, "height": 800}).register()
    wide = "x" * 300
    row = "|" + "wide-word|" * 20
    text = f"```js\n{wide}\n```\n\n{row}\n{'|-' * 20}|\n{row}\n\n```\nshort\n```\n\n|a|\n|-|\n"
    tab = answered(visitor, text)
    expect(tab.answer.locator("markdown-text [tabindex='0']")).to_have_count(2)
    expect(tab.answer.get_by_role("group", name="Code, js")).to_have_attribute("tabindex", "0")
    table = tab.answer.get_by_role("group", name="Table")
    table.focus()
    tab.page.keyboard.press("ArrowRight")
    tab.until(lambda: table.evaluate("(box) => box.scrollLeft") > 0)


def test_formulas_ask_only_for_what_is_there(mara):
    tab = answered(mara, "words")
    tab.has_ended()
    asked = []
    tab.page.on("response", lambda response: "/vendor/katex/" in response.url and asked.append((response.status, response.url)))
    mara.exchange("$x^2$ and\n$$\n\\int_0^1 \\frac{a}{b}\n$$", conversation=tab.conversation)
    tab.page.reload()
    expect(tab.answer.locator(".katex")).to_have_count(2)
    tab.page.evaluate("document.fonts.ready.then(() => null)")
    assert {status for status, _ in asked} == {200}, asked
    assert len(asked) <= 6, asked


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_markup_stays_inert(mara, text):
    tab = mara.open()
    tab.choose_model("Demo: Echo")
    tab.send(text)
    tab.has_ended()
    for element in (tab.question, tab.answer):
        assert element.evaluate(INERT) == {"elements": 0, "handlers": [], "links": [], "harmed": None}
    expect(tab.question.locator(".bubble")).to_contain_text(max(text.splitlines(), key=len))
    for link in tab.answer.locator("markdown-text a[href]").all():
        link.click()
    tab.page.reload()
    tab.has_ended()
    assert tab.answer.evaluate(INERT)["harmed"] is None


FORMULAS = "Energy is $E=mc^2$ here.\n\n$$\n\\frac{a}{b} < 1\n$$\n\n| a | b |\n|---|---|\n| $x_1$ | y |\n"


def copied(tab, select):
    """What Ctrl+C puts on the clipboard once `select` has chosen something in the answer."""
    tab.answer.evaluate(f"(answer) => {{ const selection = getSelection(); ({select})(answer, selection); }}")
    tab.page.keyboard.press("Control+c")
    return tab.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (type) => (await item.getType(type)).text();
          return { html: await read("text/html"), text: await read("text/plain") };
        }"""
    )


def test_formulas_are_copied_as_they_were_written(mara):
    mara.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab = answered(mara, FORMULAS)
    expect(tab.answer.locator(".katex")).to_have_count(3)
    shown = tab.answer.locator("markdown-text").last.inner_html()
    everything = copied(tab, "(answer, selection) => selection.selectAllChildren(answer.querySelector('markdown-text.text'))")
    assert [line for line in everything["text"].splitlines() if line.strip()] == ["Energy is $E=mc^2$ here.", "$$\\frac{a}{b} < 1$$", "a\tb", "$x_1$\ty"]
    assert "here.\n\n$$" in everything["text"].replace("\r", "")
    assert "<math" not in everything["html"] and "<td" in everything["html"]
    # From within a formula to within another.
    part = copied(
        tab,
        """(answer, selection) => {
          const [first, second] = answer.querySelectorAll(".katex-html");
          selection.setBaseAndExtent(first.querySelector(".mord"), 0, second.querySelector(".mord"), 0);
        }""",
    )
    assert part["text"].split() == "$E=mc^2$ here. $$\\frac{a}{b} < 1$$".split()
    alone = copied(tab, "(answer, selection) => { const [part] = answer.querySelectorAll('.katex-html .mord'); selection.selectAllChildren(part); }")
    assert alone["text"].strip() == "$E=mc^2$"
    tab.until(lambda: tab.answer.locator("markdown-text").last.inner_html() == shown)


def test_chemistry_is_set_and_asks_for_its_code_alone_then(mara):
    tab = mara.open()
    asked = []
    tab.page.on("request", lambda request: "mhchem" in request.url and asked.append(request.url))
    tab.page.goto(f"/c/{mara.exchange('Energy is $E=mc^2$.')}")
    expect(tab.answer.locator(".math[data-state=set]")).to_have_count(1)
    assert asked == []
    text = "Water is $\\ce{H2O}$, $x$ and \\(\\ce{CO2 + C -> 2 CO}\\), at $\\pu{123 kJ//mol}$.\n\n$$\\ce{SO4^2- + Ba^2+ -> BaSO4 v}$$\n"
    tab.page.goto(f"/c/{mara.exchange(text)}")
    expect(tab.answer.locator(".math[data-state=set]")).to_have_count(5)
    assert len(asked) == 1


MIXED = """Next.js هو إطار عمل مشهور لبناء التطبيقات.

- **API** هي واجهة برمجة التطبيقات بين البرامج.
- عنصر ثان

# React هو إطار

| API | القيمة المستخدمة |
|---|---|
| أحمد | 5 |

> HTTP بروتوكول نقل النصوص

`npm install --save-dev` حزم

The Arabic word سلام means peace.
"""


def test_a_block_is_laid_out_from_the_side_of_most_of_its_letters(mara):
    tab = answered(mara, MIXED)
    sides = tab.answer.locator("markdown-text.text").evaluate(
        """(text) => [...text.querySelectorAll("p, li, h3, td, blockquote")]
          .map((element) => getComputedStyle(element).direction)"""
    )
    assert sides == ["rtl"] * (len(sides) - 1) + ["ltr"]
    assert len(sides) == 10
