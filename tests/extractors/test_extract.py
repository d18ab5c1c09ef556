"""`extract`: one page in, one post out, the same on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extractors import extract
from crawler.items import Page

SEED = Path(__file__).parents[1] / "sites" / "www.guancha.cn" / "2022_03_18_630877.html"
TEXT = "".join(
    f"<p>Paragraph {n} of a story about a harbour, told with commas, and with more than one. Here.</p>"
    for n in range(6)
)


def page(head: str, body: str = "") -> Page:
    title = "A harbour story"
    markup = f"<html><head><title>{title}</title>{head}</head><body><h1>{title}</h1>{body}{TEXT}</body></html>"
    return Page(
        "https://a.example/1", markup.encode(), [("Content-Type", "text/html")], datetime(2026, 1, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "named",
    [
        "http://127.0.0.1/x.jpg",
        "http://router/x.jpg",
        "javascript:x",
        "https://i.example/a\u2028b.jpg",
        "data:image/png;base64,A",
        "",
    ],
)
def test_a_lead_picture_that_no_reader_could_fetch_is_none(named: str) -> None:
    assert extract(page(f'<meta property="og:image" content="{named}">')).lead_image is None
    shown = extract(
        page(f'<meta property="og:image" content="{named}">', "<img src='https://i.example/real-0001.jpg'>")
    )
    assert shown.lead_image is not None and shown.lead_image.url == "https://i.example/real-0001.jpg"


def test_the_lead_picture_may_stand_in_the_metadata_alone() -> None:
    post = extract(
        page('<meta property="og:image" content="/lead.jpg"><meta property="og:image:width" content="1200">')
    )
    assert post.lead_image is not None
    assert (post.lead_image.url, post.lead_image.width) == ("https://a.example/lead.jpg", 1200)
    assert post.images == ()


def test_zone_locale_and_hash_seed_of_the_machine_change_nothing() -> None:
    script = (
        "import sys, datetime; from crawler.extractors import extract; from crawler.items import Page\n"
        "raw = sys.stdin.buffer.read(); when = datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc)\n"
        "post = extract(Page('http://www.guancha.cn/politics/2022_03_18_630877.shtml', raw, [], when))\n"
        "sys.stdout.buffer.write(repr(post).encode())"
    )
    machines = (
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "1"},
        {"TZ": "America/Caracas", "LC_ALL": "C", "PYTHONHASHSEED": "2", "PYTHONUTF8": "0"},
    )
    posts = {
        subprocess.run(
            [sys.executable, "-c", script],
            input=SEED.read_bytes(),
            env={**os.environ, **machine},
            capture_output=True,
            check=True,
        ).stdout
        for machine in machines
    }
    assert len(posts) == 1 and "吉林省纪委" in posts.pop().decode()
