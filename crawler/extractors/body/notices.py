"""What lines inside an article's container say when they are not the article: a table of sentences, by kind and
language.

`leads_elsewhere` is for the beginning of a short line, `is_notice` for a sentence anywhere in a paragraph, `is_closing`
for what only counts behind the last paragraphs, `opens_people` and `opens_stories` for headings there, `is_stamp` and
`is_label` for what only counts around all of them.
"""

from __future__ import annotations

import re

from crawler.extractors.alternatives import grouped

# fmt: off
_BEGINNINGS = (
    # en
    r"advert(?:isement)?$", r"all rights reserved", r"also (?:read|see)\b", r"categor(?:y|ies)\s*:", r"click here\b",
    r"comments?$",
    r"continue reading\b", r"copyright\b", r"don.t miss\b", r"filed under", r"follow (?:us|me)\b", r"get the latest",
    r"leave a (?:comment|reply)", r"listen\s*[:|]", r"more (?:from|on|stories)\b", r"more:", r"next:",
    r"more [\w’' -]{0,30}(?:articles|coverage|news|reads|stories)$",
    r"our standards:", r"posted in",
    r"people (?:also ask|are also reading)\b", r"purchase licensing",
    r"read (?:more|also|next|(?:our |the )?full)\b", r"recommended\s*:", r"related reading\b",
    r"related(?: content| stories| articles| links)?\s*(?::|$)", r"see (?:also|more)\b", r"share (?:this|on)\b",
    r"sign up\b",
    r"skip to (?:main )?content", r"subscribe\b", r"tags?\s*(?::|$)", r"thanks for reading\b",
    r"this (?:article|story) (?:first|originally) appeared", r"topics?\s*:", r"view comments",
    r"watch(?: now| live)?\s*[:|]",
    r"what (?:do )?you think\?*$", r"you (?:might|may) also (?:(?:enjoy|like)\W*$|be interested in\b)",
    r"related [\w’' -]{0,40}:$",
    # de
    r"anzeige$", r"externer inhalt", r"lesen sie\b", r"lies auch", r"mehr (?:dazu|lesen)\b",
    r"empfohlener redaktioneller inhalt", r"lest den originalartikel", r"weiterlesen", r"werbung", r">> ",
    r"zur startseite",
    # fr, es, pt, it, nl
    r"lire aussi", r"à lire\b", r"leer más", r"lea también", r"lee también", r"ver también",
    r"ler mais", r"saiba mais", r"lees ook",
    # da, no, sv, pl, tr, ru
    r"les også", r"læs også", r"läs (?:också|mer)", r"czytaj (?:też|także|więcej)", r"zobacz (?:też|także)",
    r"ayrıca bkz", r"читайте (?:также|ещё|еще)",
    # zh
    r"责任编辑", r"責任編輯", r"责编", r"编辑[:：]", r"原标题", r"版权", r"本文来源[:：]",
    r"扫一扫", r"返回", r"特别声明", r"声明[:：]",
    r"关键词[:：]?", r"关键字[:：]?", r"标签[:：]", r"阅读更多", r"更多精彩", r"点击进入", r"上一篇", r"下一篇",
    # ja, ko
    r"あわせて読みたい", r"続きを読む", r"この記事は(?:有料)?会員限定",
    r"무단전재", r"저작권자",
)
_OTHERS = (
    # de, es, pt, it
    r"auch interessant", r"das könnte sie", r"mehr zum thema", r"te puede interesar", r"leia (?:também|mais)",
    r"leggi anche",
    # zh, ja, ko
    r"延伸阅读", r"推荐阅读", r"相关阅读", r"相关新闻", r"相关链接", r"関連記事", r"관련기사",
)
"""Beginnings of lines that lead elsewhere, which are headings of lists of other stories too."""
_STORIES = (
    # en
    r"(?:the )?(?:featured|latest|more|other|popular|recent|related|similar|top|trending)"
    r"(?: [\w’'-]+)? (?:articles?|blogs?|coverage|guides|news|posts?|reads?|stories|topics)",
    r"(?:our|the) (?:latest|popular|recent|related) [\w’'-]+",
    r"related", r"recommended(?: (?:articles|for you|reading|stories))?", r"(?:read|up|what to read) next",
    r"you (?:might|may) also (?:like|enjoy|be interested in)(?: these)?.{0,20}", r"keep reading",
    r"more (?:from|in|like this|on)\b.{0,40}", r"continue reading", r"most (?:popular|read)",
    # de, fr, es, pt
    r"weitere (?:artikel|beiträge|meldungen|themen)",
    r"à lire aussi", r"articles? (?:liés|récents|similaires)", r"sur le même sujet",
    r"artículos relacionados", r"noticias relacionadas", r"notícias relacionadas",
    # zh, ja, ko
    r"相关(?:文章|推荐)", r"猜你喜欢", r"热门(?:推荐|文章|新闻)", r"関連ニュース", r"관련 기사",
)
_PEOPLE = (
    # en
    r"about (?:the )?(?:authors?|contributors?|editors?|experts?|reviewers?|writers?)",
    r"(?:authors?|writer) bio(?:graphy)?s?", r"meet the (?:authors?|contributors?|experts?|writers?)",
    # de, fr, es, pt
    r"über (?:den autor|die autorin|die autoren)", r"à propos de l.auteure?",
    r"sobre (?:el autor|la autora|o autor|a autora)",
    # zh, ja
    r"作者简介", r"作者介绍", r"关于作者", r"この記事を書いた人", r"著者(?:紹介|プロフィール)",
)
_SENTENCES = (
    # what the publisher earns

    r"we (?:may|might|can|could) (?:earn|receive|get|make|be paid)[^.]{0,40}(?:commission|compensation|money|payment)",
    r"(?:contains?|includes?|are|sind) affiliate[- ]links?", r"affiliate[- ]links?\. ", r"affiliate disclosure",
    # consent, scripts, walls
    r"(?:requires?|enable|aktivieren sie|activer|habilite|active) javascript",
    r"javascript is (?:disabled|not|required)",
    r"externen inhalt von", r"inhalte von \w+ angezeigt", r"drittplattformen", r"please enter a valid e-?mail",
    r"content is reserved for subscribers", r"already (?:a )?subscribe[rd]", r"to continue reading",
    r"this (?:article|content|story) is (?:only )?(?:available )?(?:for|to) (?:our )?(?:subscribers|members)",
    r"会員限定", r"無料で会員登録",
    r"subscription has been confirmed", r"thanks for signing up", r"keep an eye on your inbox",
    # what the publisher sells or asks for
    r"\d+ (?:wochen|monate) (?:kostenlos|gratis) (?:lesen|testen)", r"join our commenting forum",
    r"join thought-provoking conversations",
    r"(?:hier geht es zur|laden sie (?:sich )?(?:hier )?die) [^.]{0,40}\bapp\b",
    # law
    r"(?:no rights or credit claimed|rights reserved for writing)", r"icp备\s*\d", r"icp[备證证]\d", r"许可证编号",
    r"不良信息举报",
    r"未经(?:许可|授权)",
    r"版权所有", r"only provides? information storage", r"this website uses cookies",
    r"the (?:content|opinions?) (?:above|expressed)[^.]{0,60}(?:uploaded|posted|solely)",
)
_CLOSINGS = (
    r"follow (?:him|her|them|me|us)\b[^.]{0,40} (?:on|at|@)", r"^have a tip\b", r"^disclaimer\b",
    r"^\W*contact (?:staff writer|reporter)\b", r"^(?:contributing|with contributions from)\b[^.]{0,20}:",
    r"\bfor (?:educational|information(?:al)?) purposes only\b",
    r"^(?:includes information|with (?:files|reporting)) (?:by|from) ",
    r"^about the author\b", r"^contact (?:the author|us)\b",
    r"newsletters?\b", r"\binbox\b", r"^download (?:the|our)\b", r"^get (?:the|our) .{0,40}app\b",
    r"^\W*(?:©|\(c\)|copyright)", r"^(?:source|quelle|fuente|fonte|kaynak|来源|来自|稿源|文章来源)\s*[:：]",
    r"^\W*(?:编辑|校对|审核|监制|责编|责任编辑|记者|作者|来源|编审|主编|值班)[^，。]{0,3}[:：|丨]",
    r"^(?:mit material|mit agenturmaterial|dpa|afp|reuters|ap|sda|apa)[\W\w]{0,30}$",
)
# fmt: on

