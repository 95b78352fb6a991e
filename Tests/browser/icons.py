"""Makes the PNG icons of nginx/www/assets/icons from the one drawing there. Usage: python Tests/browser/icons.py"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.append(str(Path(__file__).parents[1] / "support"))

from serve import ROOT  # noqa: E402
from visitor import chromium  # noqa: E402

FOLDER = ROOT / "nginx/www/assets/icons"
# A name, its size, and whether the ground fills the square: who masks or rounds it cuts that off.
SIZES = [("icon-192", 192, False), ("icon-512", 512, False), ("maskable-512", 512, True), ("touch-180", 180, True)]


def main():
    drawing = (FOLDER / "icon.svg").read_text()
    with sync_playwright() as playwright:
        browser = chromium(playwright)
        for name, size, is_full in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>* {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}")
            if is_full:
                page.locator("#ground").evaluate("(ground) => ground.setAttribute('rx', 0)")
            page.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
        browser.close()


if __name__ == "__main__":
    main()
