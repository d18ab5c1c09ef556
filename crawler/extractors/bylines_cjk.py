"""Bylines as Chinese, Japanese and Korean newspapers set them: in words and brackets, where Europe uses markup.

In: the page's lines from the headline on. Out: the first names that a convention marks. An editor (责任编辑) and a
source (来源) are never an author.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_HAN = r"\u3400-\u9fff"
_NAME = rf"[{_HAN}](?:[{_HAN}]|[·・•][{_HAN}]){{1,9}}"
_NAMES = rf"(?P<names>[{_HAN}][{_HAN}·・•、，,&/／\s]{{1,60}})"
"""Names and what parts them; `split_names` tells which are names. One class: alternatives would backtrack for ever."""

_REPORTER = (
    rf"(?:[{_HAN}·]{{0,12}}?(?:记\s?者|記者|通讯员|通訊員|特派员)|作\s?者|撰\s?[文稿]|采写|採寫|執筆|执笔|文字|"
    r"文(?:\s?[/／、]?\s?[图圖])?(?=\s?[/／丨|｜：:\s]))"
)
_STANDS_FOR_OTHERS = re.compile(
    r"编辑|編輯|责编|責編|校对|摄影|攝影|剪辑|审核|监制|制作|摄像|美编|排版|值班|主编|图片?$|视频|出品|来源|來源|"
    r"发布|版权|出处|供图|运营"
)
_ROLE = re.compile(
    rf"(?:(?<![{_HAN}])[{_HAN}]{{0,8}}?)?"
    r"(?:记\s?者|記者|通讯员|通訊員|作\s?者|撰\s?[文稿]|采写|执笔)\s?[:：/／|丨｜]?\s?"
)
_LABEL = re.compile(
    rf"^[□■●◎◆▲○\s\[【（(《\u3000]*(?:《\w+》)?{_REPORTER}\s?(?P<mark>[:：/／丨|｜＊*]|\s|"
    rf"(?=[{_HAN}]))\s?{_NAMES}(?P<rest>.*)$"
)
_LABEL_INSIDE = re.compile(
    rf"(?:作\s?者|撰\s?文|采写|执笔|记\s?者|記者|(?<![{_HAN}])文)\s?[:：/／丨|｜]\s?{_NAMES}|"
    rf"(?:^|[|｜\s])作\s?者\s?(?P<last>{_NAME})$"
)
_LABEL_AFTER = re.compile(
    rf"(?:记者|記者)\s?(?P<names>{_NAME}(?:[、\s]{_NAME})*?)\s?[/／]\s?文|本[贴帖]由\s?(?P<poster>{_NAME})\s?于"
)
_EDITOR = re.compile(rf"(?:编\s?辑|編輯|责编|責編)\s?[:：]?\s?{_NAMES}")
_BRACKETS = re.compile(
    rf"[（(【\[]\s?(?:[{_HAN}·\s]{{0,14}}?(?:记\s?者|記者|通讯员|作\s?者)|"
    rf"文\s?[/／]?\s?图?)\s?[:：/／]?\s?(?P<inside>[^（()）【】\[\]。]{{2,60}})[)）】\]]"
)
_END = re.compile(rf"(?:^|[。！？!?”…」])\s?[（(【]\s?{_NAMES}(?P<place>\s?[{_HAN}]{{2,4}}(?:报道|电|讯))?\s?[)）】]$")
_REPORTS_FROM = re.compile(
    rf"^[{_HAN}]{{2,8}}(?:记者|記者)\s?{_NAMES}(?:\s?[{_HAN}]{{2,6}}(?:报道|电|讯)|发自[{_HAN}]{{2,6}})?$"
)
_PLACE = re.compile(rf"发自[{_HAN}]+|[{_HAN}]{{2,6}}(?:报道|电|讯)$")
_NO_NAME = re.compile(
    r"受访|联系|简介|出自|^(?:完|图|上|下|组图|资料图?片?|化名|记者|編集部|编辑部|综合|整理|转载|未完待续|见图|视频|原创|注册|登录|敬请|"
    r"请|本报|本站|新华社?|央视|网友|匿名|佚名|网络|"
    r"未知|电|讯|从|在|对|于|获悉|了解|发现|采访|注意|看到|介绍|表示|说|称|问|近日|昨日|今日|今天|昨天|日前|走访|"
    r"联系|近期|来源|链接|图文|全文|首发|作者|个人|所有|原标题)|"
    r"(?:报道|日报|晚报|新闻|网|社|电视台|杂志|传媒|公司|大学|学院|研究[院所]|政府|教授|博士|委员会|客户端|摄|责任|工作室|"
    r"观点|发布|注明|单位|原文|版权|获悉|了解到|从|说|称)$"
)
SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛"
    "闫段雷龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向常汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲"
    "翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇"
    "桑郎甄丛仲虞敖巩明佘池查麻苑迟邝封官谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相"
    "張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧鍾譚陸範賈鄒龍陶賀顧龔萬錢嚴莊聶魯歐關蘭紀單畢塗盛駱藍遊農繆簡項連蘆麥婁竇應閔鄔邊師榮叢鞏談樂鳥閻慮欒"
)
_COMPOUND_SURNAMES = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "令狐",
    "慕容",
    "司徒",
    "夏侯",
    "歐陽",
)

_JA = rf"{_HAN}ぁ-んァ-ヴー々"
_JAPANESE_END = re.compile(
    rf"[【（(\[［]\s?(?:(?:[{_HAN}ァ-ヴー]{{2,10}}[=＝・])?"
    rf"(?P<names>[{_JA}]{{2,6}}(?:[\s　・、,][{_JA}]{{1,6}}){{0,3}}))"
    r"\s?(?:記者)?[】）)\]］]$"
)
_JAPANESE_LABEL = re.compile(
    rf"^(?:取材[・･]?文?|文|文責|執筆者?|ライター|聞き手|著者|筆者|構成|編集委員|"
    rf"記者)\s?[:：/／=＝・･]\s?(?P<names>[{_HAN}ぁ-んァ-ヴー々\s　、,・]{{2,30}})$"
)
_JAPANESE_REPORTER = re.compile(rf"^(?P<names>[{_HAN}々]{{2,6}}(?:[\s　][{_HAN}ぁ-ん々]{{1,4}})?)\s?記者$")
_KOREAN = re.compile(
    r"(?:^|[\s=\[(/|])(?P<names>[가-힣]{2,4}(?:\s?[·,ㆍ]\s?[가-힣]{2,4}){0,3})\s?(?:선임|인턴|수습|전문|"
    r"객원)?\s?(?:기자|특파원|논설위원|에디터)(?=$|[\s=\]\)/|,])"
)
_KANA = re.compile(r"[ぁ-んァ-ヴ]")
_LINES_OF_HEAD = 14
"""Lines after the headline in which a label without a bracket is a byline rather than part of the text."""


def find(lines: Sequence[str], language: str) -> tuple[str, ...]:
    """The authors that `lines` (the first is the headline's) name by convention; empty when none."""
    if language == "ja":
        return next(_japanese(lines), ())
    if language == "ko":
        return next(_korean(lines), ())
    return next(_chinese(lines), ())


def is_surname(text: str) -> bool:
    """Whether a Chinese name begins as family names do."""
    return text[:1] in SURNAMES or text.startswith(_COMPOUND_SURNAMES)


def split_names(text: str) -> tuple[str, ...]:
    """Names out of `樊亮 张明超 记者惠禾`: spaces, commas and roles part them."""
    text = _PLACE.sub("", _ROLE.sub(" ", text)).strip()
    pieces = [piece.strip("·・ ") for piece in re.split(r"[\s\u3000、,，;；/／&和与]+", text)]
    return tuple(dict.fromkeys(piece for piece in pieces if is_name(piece)))


def is_name(text: str) -> bool:
    """Two to four characters, more where a dot or a foreign name shows; none of the words that stand in such places."""
    return bool(re.fullmatch(rf"[{_HAN}]{{2,5}}|[{_HAN}]+[·・•][{_HAN}·・•]+", text)) and not _NO_NAME.search(text)


def _chinese(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    editors = {name for line in lines for found in _EDITOR.finditer(line) for name in split_names(found["names"])}
    for convention in (_labelled, _bracketed, _introduced, _signed):
        for place, line in enumerate(lines):
            names = convention(line, in_head=place <= _LINES_OF_HEAD, in_text=place > 1)
            if names and not editors.issuperset(names):
                yield names


def _labelled(line: str, *, in_head: bool, **_: bool) -> tuple[str, ...]:
    if len(line) > 90:
        return ()
    found = _LABEL.match(line)
    if found and found["mark"].strip():
        return split_names(_without_others(found["names"] + found["rest"]))
    if found := _LABEL_AFTER.search(line):
        return split_names(found["names"] or found["poster"])
    if in_head and (found := _LABEL_INSIDE.search(line)):
        return split_names(_without_others(found["names"] or found["last"]))
    return ()


def _introduced(line: str, **_: bool) -> tuple[str, ...]:
    """`本报记者 甲 乙` on a line of its own, without a colon."""
    found = _LABEL.match(line) if len(line) <= 40 else None
    if not found or found["mark"].strip() or len(found["rest"]) > 12 or re.search(r"[。摄攝图圖]$", line):
        return ()
    return split_names(_without_others(found["names"] + found["rest"]))


def _without_others(text: str) -> str:
    found = _STANDS_FOR_OTHERS.search(text)
    return text[: found.start()] if found else text


def _bracketed(line: str, **_: bool) -> tuple[str, ...]:
    for found in _BRACKETS.finditer(line):
        names = split_names(_without_others(found["inside"]))
        if names:
            return names
    return ()


def _signed(line: str, *, in_text: bool, **_: bool) -> tuple[str, ...]:
    found = _END.search(line)
    if not found or not in_text:
        return ()
    names = split_names(found["names"])
    return names if names and all(is_surname(name) and len(name) <= 4 for name in names) else ()


def _japanese(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        for pattern in (_JAPANESE_LABEL, _JAPANESE_REPORTER):
            if len(line) < 60 and (found := pattern.search(line)):
                yield tuple(filter(None, (name.strip() for name in re.split(r"[、,]", found["names"]))))
    for place, line in enumerate(lines):
        found = _JAPANESE_END.search(line) if place > 1 else None
        if found and len(line) > 20 and not re.search(r"写真|撮影|提供|共同|時事|ロイター|AFP", found[0]):
            yield tuple(filter(None, (name.strip() for name in re.split(r"[、,]", found["names"]))))


def _korean(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for line in lines:
        if len(line) < 60 and (found := _KOREAN.search(line)):
            yield tuple(filter(None, (name.strip() for name in re.split(r"[·,ㆍ]", found["names"]))))
