"""Bylines as Chinese papers set them, of the mainland and of Taiwan: in words and brackets, where Europe uses markup.

In: the page's lines from the headline on. Out: the first names that a convention marks. An editor (责任编辑), a
photographer (摄) and a source (来源) are never an author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from crawler.extractors.bylines.surnames import is_surname

HAN = r"\u3400-\u9fff"
_NAME = rf"[{HAN}](?:[{HAN}]|[·・•][{HAN}]){{1,9}}"
_NAMES = rf"(?P<names>[{HAN}][{HAN}·・•、，,&/／\s]{{1,60}})"
"""Names and what parts them; `split_names` tells which are names. One class: alternatives would backtrack for ever."""
_REPORTERS = r"记\s?者|記者|通讯员|通訊員|特派员|特派員|实习生|實習生|评论员|評論員|主笔|主筆|(?:特约)?撰稿人"
_WRITERS = r"作\s?者|撰\s?[文稿]|采写|採寫|採訪|執筆|执笔|文字"
_TEXT = r"文(?:\s?[/／、]\s?(?:[图圖]|摄影|攝影))?(?=\s?[/／丨|｜：:\s])"
_OTHERS = (
    r"编辑|編輯|责编|責編|校对|校對|摄影|攝影|剪辑|审核|監製|监制|制作|摄像|美编|排版|值班|主编|主編|核稿|图片?$|视频|"
    r"出品|来源|來源|发布|版权|出处|供图|运营|设计|审稿|[一二三初复终]审"
)
_STANDS_FOR_OTHERS = re.compile(rf"[{HAN}]{{0,4}}?(?:{_OTHERS})")
_OTHERS_AFTER = re.compile(rf"{_NAME}\s?[/／]\s?[{HAN}]{{0,4}}(?:{_OTHERS}|[摄攝])")
"""`王小明／攝影`: in Taiwan the role stands behind the name."""
_ROLE = re.compile(
    rf"(?:(?<![{HAN}])[{HAN}]{{0,8}}?)?(?:{_REPORTERS}|作\s?者|撰\s?[文稿]|采写|执笔)\s?[:：/／|丨｜]?\s?"
)
_OUTLET = rf"(?:《[^》]{{1,12}}》)?(?:[{HAN}]{{0,10}}?(?:{_REPORTERS})\s?)?"
_LABEL = re.compile(
    rf"^[□■●◎◆▲○\s\[【（(《\u3000]*(?:《\w+》)?(?:[\w·《》\s-]{{0,16}}?(?:{_REPORTERS})|{_WRITERS}|{_TEXT})"
    rf"\s?(?P<mark>[:：/／丨|｜＊*】\]]|\s|(?=[{HAN}]))\s?{_OUTLET}{_NAMES}(?P<rest>.*)$"
)
_LABEL_INSIDE = re.compile(
    rf"(?:作\s?者|撰\s?[文稿]|采写|执笔|记\s?者|記者|(?<![{HAN}])文)\s?[:：/／丨|｜]\s?{_NAMES}|"
    rf"(?:^|[|｜\s])作\s?者[,，]?\s?(?P<last>{_NAME})$"
)
_REPORTS = re.compile(
    rf"(?:^|\s)[{HAN}]{{0,8}}(?:记者|記者)\s?{_NAMES}\s?[/／]\s?[{HAN}]{{2,8}}(?:报道|報導|報道|[电電讯訊])"
)
_NICKNAME = re.compile(r"(?:^|[\s|｜])作\s?者\s?[:：]\s?(?P<names>[A-Za-z][\w.-]{2,24})(?=$|[\s|｜])")
_LABEL_AFTER = re.compile(
    rf"(?:记者|記者)\s?(?P<names>{_NAME}(?:[、\s]{_NAME})*?)\s?[/／]\s?文|本[贴帖]由\s?(?P<poster>{_NAME})\s?于"
)
_BEFORE_SOURCE = re.compile(rf"[\[【（(]\s?(?P<names>{_NAME})\s?[\]】）)]\W{{0,3}}[来來]\s?源")
_EDITOR = re.compile(rf"(?:编\s?辑|編輯|责编|責編)\s?[:：丨|｜/／]?\s?{_NAMES}")
_BRACKETS = re.compile(
    r"[（(【〔\[]\s?(?:[\w·\s-]{0,14}?(?:记\s?者|記者|通讯员|作\s?者)|文\s?[/／]?\s?图?)"
    r"\s?[:：/／]?\s?(?P<inside>[^（()）【】〔〕\[\]。]{2,60})[)）】〕\]]"
)
_END = re.compile(rf"(?:^|[。！？!?”…」])\s?[（(【]\s?{_NAMES}(?P<place>\s?[{HAN}]{{2,4}}(?:报道|[电讯]))?\s?[)）】]$")
_IS = re.compile(rf"(?<=[{HAN}])(?:为|為|系|是)[{HAN}]{{4,}}.*$")
"""`作者王小明为例城大学教授`: what he is comes after who he is."""
_PLACES = (
    "北京|上海|天津|重庆|重慶|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|"
    "四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|内蒙古|香港|澳门|澳門|台湾|臺灣|台灣|台北|臺北|新北|桃園|台中|臺中|台南|臺南|"
    "高雄|基隆|新竹|苗栗|彰化|南投|雲林|嘉義|屏東|宜蘭|花蓮|台東|臺東|澎湖|金門|广州|深圳|杭州|南京|武汉|成都|西安|沈阳|"
    "长春|哈尔滨|华盛顿|華盛頓|纽约|紐約|伦敦|倫敦|巴黎|东京|東京|莫斯科|柏林|日内瓦|布鲁塞尔|首尔|首爾|综合|綜合|即時|"
    "中国|中國|中央|国家|清华|复旦"
)
_GLUED = re.compile(rf"^(?P<name>[{HAN}]{{2,4}}?)(?:{_PLACES})")
"""A name that runs into the place of the report or of work: `王小明台北2日電`, `方敏北京大学教授`."""
_NO_NAME = re.compile(
    r"受访|联系|简介|出自|^(?:[上下图完电讯说称问对在]|摘要|编者)$|"
    r"^(?:从|從|在|对于|于是|称|说|组图|资料图?片?|化名|记者|記者|实习生|編集部|编辑部|综合|綜合|整理|转载|未完待续|见图|视频|原创|"
    r"注册|登录|敬请|请|本报|本報|本站|新华社?|中央社|央视|网友|匿名|佚名|网络|未知|获悉|了解|发现|采访|注意|看到|介绍|表示|"
    r"近日|昨日|今日|今天|昨天|日前|走访|近期|来源|链接|图文|全文|首发|作者|个人|所有|原标题|调查|手记|观察|连线|专访|直击|"
    r"探访|实测|体验|评论|每经|公众号|微信|为|系|是)|"
    r"(?:报道|報導|報道|日电|日電|日报|日報|晚报|晚報|新闻|新聞|网|社|电视台|杂志|传媒|财经|公司|大学|大學|学院|研究[院所]|政府|教授|"
    r"博士|委员会|客户端|[摄攝]|责任|工作室|观点|发布|注明|单位|原文|版权|获悉|了解到|[从说称电讯電訊])$"
)
_LINES_OF_HEAD = 14
"""Lines after the headline in which a label without a bracket is a byline rather than part of the text."""


def find(lines: Sequence[str]) -> tuple[str, ...]:
    """The authors that `lines` (the first is the headline's) name by convention; empty when none."""
    edited = editors(lines)
    for convention in (_labelled, _bracketed, _introduced, _signed):
        for place, line in enumerate(lines):
            names = convention(line, in_head=place <= _LINES_OF_HEAD, in_text=place > 1)
            if names and not edited.issuperset(names):
                if convention is _introduced:
                    names = (*names, *_continued(lines[place + 1 : place + 3]))
                return tuple(dict.fromkeys(names))
    return ()


def editors(lines: Sequence[str]) -> frozenset[str]:
    """Whom the lines name as editors."""
    return frozenset(name for line in lines for found in _EDITOR.finditer(line) for name in split_names(found["names"]))


def split_names(text: str) -> tuple[str, ...]:
    """Names out of `樊亮 张明超 记者惠禾`: spaces, commas and roles part them; places and reports go."""
    text = _ROLE.sub(" ", re.sub(rf"发自[{HAN}]+", " ", text)).strip()
    pieces = (piece.strip("·・ ") for piece in re.split(r"[\s\u3000、,，;；/／&和与與\d]+", text))
    return tuple(dict.fromkeys(name for piece in pieces if is_name(name := _unglued(piece))))


def is_name(text: str) -> bool:
    """Two to five characters, more where a dot or a foreign name shows; none of the words that stand in such places."""
    return bool(re.fullmatch(rf"[{HAN}]{{2,5}}|[{HAN}]+[·・•][{HAN}·・•]+", text)) and not _NO_NAME.search(text)


def _unglued(piece: str) -> str:
    found = _GLUED.match(piece) if len(piece) > 3 and is_surname(piece) else None
    return found["name"] if found else piece


def _continued(lines: Sequence[str]) -> Iterator[str]:
    """Names of the lines right below a byline that are bylines too: `本报实习生 甲`, `本报记者 乙 丙`."""
    for line in lines:
        names = _introduced(line)
        if not names:
            return
        yield from names


def _labelled(line: str, *, in_head: bool, **_: bool) -> tuple[str, ...]:
    if len(line) > 90:
        return ()
    line = _OTHERS_AFTER.sub(" ", line)
    found = _LABEL.match(line)
    if found and found["mark"].strip():
        return split_names(_without_others(found["names"] + found["rest"]))
    if found := _LABEL_AFTER.search(line):
        return split_names(found["names"] or found["poster"])
    if found := _NICKNAME.search(line):
        return (found["names"],)
    if not in_head:
        return ()
    for pattern in (_LABEL_INSIDE, _REPORTS, _BEFORE_SOURCE):
        if found := pattern.search(line):
            groups = found.groupdict()
            return split_names(_without_others(groups["names"] or groups.get("last") or ""))
    return ()


def _introduced(line: str, **_: bool) -> tuple[str, ...]:
    """`本报记者 甲 乙` on a line of its own, without a colon."""
    line = _OTHERS_AFTER.sub(" ", line)
    found = _LABEL.match(line) if len(line) <= 40 else None
    if not found or found["mark"].strip() or len(found["rest"]) > 12 or re.search(r"[。摄攝图圖？?]$", line):
        return ()
    return split_names(_without_others(found["names"] + found["rest"]))


def _without_others(text: str) -> str:
    """The text before a role that is not the author's."""
    found = _STANDS_FOR_OTHERS.search(text)
    return text[: found.start()] if found else text


def _bracketed(line: str, **_: bool) -> tuple[str, ...]:
    for found in _BRACKETS.finditer(line):
        names = split_names(_without_others(_IS.sub("", found["inside"])))
        if names:
            return names
    return ()


def _signed(line: str, *, in_text: bool, **_: bool) -> tuple[str, ...]:
    found = _END.search(line)
    if not found or not in_text:
        return ()
    names = split_names(found["names"])
    return names if names and all(is_surname(name) and len(name) <= 4 for name in names) else ()
