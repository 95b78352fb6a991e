"""The product as a person meets it: a browser of their own, its tabs, and what a tab shows."""

import itertools
import re
import sqlite3
import uuid
from contextlib import closing, contextmanager

from playwright.sync_api import Page, expect
from serve import PASSWORD, Serve, eventually

# Generous: a test machine may be busy, and a bound here only keeps a test from hanging.
PATIENCE_MS = 45_000

# The browser notes every refused or interrupted request by itself; a 5xx is never expected.
ORDINARY = re.compile(
    r"Failed to load resource: (the server responded with a status of 4\d\d"
    r"|net::ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|FAILED|EMPTY_RESPONSE|CONNECTION_\w+|HTTP2_\w+))"
)


def chromium(playwright):
    """Debian's browser, with our patience."""
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])


_numbers = itertools.count(1)


class Visitor:
    """A browser with nothing in it yet, and an account that this person has or will have."""

    def __init__(self, browser, url, **options):
        self.url = url
        self.name = "Mara Voss"
        self.email = f"mara{next(_numbers)}@example.org"
        self.password = PASSWORD
        self.context = browser.new_context(
            base_url=url, ignore_https_errors=True, **{"viewport": {"width": 1280, "height": 800}} | options
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.complaints = []
        self.context.on("console", self._heard)
        self.context.on("weberror", lambda fault: self.complaints.append(str(fault.error)))
        self.context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error('CSP', event.effectiveDirective, event.blockedURI, event.sample));"
        )

    def _heard(self, message):
        if message.type in ("error", "warning") and not ORDINARY.match(message.text):
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def register(self):
        """Makes the account without the page; the browser then has a session."""
        account = {"email": self.email, "password": self.password, "name": self.name}
        self.api("POST", "/auth/register", account)
        return self

    def api(self, method, path, data=None, **headers):
        """A request with this browser's cookies; the JSON of the answer."""
        answer = self.context.request.fetch(
            f"/api/v1{path}", method=method, data=data, headers={"Origin": self.url} | headers
        )
        assert answer.ok, f"{method} {path}: {answer.status} {answer.text()}"
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.json() if is_json else answer.text()

    def exchange(self, text, model="demo/echo", conversation=None):
        """Has one message answered without the page. Returns the conversation's id."""
        conversation = conversation or self.api("POST", "/conversations", {"model": model})["id"]
        path = f"/conversations/{conversation}/messages"
        self.api("POST", path, {"text": text, "model": model}, Accept="text/event-stream")
        return conversation

    def messages(self, conversation):
        """The active path as it is stored, oldest first."""
        return self.api("GET", f"/conversations/{conversation}/messages")["items"]

    def said(self, conversation):
        """What the person has said, as it is stored."""
        return [message["text"] for message in self.messages(conversation) if message["role"] == "user"]

    def open(self, path="/"):
        """Opens a tab."""
        tab = Tab(self.context.new_page())
        tab.page.goto(path)
        return tab

    @contextmanager
    def offline(self):
        self.context.set_offline(True)
        yield
        self.context.set_offline(False)

    def close(self):
        self.context.close()