# Lower-case expressions on lower-cased text: with IGNORECASE a search takes three times as long.
_LEADS = re.compile(r"^\W*" + grouped((*_BEGINNINGS, *_OTHERS)))
_OPENS_STORIES = re.compile(rf"\W*(?:{grouped(_STORIES)}|{grouped(_OTHERS)}.{{0,20}})\W*")
_OPENS_PEOPLE = re.compile(rf"\W*{grouped(_PEOPLE)}\W*")
_NOTICE = re.compile(grouped(_SENTENCES))
_CLOSING = re.compile(grouped(_CLOSINGS))

# fmt: off
_DATED = (
    "actualizado", "aggiornato", "aktualisiert", "am", "atualizado", "date", "last modified", "last updated",
    "mis à jour", "modified", "on", "opublikowano", "posted", "pubblicato", "publicado", "publié", "published",
    "release date", "stand", "updated", "veröffentlicht", "обновлено", "опубликовано",
    "公開", "公開日", "发布", "发布于", "发布日期", "发布时间", "发表", "发表于", "发表时间", "掲載", "日期", "时间",
    "更新", "更新日", "更新日時", "更新时间", "發布", "發布時間", "配信", "등록", "수정", "승인", "입력",
)
_DAYS = (
    r"(?:19|20)\d\d\s?[-./年년]\s?\d{1,2}\s?[-./月월]\s?\d{1,2}\s?[日일.]?",
    r"\d{1,2}[./]\d{1,2}[./](?:19|20)?\d\d",
    r"\d{1,2}\.? (?:de )?[^\W\d]{3,9}\.? (?:de )?(?:19|20)\d\d",
    r"[^\W\d]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d",
)
_CLOCK = (
    r"\W{1,3}(?:um|at|à|às|a las|alle|klo|kl\.?|上午|下午|午前|午後|오전|오후)?\s?\d{1,2}\s?[:.h時时]\s?\d\d"
)
_LABELS = (
    r"\W*(?:by|crédits? photos?|fonte|fotos?|fuente|par|photos?|por|quelle|source|stand|text|von)\s?[:：]",
    r"\W*(?:audio|news|video)\W*$",
    r"\W*(?:阅读时间|lesedauer|lesezeit|lukuaika|leestijd|temps de lecture|tempo di lettura|tiempo de lectura)\b",
    r"\W*\d{1,3}[\s-]?(?:min(?:s|uten?|utes?|utos|uti)?\b|分|мин).{0,16}$",
    r"\W*(?:本刊|本台|本报|本网|实习|特约|见习)?(?:作者|图|实习生|文|校对|编辑|记者|责编|通讯员)[\s:：/｜|]",
    r"[^@]*\S@[\w-]+\.\w",
)
# fmt: on
_DAY, _REST = grouped(_DAYS), r"[^.。！？!?]{0,60}$"
_STAMP = re.compile(
    rf"\W*(?:{grouped(_DATED)}\s?(?:am|el|em|il|le|on)?\s?[:：]?\s?{_DAY}{_REST}|{_DAY}(?:{_CLOCK}{_REST}|\W*$))"
)
_LABEL = re.compile(grouped(_LABELS))
_NAME = r"[^\W\d_a-z][\w.'’-]{0,30}"
_BYLINE = re.compile(rf"\W*(?:By|BY|Von|Par|Por) {_NAME}(?:,? (?:(?:and|und|et|y|e|&) )?{_NAME}){{0,7}}\W*")
_IS = re.compile(
    r"(?:,[^.,]{2,80},|\s?\([^)]*\))? (?:is|was|are|ist|war|est|es|è|é) "
    r"(?:an?|the|one|our|ein|eine|der|die|un|une|uno|una|um|uma|le|la|[\w.’']+['’]s)\b"
)
_INITIALS = re.compile(r"\W*(?:[^\W\d_]{2,8}/)*[^\W\d_a-z]{2,8}(?:/[^\W\d_]{2,8})*\W*")
"""Of people or agencies."""


