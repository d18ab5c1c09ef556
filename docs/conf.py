"""How Sphinx makes the site of the documentation: `make docs`, then build/docs/index.html."""

from __future__ import annotations

from pathlib import Path

from sphinx.application import Sphinx

project = "warcpress"
extensions = ["myst_parser"]
html_theme = "furo"
html_title = "warcpress"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
myst_heading_anchors = 3

ROOT = Path(__file__).parent.parent
OUTSIDE = {
    "index": "README.md",
    "changes": "CHANGELOG.md",
    "security": "SECURITY.md",
    "contributing": "CONTRIBUTING.md",
}
"""Pages that start with the text of a file outside docs/."""


def setup(app: Sphinx) -> None:
    """Register what adds those texts."""
    app.connect("source-read", add_text)


def add_text(_app: Sphinx, page: str, source: list[str]) -> None:
    """Put the text of the outside file before a page's own, with links that lead to the pages of the site."""
    if page not in OUTSIDE:
        return
    text = (ROOT / OUTSIDE[page]).read_text("utf-8").replace("](docs/", "](")
    for name, file in OUTSIDE.items():
        text = text.replace(f"]({file}", f"]({name}.md")
    source[0] = f"{text}\n{source[0]}"
