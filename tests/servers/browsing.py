"""The Chromium of this machine for tests, and what it does: requests, dialogs, windows, messages of the console."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
with_chromium = pytest.mark.skipif(
    not CHROMIUM and not os.environ.get("CI"), reason="Chromium is not installed (Debian: apt-get install chromium)"
)
"""Mark of tests that need it; where everything must hold (.ci/run), they fail without it."""


@dataclass
class Seen:
    """What a browser did."""

    asked: list[str] = field(default_factory=list)
    """Addresses of requests that were made."""
    acted: list[str] = field(default_factory=list)
    """Dialogs, windows, downloads."""
    said: list[str] = field(default_factory=list)
    """Messages of the console."""

    def blocked(self) -> list[str]:
        """What the headers had to keep from happening: the markup alone should let nothing happen."""
        return [text for text in self.said if re.search(r"ERR_|Refused|[Bb]locked|violat|sandbox", text)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that finds no host but this machine; its event loop must be gone before other tests start one."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield started
        started.close()


def watched(
    browser: Browser, width: int = 1280, *, dark: bool = False, scripts: bool = True
) -> tuple[BrowserContext, Page, Seen]:
    """A new window, and what it does from now on."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
    )
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("console", lambda message: seen.said.append(message.text))
    page.on("dialog", partial(_dismiss, seen))
    context.on("page", lambda opened: seen.acted.append(f"window {opened.url}"))
    page.on("download", lambda download: seen.acted.append(f"download {download.url}"))
    page.on("pageerror", lambda error: seen.acted.append(f"script {error}"))
    return context, page, seen


def _dismiss(seen: Seen, dialog: Dialog) -> None:
    seen.acted.append(f"dialog {dialog.message}")
    dialog.dismiss()
