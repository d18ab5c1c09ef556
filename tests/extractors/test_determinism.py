"""The same page gives the same post in processes with other hash seeds, locales and time zones."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RECORDED = Path(__file__).parents[1] / "sites" / "www.guancha.cn"
PRINT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crawler.extractors import extract
from crawler.items import Page
for path in sorted(Path(sys.argv[1]).glob("*.html")):
    url = f"https://www.guancha.cn/politics/{path.stem}.shtml"
    print(ascii(extract(Page(url, path.read_bytes(), [], datetime(2026, 1, 2, tzinfo=UTC)))))
SHOWN = '''<html><head><title>Ferries return - The Coast</title>
<meta property="og:image" content="/lead.jpg"><meta name="keywords" content="ferries, coast, Ferries">
</head><body><span class=byline>By Oda Brekke, Jan Moe</span><h1>Ferries return</h1><p class=date>3 hours ago</p>
<div class=article-body><p>The ferries return on Monday, said the line, two years after the last one left.</p>
<figure><img src=/a.jpg srcset="/b.jpg 2x, /c.jpg 3x"><figcaption>A ferry. Photo: Jan Moe</figcaption></figure>
<p>They will sail four times a day, and the price is to stay at six euros until winter.</p></div></body></html>'''
print(ascii(extract(Page("https://a.example/1", SHOWN.encode(), [], datetime(2026, 1, 2, tzinfo=UTC)))))
"""


def posts(**environment: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-c", PRINT, str(RECORDED)],
        env={"PATH": os.environ["PATH"], **environment}, capture_output=True, check=True, text=True, timeout=60,
    )  # fmt: skip
    return ran.stdout


@pytest.fixture(scope="module")
def expected() -> str:
    found = posts(PYTHONHASHSEED="0", LC_ALL="C", TZ="UTC")
    assert found.count("Post(") == 4 and ascii("吉林省纪委").strip("'") in found
    return found


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "LC_ALL": "C.UTF-8", "TZ": "Asia/Shanghai"},
        {"PYTHONHASHSEED": "4242", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/St_Johns", "PYTHONOPTIMIZE": "2"},
        {"PYTHONHASHSEED": "random", "LANG": "ja_JP.eucJP", "TZ": "Pacific/Kiritimati", "PYTHONUTF8": "0"},
    ],
)  # fmt: skip
def test_the_same_page_gives_the_same_post(expected: str, environment: dict[str, str]) -> None:
    assert posts(**environment) == expected
