"""Self-contained HTML pages: a template, style sheets, scripts and data in one file that fetches nothing.

What all pages share is in page_head.html, page_look.css and page_base.js.
"""

import json
import re
from pathlib import Path

HERE = Path(__file__).parent
PLACE = re.compile(r"@@([\w.-]+)@@")


def page(template: Path, data: dict) -> bytes:
    """The page of a template, in which @@NAME@@ stands for a file beside it or one of those here, @@data@@ for data.

    The data are built-ins for JSON. They stand in the page without any "<", so that no tag can begin in them and
    their script cannot end; and a placeholder in them is left alone.
    """

    def content(place: re.Match) -> str:
        name = place[1]
        if name == "data":
            return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
        path = template.parent / name
        return (path if path.exists() else HERE / name).read_text(encoding="utf-8").rstrip("\n")

    return PLACE.sub(content, template.read_text(encoding="utf-8")).encode()
