"""What lines inside an article's container say when they are not the article: a table of sentences, by kind and
language.

`leads_elsewhere` is for the beginning of a short line, `is_notice` for a sentence anywhere in a paragraph, `is_closing`
for what only counts behind the last paragraphs.
"""

from __future__ import annotations

import re

from .alternatives import grouped

# fmt: off
_BEGINNINGS = (
    # en
    r"advert(?:isement)?$", r"all rights reserved", r"also (?:read|see)\b", r"categor(?:y|ies)\s*:", r"click here\b",
    r"comments?$",
    r"continue reading\b", r"copyright\b", r"don.t miss\b", r"filed under", r"follow (?:us|me)\b", r"get the latest",
    r"leave a (?:comment|reply)", r"listen\s*[:|]", r"more (?:from|on|stories)\b", r"more:", r"next:",
    r"our standards:", r"posted in",
    r"purchase licensing", r"read (?:more|also|next|the full|full)\b", r"recommended\s*:", r"related reading\b",
    r"related(?: content| stories| articles| links)?\s*(?::|$)", r"see (?:also|more)\b", r"share (?:this|on)\b",
    r"sign up\b",
    r"skip to (?:main )?content", r"subscribe\b", r"tags?\s*(?::|$)", r"thanks for reading\b",
    r"this (?:article|story) (?:first|originally) appeared", r"topics?\s*:", r"view comments",
    r"watch(?: now| live)?\s*[:|]",
    r"what (?:do )?you think\?*$",
    # de
    r"anzeige$", r"auch interessant", r"das könnte sie", r"externer inhalt", r"lesen sie\b", r"lies auch",
    r"mehr (?:zum thema|dazu|lesen)\b",
    r"empfohlener redaktioneller inhalt", r"lest den originalartikel", r"weiterlesen", r"werbung", r">> ",
    r"zur startseite",
    # fr, es, pt, it, nl
    r"lire aussi", r"à lire\b", r"leer más", r"lea también", r"lee también", r"te puede interesar", r"ver también",
    r"ler mais",
    r"leia (?:também|mais)", r"saiba mais", r"leggi anche", r"lees ook",
    # da, no, sv, pl, tr, ru
    r"les også", r"læs også", r"läs (?:också|mer)", r"czytaj (?:też|także|więcej)", r"zobacz (?:też|także)",
    r"ayrıca bkz", r"читайте (?:также|ещё|еще)",
    # zh
    r"责任编辑", r"責任編輯", r"责编", r"编辑[:：]", r"原标题", r"版权", r"本文来源[:：]",
    r"扫一扫", r"返回", r"特别声明", r"声明[:：]",
    r"关键词[:：]?",
    r"关键字[:：]?", r"标签[:：]", r"阅读更多", r"延伸阅读", r"推荐阅读", r"相关阅读",
    r"相关新闻", r"相关链接", r"更多精彩", r"点击进入",
    r"上一篇", r"下一篇",
    # ja, ko
    r"関連記事", r"あわせて読みたい", r"続きを読む", r"この記事は(?:有料)?会員限定", r"관련기사",
    r"무단전재", r"저작권자",
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
    # law
    r"(?:no rights or credit claimed|rights reserved for writing)", r"icp备\s*\d", r"icp[备證证]\d", r"许可证编号",
    r"不良信息举报",
    r"未经(?:许可|授权)",
    r"版权所有", r"only provides? information storage", r"this website uses cookies",
    r"the (?:content|opinions?) (?:above|expressed)[^.]{0,60}(?:uploaded|posted|solely)",
)
_CLOSINGS = (
    r"(?:may|can) be reached (?:at|on|via)",
    r"follow (?:him|her|them|me|us)\b[^.]{0,40} (?:on|at|@)", r"^have a tip\b", r"^disclaimer\b",
    r"^about the author\b", r"^contact (?:the author|us)\b",
    r"newsletters?\b", r"\binbox\b", r"^download (?:the|our)\b", r"^get (?:the|our) .{0,40}app\b",
    r"^\W*(?:©|\(c\)|copyright)", r"^(?:source|quelle|fuente|fonte|kaynak|来源|来自|稿源|文章来源)\s*[:：]",
    r"^\W*(?:编辑|校对|审核|监制|责编|责任编辑|记者|作者|来源|编审|主编|值班)[^，。]{0,3}[:：|丨]",
    r"^(?:mit material|mit agenturmaterial|dpa|afp|reuters|ap|sda|apa)[\W\w]{0,30}$",
)
# fmt: on

# Lower-case expressions on lower-cased text: with IGNORECASE a search takes three times as long.
_LEADS = re.compile(r"^\W*" + grouped(_BEGINNINGS))
_NOTICE = re.compile(grouped(_SENTENCES))
_CLOSING = re.compile(grouped(_CLOSINGS))


def leads_elsewhere(text: str) -> bool:
    """Whether a short line begins like one that leads to something else."""
    return _LEADS.match(text.lower()) is not None


def is_notice(text: str) -> bool:
    """Whether a paragraph is a disclosure, a demand, a legal line."""
    return _NOTICE.search(text.lower()) is not None


def is_closing(text: str) -> bool:
    """Whether a paragraph at the end says who made the article, or asks for something."""
    return _CLOSING.search(text.lower()) is not None
