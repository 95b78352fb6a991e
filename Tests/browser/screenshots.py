"""Takes a picture of every screen and state, in both themes and two widths, with the demo provider's data.

Usage: python Tests/browser/screenshots.py DIRECTORY [WORD]   (only pictures whose name holds WORD)
"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))

from playwright.sync_api import expect, sync_playwright  # noqa: E402
from serve import Serve  # noqa: E402
from visitor import Visitor, chromium, misbehaving_beside  # noqa: E402

WIDTHS = {
    1280: {"viewport": {"width": 1280, "height": 800}},
    390: {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
TOPICS = [
    # At most six words each, so that the demo's title is the same.
    "Gear ratios for a belt drive",
    "Glue for oak that stays outdoors",
    "Translate the delivery note into German",
    "Sharpening a chisel on water stones",
    "Why SQLite scans the whole table",
]


class Album:
    """One theme at one width: a visitor whose tab is photographed."""

    def __init__(self, browser, run, folder, theme, width, word):
        self.folder, self.theme, self.width, self.word = folder, theme, width, word
        self.visitor = Visitor(browser, run.url, color_scheme=theme, **WIDTHS[width])
        self.tab = self.visitor.open("/sign-in")
        self.page = self.tab.page

    def picture(self, name):
        self.page.evaluate("document.fonts.ready.then(() => undefined)")
        self.page.wait_for_timeout(300)  # what appears by hand takes up to 180 ms
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            print(f"wider than the window: {name} {self.width}")
        if self.word in name:
            self.page.screenshot(path=self.folder / f"{name}-{self.theme}-{self.width}.png")

    def take_all(self):
        self.doors()
        self.visitor.register()
        self.page.goto("/")
        self.tab.is_ready()
        self.picture("first-visit")
        for topic in TOPICS:
            self.visitor.exchange(topic)
        self.account()
        self.dialogs()
        self.answers()
        self.faults()
        self.visitor.close()

    def doors(self):
        expect(self.page.get_by_label("Email")).to_be_visible()
        self.picture("sign-in")
        self.tab.sign_in(self.visitor, password="not the password")
        expect(self.page.get_by_role("alert")).to_contain_text("belong")
        self.picture("sign-in-refused")
        self.page.goto("/register")
        self.page.get_by_role("button", name="Create account").click()
        self.picture("register-incomplete")

    def account(self):
        for _ in range(6):
            self.visitor.api("POST", "/auth/login", {"email": self.visitor.email, "password": self.visitor.password})
        self.page.goto("/account")
        expect(self.page.locator("[data-session-id]")).to_have_count(7)
        self.picture("account")
        self.page.locator("[data-session-id]:visible").last.scroll_into_view_if_needed()
        self.picture("account-sessions")
        self.tab.button("Delete account").click()
        self.picture("account-delete")

    def home(self):
        self.page.goto("/")
        self.tab.is_ready()

    def open_list(self):
        self.home()
        if self.width < 700:
            self.tab.button("Conversations").click()
        expect(self.tab.rows).to_have_count(len(TOPICS))

    def dialogs(self):
        self.home()
        self.picture("new")
        self.open_list()
        self.picture("list")
        self.tab.menu(TOPICS[1], "Rename")
        self.picture("rename")
        self.open_list()
        self.tab.menu(TOPICS[1], "Delete")
        expect(self.page.locator(".toast")).to_be_visible()
        self.picture("deleted")
        self.tab.button("Undo").click()
        self.open_list()
        self.tab.rows.nth(1).hover()
        self.tab.rows.nth(1).get_by_role("button").click()
        self.picture("menu")
        self.open_list()
        self.page.get_by_label("Search conversations by title").fill("nothing like it")
        expect(self.page.locator("conversation-list")).to_contain_text("No title")
        self.picture("list-nothing-found")
        self.home()
        self.page.locator("[data-role=model-button]").click()
        self.tab.button("Demo: Slow is a favourite").click()
        self.picture("models")
        self.home()
        self.page.keyboard.press("Control+K")
        self.page.get_by_placeholder("Find a conversation").fill("o")
        self.picture("palette")
        self.home()
        self.page.get_by_text("Skip to the content").focus()
        self.page.keyboard.press("?")
        self.picture("keys")

    def answers(self):
        self.home()
        self.tab.choose_model("Demo: Showcase")
        self.tab.send("What can an answer hold?")
        expect(self.tab.answer.locator("figure.code").first).to_be_visible()
        self.picture("answer-streaming")
        self.tab.has_ended()
        expect(self.tab.answer.locator(".math[data-state=plain]")).to_have_count(0)
        expect(self.tab.title).to_have_text("What can an answer hold")
        self.picture("answer-end")
        self.tab.scroller.evaluate("(box) => { box.scrollTop = 0; }")
        self.picture("answer")
        self.tab.scroller.evaluate("(box) => { box.scrollTop = 560; }")
        self.picture("answer-middle")
        self.tab.question.hover()
        self.tab.question.get_by_role("button", name="Edit").click()
        self.picture("edit")
        self.tab.page.get_by_label("Edited text").fill("What else can it hold?")
        self.tab.page.get_by_label("Edited text").press("Enter")
        self.tab.has_ended()
        self.tab.scroller.evaluate("(box) => { box.scrollTop = 0; }")
        self.picture("versions")
        self.home()
        self.tab.choose_model("Demo: Reasoning")
        self.tab.send("What does the ball cost?\nThink before you answer.")
        self.tab.answer.locator("summary").click()
        expect(self.tab.answer.locator(".reasoning")).to_contain_text("Take a classic")
        self.picture("thinking")
        self.tab.has_ended()
        self.picture("thought")
        self.home()
        self.tab.choose_model("Demo: Slow")
        self.tab.send("Slowly, please")
        expect(self.tab.answer.locator(".waiting")).to_be_visible()
        self.picture("waiting")
        self.tab.has_begun()
        with self.visitor.offline():
            expect(self.page.locator(".offline")).to_be_visible()
            self.picture("offline")
        self.tab.has_begun()
        self.tab.button("Stop").click()
        self.tab.has_ended("stopped")
        self.picture("stopped")

    def faults(self):
        self.page.goto("/c/01890000-0000-7000-8000-000000000000")
        expect(self.page.get_by_text("does not exist")).to_be_visible()
        self.picture("not-found")
        self.page.goto("/nowhere")
        expect(self.page.get_by_text("nothing at this address")).to_be_visible()
        self.picture("nowhere")
        self.home()
        self.tab.send("x" * 400_001)
        expect(self.tab.notices).to_contain_text("bytes")
        self.tab.field.fill("A text that could not be sent\nis still here.")
        self.picture("refused")


class Misfortunes(Album):
    """The same with models that fail on purpose."""

    def take_all(self):
        self.visitor.register()
        for model in ("err", "429-none", "midstream-error", "length-empty", "moderated", "truncate"):
            self.page.goto(f"/c/{self.visitor.exchange('Please answer', model=f'sim/{model}')}")
            expect(self.tab.answer.locator(".outcome > *, .meta > *").first).to_be_visible()
            self.picture(f"sim-{model}")
        self.visitor.close()


def main(folder, word=""):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    run = Serve()
    unlucky = misbehaving_beside(run)
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for theme in ("light", "dark"):
            for width in WIDTHS:
                Album(browser, run, folder, theme, width, word).take_all()
                Misfortunes(browser, unlucky, folder, theme, width, word).take_all()
        browser.close()
    unlucky.remove()
    run.remove()


if __name__ == "__main__":
    main(*sys.argv[1:])
