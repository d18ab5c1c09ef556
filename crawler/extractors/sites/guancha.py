"""观察者网 (guancha.cn): news and columns on www, their mobile twins on m, readers' posts (风闻) on user."""

from __future__ import annotations

from crawler.extractors.sites import Parts, Site
from crawler.items import Listing, Section, Source

_WWW = "https://www.guancha.cn"
_ARTICLE = r"^https?://(?:www\.|m\.)?guancha\.cn/[^/?#]+/\d{4}_\d{2}_\d{2}_\d+(?:_s|_\d+)?\.shtml"
_READERS_POST = r"^https?://user\.guancha\.cn/main/content\?(?:[^#]*&)?id=\d+"


def _section(path: str, name: str, following: str) -> Section:
    return Section(_WWW + path, "ul.column-list li h4 a", name, next=_WWW + following)


SITE = Site(
    name="guancha",
    hosts=("guancha.cn",),
    source=Source(
        name="guancha",
        use="guancha",
        site="观察者网",
        categories=("新媒体", "{site}", "{section}"),
        section="首页",
        timezone="Asia/Shanghai",
        sections=(
            # 评论 & 研究, 要闻, 风闻: the three columns of the home page
            Section(f"{_WWW}/", ":is(.module-news-main, .img-List, .fengwen-list) h4.module-title a", "首页"),
            _section("/politics", "政治", "/politics/list_{page}.shtml"),
            _section("/internation", "国际", "/internation/list_{page}.shtml"),
            _section("/economy", "财经", "/economy/list_{page}.shtml"),
            _section("/GuoJi·ZhanLue/list_1.shtml", "国际战略", "/GuoJi·ZhanLue/list_{page}.shtml"),
        ),
        listings=(
            Listing(f"{_WWW}/api/redian.htm", link="HTTP_URL", title="TITLE", section="热点"),
            Listing(f"{_WWW}/api/gundong.htm", link="HTTP_URL", title="TITLE", section="滚动"),
        ),
        allow=(_ARTICLE, _READERS_POST),  # not the bare user.guancha.cn that some links of the home page lead to
    ),
    article=f"{_ARTICLE}|{_READERS_POST}",
    title=("li.left-main > h3",),
    body=("div.content.all-txt", "div.gc_content", ".article-txt-content"),
    authors=(".author-intro p a", ".article-content div div h4 a"),
    byline=("div.time.fix > span",),
    published=("div.time.fix > span", ".time1"),
    tags=(".key-word a",),
    jump=r"""location(?:\.href)?\s*(?:=|\.(?:replace|assign)\()\s*["']((?:https?:)?//user\.guancha\.cn/main/content\?[^"']+)""",
    parts=(
        Parts(
            article=r"^(?P<stem>https?://(?:www\.|m\.)?guancha\.cn/[^/?#]+/\d{4}_\d{2}_\d{2}_\d+)\.shtml(?:[?#]|$)",
            part="{stem}_{n}.shtml",
            whole="{stem}_s.shtml",
        ),
        Parts(  # long posts are folded; page 0 has all of them
            article=r"^https?://user\.guancha\.cn/main/content\?(?:[^#]*&)?id=(?P<stem>\d+)",
            part="//user.guancha.cn/main/content?id={stem}&page={n}",
            whole="//user.guancha.cn/main/content?id={stem}&page=0",
            unfold=r"[^\w]*(?:点击|点此|展开|阅读|查看|余下|剩余)*(?:全文|余下内容|剩余内容)[^\w]*",
        ),
    ),
    canonical=(
        (
            r"^https?://(?:www\.|m\.)?guancha\.cn/([^/?#]+/\d{4}_\d{2}_\d{2}_\d+)(?:_s|_\d+)?\.shtml.*$",
            rf"{_WWW}/\1.shtml",
        ),
        (
            r"^https?://user\.guancha\.cn/main/content\?(?:[^#]*&)?id=(\d+).*$",
            r"https://user.guancha.cn/main/content?id=\1",
        ),
    ),
)
