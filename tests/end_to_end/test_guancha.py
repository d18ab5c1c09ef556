"""All of guancha.cn with `use = "guancha"` as the whole configuration: lists, kinds of pages, mobile pages."""

from __future__ import annotations

import json

from pages import PNG, Answer

TEXT = "长江口的渔民说，今年的鱼汛比往年早了半个月，码头上天不亮就挤满了收鱼的货车，价格却比去年低了两成。"
HTML = {"Content-Type": "text/html; charset=utf-8"}


def news(title: str, path: str, paragraphs: list[str], after: str = "") -> str:
    body = "\n".join(f"<p>\n{text}\n</p>" for text in paragraphs)
    return f"""<html><head><meta charset="utf-8"><title>{title}</title>
<script type="application/ld+json">{{"@id": "https://www.guancha.cn{path}", "title": "{title}",
"pubDate": "2023-11-30T08:15:00"}}</script></head><body><ul class="two-coloum fix"><li class="left left-main">
<h3>{title}</h3><div class="time fix"><span>2023-11-30 08:15:00</span><span>来源：观察者网</span></div>
<div class="content all-txt">
{body}
</div>{after}</li></ul></body></html>"""


def publish(server) -> None:
    www = "www.guancha.cn"
    server[f"{www}/"] = """<html><head><meta charset="utf-8"></head><body>
<div class="module-news-main"><h4 class="module-title"><a href="/politics/2023_11_30_1001.shtml">一</a></h4></div>
<ul class="img-List"><li><h4 class="module-title"><a href="//m.guancha.cn/politics/2023_11_30_1001.shtml">一</a></h4>
<h4 class="module-title"><a href="https://user.guancha.cn">风闻</a></h4></li></ul>
<ul class="fengwen-list"><li><h4 class="module-title"><a href="/FengWen/2023_11_30_1004.shtml">四</a></h4></li></ul>
</body></html>"""
    for name, path in (("redian", "/economy/2023_11_30_1002.shtml"), ("gundong", "/politics/2023_11_30_1001.shtml")):
        listing = json.dumps({"items": [{"TITLE": "标题", "HTTP_URL": path}]}, ensure_ascii=False)
        kind = {"Content-Type": "application/json"}
        # The home page is read first: an article takes its section from the document that names it first.
        server[f"{www}/api/{name}.htm"] = Answer(listing.encode(), headers=kind, wait=1.0)
    column = '<html><body><ul class="column-list"><li><h4><a href="{}">x</a></h4></li></ul></body></html>'
    for path in ("/politics", "/internation", "/economy", "/GuoJi%C2%B7ZhanLue/list_1.shtml"):
        server[www + path] = column.format("/internation/2023_11_30_1003.shtml")
    one = "/politics/2023_11_30_1001.shtml"
    server[www + one] = news("鱼汛提前半个月", one, [TEXT, TEXT, TEXT])
    server["m.guancha.cn" + one] = (
        f'<html><head><meta charset="utf-8"><title>鱼汛提前半个月</title><link rel="canonical" href="https://{www}{one}">'
        f'</head><body><h1>鱼汛提前半个月</h1><div class="gc_content"><p>{TEXT}</p><p>{TEXT}</p></div></body></html>'
    )
    two = "/economy/2023_11_30_1002{}.shtml"
    pager = f'<div class="module-page"><a href="{two.format("_2")}">2</a></div>'
    server[www + two.format("")] = news("货车排到天亮", two.format(""), ["第一页。" + TEXT], pager)
    server[www + two.format("_s")] = news("货车排到天亮", two.format(""), ["第一页。" + TEXT, "第二页。" + TEXT])
    three = "/internation/2023_11_30_1003{}.shtml"
    pager = f'<div class="module-page"><a href="{three.format("_2")}">2</a></div>'
    server[www + three.format("")] = news("收价低了两成", three.format(""), ["第一页。" + TEXT], pager)
    server[www + three.format("_2")] = news("收价低了两成", three.format(""), ["第二页。" + TEXT])
    four = "https://user.guancha.cn/main/content?id=77"
    server[f"{www}/FengWen/2023_11_30_1004.shtml"] = f'<script>window.location.href="{four}";</script>'
    server["user.guancha.cn/main/content?id=77"] = f"""<html><head><meta charset="utf-8"><title>码头一夜</title></head>
<body><div class="article-content"><h1>码头一夜</h1><div><div><h4><a href="/u/1">江边人</a></h4></div></div>
<span class="time1">2023-11-29 23:10:00</span><div class="article-txt-content"><p>{TEXT}</p><p>{TEXT}</p>
<p><img src="https://i.guancha.cn/77.png"></p></div></div></body></html>"""
    server["i.guancha.cn/77.png"] = PNG


def test_everything_that_the_site_has_becomes_one_post_each(place, server, authority) -> None:
    hosts = ("www.guancha.cn", "m.guancha.cn", "user.guancha.cn", "i.guancha.cn")
    with type(server)(authority.context(*hosts)) as secure:
        place.tls_port, place.ca_file = secure.port, str(authority.ca_file)
        publish(secure)
        place.configure('[[source]]\nname = "guancha"\nuse = "guancha"\n')
        place.run("crawl")
        posts, run = place.posts(), place.last_run()
        assert run["failures"]["count"] == 0 and run["unread_sources"]["count"] == 0
        assert list(posts) == [
            "guancha/2023/11/29-content.md",
            "guancha/2023/11/30-2023_11_30_1001.md",
            "guancha/2023/11/30-2023_11_30_1002.md",
            "guancha/2023/11/30-2023_11_30_1003.md",
        ]
        jumped, plain, whole, joined = posts.values()
        assert " - 新媒体\n - 观察者网\n - 首页\n" in plain and "date: Thu, 30 Nov 2023 00:15:00 GMT" in plain
        assert whole.count("第一页。") == 1 and whole.count("第二页。") == 1 and " - 热点\n" in whole
        assert joined.index("第一页。") < joined.index("第二页。")
        assert "author: 江边人" in jumped and 'src="https://i.guancha.cn/77.png"' in jumped
        # the twin on m. was fetched or not, it is one article; the one-page form was asked for where there is a
        # second page
        asked = secure.paths("www.guancha.cn")
        assert asked.count("/politics/2023_11_30_1001.shtml") + len(secure.paths("m.guancha.cn")) >= 1
        assert "/economy/2023_11_30_1002_s.shtml" in asked and "/economy/2023_11_30_1002_2.shtml" not in asked
        assert "/politics/2023_11_30_1001_s.shtml" not in asked
        assert "/internation/2023_11_30_1003_2.shtml" in asked
        place.run("audit")
        rows = place.catalogue()
        place.run("rebuild")
        assert place.posts() == posts and place.catalogue() == rows