class Tab:
    """A tab: where things are on the page, and what a person does again and again."""

    def __init__(self, page: Page):
        self.page = page

    # Where things are

    @property
    def field(self):
        return self.page.get_by_label("Message", exact=True)

    @property
    def messages(self):
        return self.page.locator("chat-message")

    @property
    def question(self):
        return self.page.locator("chat-message[data-role=user]").last

    @property
    def answer(self):
        return self.page.locator("chat-message[data-role=assistant]").last

    @property
    def scroller(self):
        return self.page.locator("chat-thread .scroller")

    @property
    def rows(self):
        """The conversations in the list."""
        return self.page.locator("conversation-list .conv")

    @property
    def pending(self):
        """What is to be sent."""
        return self.page.locator("pending-messages li")

    @property
    def notices(self):
        return self.page.locator("chat-view .notices")

    @property
    def title(self):
        return self.page.get_by_role("heading", level=1)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def conversation(self):
        """The id in the address."""
        return re.search(r"/c/([^/]+)$", self.page.url)[1]

    @property
    def text(self):
        """The last answer's Markdown, as far as it has arrived."""
        return self.answer.locator("markdown-text.text").evaluate("(element) => element.text")

    # What a person does

    def goes_to(self, path):
        """Loads an address once the step back has been taken that whatever was closed over the page takes."""
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self.page.wait_for_function("!history.state?.layer")
        self.page.goto(path)

    def sign_in(self, visitor, password=None):
        self.page.get_by_label("Email").fill(visitor.email)
        self.page.get_by_label("Password", exact=True).fill(password or visitor.password)
        self.page.keyboard.press("Enter")

    def choose_model(self, name):
        self.page.locator("[data-role=model-button]").click()
        self.pick_model(name)
        expect(self.page.locator("[data-role=model-button]")).to_contain_text(name)

    def pick_model(self, name):
        """Takes the first hit in the open picker, by keyboard."""
        self.page.get_by_placeholder("Search models").fill(name)
        expect(self.page.locator("dialog .choice").first).to_contain_text(name)
        self.page.keyboard.press("Enter")

    def send(self, text):
        self.field.fill(text)
        if self.page.evaluate("matchMedia('(pointer: coarse)').matches"):
            self.page.get_by_role("button", name=re.compile("^Send")).click()
        else:
            self.field.press("Enter")

    def ask(self, text, model=None):
        """Sends a message and waits until its answer is complete."""
        if model:
            self.choose_model(model)
        self.send(text)
        expect(self.question.locator(".bubble")).to_have_text(text)
        self.has_ended()

    def wake(self):
        """Comes back to this tab from another one."""
        self.page.evaluate("() => { document.dispatchEvent(new Event('visibilitychange')); }")

    def menu(self, title, choice):
        """Chooses from the menu of a row in the list."""
        row = self.rows.filter(has_text=title)
        row.hover()
        row.get_by_role("button").click()
        self.page.get_by_role("menuitem", name=choice).click()

    def listen(self):
        """What a screen reader is told from now on, in its order."""
        self.page.evaluate(
            """() => {
              window.aloud = [];
              const announcer = document.querySelector("[data-role=announcer]");
              new MutationObserver(() => announcer.textContent && window.aloud.push(announcer.textContent))
                .observe(announcer, { childList: true });
            }"""
        )
        return lambda: self.page.evaluate("aloud")

    # What is waited for

    def is_ready(self):
        expect(self.field).to_be_visible()
        expect(self.page.locator("[data-role=model-button]")).to_contain_text("Demo")

    def has_begun(self):
        """The first words of an answer are there, and more will come."""
        expect(self.answer).to_have_attribute("data-state", "running")
        expect(self.answer.locator("markdown-text.text .block")).not_to_have_count(0)

    def has_ended(self, state="completed"):
        expect(self.answer).to_have_attribute("data-state", state)
        expect(self.answer.locator(".meta").get_by_role("button", name="Regenerate", exact=True)).to_be_attached()

    def distance_from_end(self):
        return self.scroller.evaluate("(box) => box.scrollHeight - box.scrollTop - box.clientHeight")

    def until(self, condition):
        assert eventually(condition, PATIENCE_MS / 1000)


def misbehaving_beside(run):
    """A second product, whose provider is the first one's demo with the models that fail on purpose."""
    address = re.search(r"127\.0\.0\.1:\d+", (run.run_directory / "demo-provider.conf").read_text())[0]
    return Serve(
        ATELIER_PROVIDER_NAME="demo",
        ATELIER_PROVIDER_KIND="openrouter",
        ATELIER_PROVIDER_URL=f"http://{address}/api/v1",
        ATELIER_PROVIDER_KEY="sk-sim-browser-tests",
    )


def lengthen(run, conversation, count):
    """Writes messages straight into the database, below the newest of a conversation: thousands in a moment."""
    with closing(sqlite3.connect(run.state / "app.db", timeout=20)) as database, database:
        [leaf] = database.execute("SELECT active_message_id FROM conversations WHERE id = ?", (conversation,)).fetchone()
        for number in range(count):
            parent, leaf = leaf, str(uuid.uuid4())
            role = "assistant" if number % 2 else "user"
            database.execute(
                "INSERT INTO messages (id, conversation_id, parent_id, role, text, created_ms)"
                " VALUES (?, ?, ?, ?, ?, 1750000000000)",
                (leaf, conversation, parent, role, f"Written number {number}"),
            )
        database.execute("UPDATE conversations SET active_message_id = ? WHERE id = ?", (leaf, conversation))
