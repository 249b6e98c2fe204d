"""A picture of a page in Chromium: python benchmarks/page_picture.py PAGE.html OUT.png KEY ...

The page opens, symbol N is clicked (`--symbol N`, counted from 1), and the keys are pressed, by their names in the
DOM: c, ArrowDown, Shift+ArrowRight. Needs playwright (pip install -e '.[test]') and a Chromium.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright


def main() -> None:
    """Writes the picture."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("page", type=Path)
    p.add_argument("picture", type=Path)
    p.add_argument("keys", nargs="*", metavar="KEY")
    p.add_argument("--symbol", type=int, metavar="N")
    p.add_argument("--size", default="1200x900", metavar="WIDTHxHEIGHT")
    p.add_argument("--dark", action="store_true")
    o = p.parse_args()
    width, height = map(int, o.size.split("x"))
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        scheme = "dark" if o.dark else "light"
        page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
        page.goto(o.page.resolve().as_uri())
        if o.symbol:
            page.locator("#text span").nth(o.symbol - 1).click()
        page.mouse.move(2, 2)
        for key in o.keys:
            page.keyboard.press(key)
        page.screenshot(path=o.picture)
        browser.close()


if __name__ == "__main__":
    main()
