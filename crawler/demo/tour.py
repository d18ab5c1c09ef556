"""The demonstration: runs the command line, step by step, against the embedded site, and checks the files it wrote.

A folder goes in, progress and hints where to look come out; Broken at the first failure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from crawler.demo.site import HOST, DemoSite

MARK = "# Written by the demonstration of warcpress, which replaces this folder each time it runs.\n"
CONFIG = (
    MARK
    + """
[crawl]
user_agent = "warcpress-demo (+http://{host}/)"
delay = 0
concurrency = 2
# The site is on loopback: `resolve` leads its name there, and `allow_private` lets it pass the address guard.
allow_private = ["127.0.0.0/8"]
resolve = {{ "{host}" = "{address}" }}

[posts]
images = "local"

[[source]]
name = "harbour-post"
site = "The Harbour Post"
timezone = "Europe/London"
feeds = ["http://{host}/feed.xml"]
sitemaps = ["http://{host}/sitemap.xml"]
sections = [
    {{ url = "http://{host}/harbour/", links = "ul.stories h3 a", section = "Harbour" }},
    {{ url = "http://{host}/city/", links = "ul.stories h3 a", section = "City", next = "a.next", max_pages = 5 }},
]
allow = ["/(harbour|city|members)/."]

[[source]]
name = "haigang"
site = "海港时报"
section = "首页"
timezone = "Asia/Shanghai"
sections = [{{ url = "http://{host}/zh/", links = "ul.stories h3 a" }}]
allow = ["/zh/."]
"""
)
CONFIG_NAME = "warcpress.toml"
POSTS = 8
"""Articles of the site, without a dead link, a page that is not an article, and one that robots.txt disallows."""


class Broken(Exception):
    """A step failed; the text names it and what was expected."""


class Tour:
    """One walk through the commands, in `folder`."""

    def __init__(self, folder: Path, site: DemoSite) -> None:
        self.folder, self.site = folder, site
        self.config = folder / CONFIG_NAME
        self.data = folder / "data"
        self._step = 0

    def run(self) -> None:
        """Run all steps; Broken at the first that fails."""
        self._prepare()
        _say(f"A news site is now at {self.site.url}; everything that follows happens on this machine.")
        self._first_crawl()
        self._second_crawl()
        self._edit_and_refetch()
        self._heading("The posts that are stored", "list")
        self._warcpress("list")
        self._audit()
        self._where_to_look()

    # -- steps

    def _prepare(self) -> None:
        if self.folder.exists():
            if not self.config.is_file() or not self.config.read_text(encoding="utf-8").startswith(MARK):
                raise Broken(
                    f"{self.folder}: is there already and was not made by the demonstration; name another folder"
                )
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self.config.write_text(CONFIG.format(host=HOST, address=self.site.address), encoding="utf-8")

    def _first_crawl(self) -> None:
        self._heading("A first crawl: feed, sitemaps, sections", "crawl")
        self._warcpress("crawl")
        report = self._report()
        articles = report["articles"]
        self._check(articles["new"] == POSTS, f"{articles['new']} articles became posts")
        self._check(articles["gone"] == 1, "a dead link was noted as gone")
        self._check(articles["refused"] == 1, "a page that robots.txt disallows was not fetched")
        self._check(articles["not-an-article"] == 1, "a list of puzzles was not taken for an article")
        self._check(report["images"]["missing"] == 1, "an article with a missing picture became a post all the same")
        asked = Counter(path for _method, path, _status in self.site.requests)
        self._check(not any(path.startswith("/members/") for path in asked), "nothing below /members/ was requested")
        self._check(asked["/static/site.css"] == 1, "the style sheet that all pages share was fetched once")
        self._check(len(self._posts()) == POSTS, f"{POSTS} post files were written")

    def _second_crawl(self) -> None:
        self._heading("A second crawl: nothing new", "crawl")
        before = len(self.site.requests)
        self._warcpress("crawl")
        report, answers = self._report(), Counter(status for _method, _path, status in self.site.requests[before:])
        written = report["articles"]["new"] + report["articles"]["changed"]
        self._check(written == 0, "no post was written")
        self._check(answers[304] >= 1, f"{answers[304]} times the site answered that nothing has changed (304)")
        self._check(
            report["captures"]["revisits"] >= 1,
            f"{report['captures']['revisits']} answers with bytes that were stored already became revisits",
        )

    def _edit_and_refetch(self) -> None:
        url = f"http://{HOST}{self.site.publish_edit()}"
        self._heading("An article is corrected, and fetched again", f"refetch {url}")
        said = self._warcpress("refetch", url, show=True)
        self._check(self._report()["articles"]["changed"] == 1, "the change became version 2 of the post")
        self._check("240" in said, "the command printed what changed")
        held = [json.loads(line) for line in self._warcpress("list", "--json", "-", show=False).splitlines()]
        versions = {row["url"]: row["version"] for row in held}
        self._check(
            versions.get(url) == 2 and len(held) == POSTS, f"{len(held)} articles are stored, this one in two versions"
        )

    def _audit(self) -> None:
        report = self.folder / "audit.html"
        self._heading("The audit: is the archive whole, and does each post follow from it", "audit --html audit.html")
        self._warcpress("audit", "--html", report.name)
        self._check(report.is_file(), "no error; the report is written")

    def _where_to_look(self) -> None:
        post = next(path for path in self._posts() if "night-ferry" in path.name)
        command = f"{_shown(Path(sys.executable).with_name('warcpress'))} --config {_shown(self.config)}"
        url = f"http://{HOST}{self.site.publish_edit()}"
        _say(f"\n{_bold('Where to look')}")
        for what, where in (
            ("the posts", self.data / "posts"),
            ("one of them", post),
            ("pictures", self.data / "media"),
            ("the WARC files", self.data / "warc"),
            ("reports of the runs", self.data / "runs"),
            ("the audit's report", self.folder / "audit.html"),
            ("the configuration", self.config),
        ):
            _say(f"  {what:20}{_shown(where)}")
        _say(_bold("To read it in a browser"))
        _say(f"  {command} serve")
        _say(_bold("What else to try"))
        for words in (f"history {url}", f"show {url} --part response", "rebuild --dry-run", "audit"):
            _say(f"  {command} {words}")

    # -- the parts of a step

    def _heading(self, text: str, words: str) -> None:
        self._step += 1
        _say(f"\n{_bold(f'{self._step}. {text}')}\n   $ warcpress {words}")

    def _warcpress(self, *words: str, show: bool | None = None) -> str:
        """Run a command in the folder, as a user would; Broken when its exit code is not 0.

        Its stderr goes to ours. Its stdout does too if `show` is None; else it is returned, and printed if `show`.
        """
        command = [sys.executable, "-m", "crawler.cli", *words]
        done = subprocess.run(
            command,
            cwd=self.folder,
            stdout=None if show is None else subprocess.PIPE,
            encoding="utf-8",
            check=False,
            env=_environment(),
        )
        if show:
            _say(done.stdout.rstrip("\n"))
        if done.returncode != 0:
            raise Broken(f"warcpress {' '.join(words)} ended with exit code {done.returncode}")
        return done.stdout or ""

    def _check(self, holds: bool, text: str) -> None:
        if not holds:
            raise Broken(f"step {self._step} failed; expected: {text}")
        _say(f"   {_green('✓')} {text}")

    def _report(self) -> dict[str, Any]:
        """The run file of the last run."""
        newest = max((self.data / "runs").glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        report: dict[str, Any] = json.loads(newest.read_text(encoding="utf-8"))
        return report

    def _posts(self) -> list[Path]:
        return sorted((self.data / "posts").rglob("*.md"))


def _environment() -> dict[str, str]:
    """Return our environment, with UTF-8 output for every locale."""
    return {**os.environ, "PYTHONIOENCODING": "utf-8"}


def _shown(path: Path) -> str:
    """Return a path as a user in the working folder would type it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _say(text: str) -> None:
    """Print a line at once, because the commands write to the same terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _bold(text: str) -> str:
    return _styled(text, "1")


def _green(text: str) -> str:
    return _styled(text, "32")


def _styled(text: str, code: str) -> str:
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[{code}m{text}\x1b[0m"
