"""The page can be installed like an application."""

import struct

from playwright.sync_api import expect
from test_appearance import brightness


def test_the_browser_finds_everything_that_an_application_needs(mara):
    tab = mara.open()
    tab.is_ready()
    answer = mara.context.new_cdp_session(tab.page).send("Page.getInstallabilityErrors")
    # In a window of a test, which is a private one, this is all that is in the way.
    assert {fault["errorId"] for fault in answer["installabilityErrors"]} <= {"in-incognito"}
    found = mara.context.new_cdp_session(tab.page).send("Page.getAppManifest")
    assert not found["errors"]
    manifest = mara.context.request.get(found["url"]).json()
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert any(icon.get("purpose") == "maskable" for icon in manifest["icons"])


def test_the_icons_are_as_large_as_is_said(mara):
    tab = mara.open()
    tab.is_ready()
    address = mara.context.new_cdp_session(tab.page).send("Page.getAppManifest")["url"]
    folder = address.rsplit("/", 1)[0]
    for icon in mara.context.request.get(address).json()["icons"]:
        answer = mara.context.request.get(f"{folder}/{icon['src']}")
        assert answer.ok and answer.headers["content-type"] == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", answer.body()[16:24])
            assert f"{width}x{height}" == icon["sizes"]
    touch = tab.page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    assert mara.context.request.get(touch).body()[:4] == b"\x89PNG"


def test_the_frame_of_the_browser_has_the_colour_of_the_theme(mara):
    tab = mara.open("/account")
    colours = tab.page.locator("meta[name=theme-color]")
    expect(tab.title).to_have_text("Account")
    assert colours.evaluate_all("(all) => all.map((meta) => meta.content)") == ["#fcfaf6", "#161310"]
    tab.page.get_by_text("Dark", exact=True).click()
    tab.until(lambda: brightness(tab) < 0.3)
    assert colours.evaluate_all("(all) => all.map((meta) => meta.content)") == ["#161310", "#161310"]
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    shown = "document.querySelector('meta[name=theme-color]').content"
    same = f"""() => {{
      const [first, second] = [{ground}, {shown}].map((colour) => {{
        const brush = Object.assign(document.createElement("canvas"), {{ width: 1, height: 1 }}).getContext("2d");
        brush.fillStyle = colour;
        brush.fillRect(0, 0, 1, 1);
        return brush.getImageData(0, 0, 1, 1).data.join();
      }});
      return first === second;
    }}"""
    assert tab.page.evaluate(same)
    tab.page.get_by_text("Light", exact=True).click()
    tab.until(lambda: brightness(tab) > 0.7)
    assert tab.page.evaluate(same)