def leads_elsewhere(text: str) -> bool:
    """Whether a short line begins like one that leads to something else."""
    return _LEADS.match(text.lower()) is not None


def is_notice(text: str) -> bool:
    """Whether a paragraph is a disclosure, a demand, a legal line."""
    return _NOTICE.search(text.lower()) is not None


def is_closing(text: str) -> bool:
    """Whether a paragraph at the end says who made the article, or asks for something."""
    return _CLOSING.search(text.lower()) is not None


def is_about(text: str, name: str) -> bool:
    """Whether a line says who this is; both in lower case."""
    return text.startswith(name) and _IS.match(text[len(name) :]) is not None


def opens_people(text: str) -> bool:
    """Whether a heading opens a section that tells who the author is."""
    return _OPENS_PEOPLE.fullmatch(text.lower()) is not None


def opens_stories(text: str) -> bool:
    """Whether a heading opens a list of other stories."""
    return _OPENS_STORIES.fullmatch(text.lower()) is not None


def is_stamp(text: str) -> bool:
    """Whether a line says nothing but when (and perhaps where and by whom) something was published."""
    return _STAMP.match(text.lower()) is not None


def is_label(text: str) -> bool:
    """Whether a short line around a text says who or what kind, although it stands there like a paragraph."""
    return (
        is_stamp(text)
        or _LABEL.match(text.lower()) is not None
        or _BYLINE.fullmatch(text) is not None
        or ((text.isupper() or "/" in text) and _INITIALS.fullmatch(text) is not None)
    )
