"""A crawl of the seed page gives exactly the seed post."""

from __future__ import annotations

from pathlib import Path

import pytest
from pages import PNG, PageServer

SITE = Path(__file__).parent.parent / "sites" / "www.guancha.cn"
PAGE = (SITE / "2022_03_18_630877.html").read_bytes()
POST = (SITE / "2022_03_18_630877.md").read_bytes()
URL = "www.guancha.cn/politics/2022_03_18_630877.shtml"
IMAGE = "i.guancha.cn/news/official/2022/03/18/20220318094654955.png"

HOME = f"""<html><body><ul class="img-List"><li><h4 class="module-title"><a href="//{URL}">吉林省纪委</a></h4></li></ul>
<div class="module-news-main"><h4 class="module-title"><a href="https://user.guancha.cn">风闻</a></h4></div>
<ul class="fengwen-list"></ul></body></html>"""
EMPTY_LIST = '{"items": []}'


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_seed_page_gives_the_seed_post(scheme, place, server, authority) -> None:
    hosts = ("www.guancha.cn", "i.guancha.cn", "user.guancha.cn")
    with PageServer(authority.context(*hosts)) as secure:
        place.tls_port, place.ca_file = secure.port, str(authority.ca_file)
        for each in (server, secure):
            each[URL] = PAGE
            each[IMAGE] = PNG
        place.configure(
            f'[[source]]\nname = "guancha"\nuse = "guancha"\nsections = []\nlistings = []\nurls = ["{scheme}://{URL}"]'
        )
        place.run("crawl")
    path = place.data / "posts/guancha/2022/03/18-2022_03_18_630877.md"
    assert path.read_bytes() == POST
    assert place.last_run()["images"] == {"fetched": 1, "known": 0, "missing": 0, "uncopied": 0}
