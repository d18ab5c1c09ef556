"""A byline's text → names of people.

In: texts such as `By Jane Doe and John Roe, Washington`. Out: `("Jane Doe", "John Roe")`; nothing that is no name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile

from crawler.extractors.bylines.ko import reporters
from crawler.extractors.bylines.surnames import is_surname
from crawler.extractors.bylines.zh import split_names

KINDS = (
    r"analys[ei]s?|an[aá]lisis|art[ií]c[ou]lo|chronique|comment(?:ary)?|entretien|essay|gastbeitrag|interview|kommentar|"
    r"opinion|report|reportage|review|story"
)
"""What a byline may call the text: `Ein Kommentar von …`, `Analysis by …`."""
REPORTED = (
    r"aus\s+\w+\s+bericht(?:et|en)|dal(?:la)? nostr[oa] (?:corrispondente|inviat[oa])|oprac\.|propos recueillis par"
)
"""What stands before a name in place of `by`: `Aus Kiew berichtet …`."""
_PREFIX = re.compile(
    rf"^(?:(?:an?|eine?|une?|una)\s+)?(?:(?:{KINDS})\s+)?"
    r"(?:(?:(?:written|reported|posted|words|text|published)\s+)?by(?:\s*:|\s+|(?=[A-Z][a-z]))|"
    rf"(?:{REPORTED})\s+|"
    r"(?:af|av|da|de|di|door|oleh|par|por|przez|von|yazan|автор)(?:\s*:\s*|\s+)|"
    r"(?:text[eo]?|testo|autore?s?|auteurs?|autorin/autor|autor(?:in|ka)|authors?|skribent|foto|quelle|źródło|"
    r"yazar|haber|kirjoittaja|szerző|reporter|napsala?|napisała?|penulis|tác giả|autori|автори|текст|"
    r"كتبت?|بقلم|تحرير|نویسنده|מאת|γράφει(?: [οη])?|โดย)\s*:?\s+|"
    r"(?:作\s*者|撰\s*文|撰稿|采写|记\s*者|記\s*者|文)\s*[:：/／|｜●◎]?\s*)",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"\s*(?:[,;|｜•、，；\n]|\s/\s|(?<=[\u2e80-\u9fff])[/／]|/(?=(?-i:[A-Z]))|\s[-–—]\s)\s*"
    r"|\s+(?:and|und|et|y|e|och|og|ja|with|mit|avec|con|as told to|&|·)\s+|(?<=[\u2e80-\u9fff])\s*&\s*",
    re.IGNORECASE,
)
_DASH = re.compile(r"\s[-–—]\s")
_BRACKETED = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]")
_ROLE = re.compile(
    r"^(?:.*[\s-])?(?:analysts?|authors?|columnists?|contributors?|correspondents?|critics?|editors?(?:-in-chief|-at-large)?|"
    r"freelancers?|historian|journalists?|photographers?|producers?|reporters?|staff|writers?|"
    r"autorin|chefredakteur(?:in)?|korrespondent(?:in)?|redakteur(?:in)?|reporterin|ressortleiter(?:in)?|volontär(?:in)?|"
    r"journaliste|correspondante?|rédacteur|rédactrice|envoyée?|spéciale?|corresponsal|periodista|redactora?|enviad[oa]|"
    r"giornalista|inviat[oa]|redattore|redattrice|jornalista|repórter|correspondente|redacteur|verslaggever|journalisten?|"
    r"korrespondenten|dziennikarz|dziennikarka|redaktor(?:ka)?|корреспондент|обозреватель|журналист|редактор|muhabiri?|"
    r"editörü?)\.?$|"
    r"^(?:cfp|cpa|dds|jd|jr|m\.?d|mba|nsca-cpt|ph\.?d|rd|rn|sr)\.?$",
    re.IGNORECASE,
)
_WHENCE = re.compile(r"\s+(?:(?i:for)|à|at|aus|em|en|from|in|on)\s+(?=[A-Z\d]).*$")
"""`Jane Doe in London`, `John Roe for Example.com`."""
_NO_BYLINE = re.compile(
    r"https?:|//|www\.|(?:bild|contributions?|(?:copy|fact-)?edited|credit|fact[ -]checked|fotos?|grafik|"
    r"illustrat(?:ed|ions?)|image|(?:medically )?reviewed|photo(?:s|graph\w*)?|styled|translated|video|©)(?!\w)",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"https?:|www\.|[@©<>(){}（）\[\]=#]|\.(?:com|de|net|org|cn)$|\d.*[\s.]|[\s.].*\d|\sat\s|"
    r"^(?:and|avec|by|con|et|mit|och|og|par|por|und|von|with)$|\s(?:by|de|di|from|par|por|von)$|"
    r"^(?:admin|administrator|editors?|staff|redaktion|redazione|redacción|redacao|redação|rédaction|newsroom|"
    r"news desk|agenturen|agencies|"
    r"agencias|agenzie|red|unknown|anonymous|null|none|undefined|n/a|guest|press release|wire|editorial|webmaster|"
    r"root|powered|updated|"
    r"published|share|follow|bio|read more|facebook|twitter|instagram|linkedin|email|author|autor|contact|about|"
    r"comments?|minutes?|min read|publi[ée]e?|mehr|"
    r"(?:learn|meet|read|see|show|view|visit)\s(?:all|archive|articles?|bio|full|more|posts?|profile|the author)\b.*|"
    r"小编|编辑|佚名|未知|本站|网络|整理|转载请注明|转载|原创|注册|登录|总阅读|文章|访问统计|匿名)$|"
    r"[【】《》。！？]|^该|(?:作者|文章|专栏|更多|全部|公司|集团|网|新闻|日报|晚报|客户端|企鹅号|工作室|官方|频道|杂志|电视台|政府|委员会|出版社|编辑部|編輯部|編集部|报道|報導)$|发表[于在]|發表在",
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    r"\b(?:times|press|news|post|journal|tribune|magazine|daily|weekly|herald|gazette|media|network|agency|agencies|"
    r"reuters|afp|dpa|ajansı|agentur|agence|agencia|agenzia|"
    r"apa|sda|sid|ap|ansa|efe|tass|ntb|tt|ritzau|belga|bloomberg|zeitung|nachrichten|redaktion|rédaction|redacción|"
    r"online|radio|tv|"
    r"team|desk|staff|group|inc|llc|gmbh|university|institute|associated|international)\b|\.[a-z]{2,3}$",
    re.IGNORECASE,
)
_ABBREVIATED = re.compile(r"(?:\b[A-Z]|Jr|Sr)\.$")
_PICTURES = re.compile(
    r"[\s,;|/–-]+(?:(?:with\s+)?(?:photo(?:graph)?s?|fotos?|bilde?r?|illustrations?|pictures?|video)"
    r"(?:\s*:|\s+(?:by|von|par|por|di)\s)).*$",
    re.IGNORECASE,
)
"""Whose the pictures are: behind the author of the words."""
_PICTURED = re.compile(
    r"(?:[,;&/]|\s(?:and|e|en|et|och|og|und|y)\s)\s*[^,;&/()]{3,40}\((?:bild|foto|grafik|illustration|photo|video)\w*\)",
    re.IGNORECASE,
)
_JOB = re.compile(
    r"\b(?:ceo|cfo|chief|co-?founder|consultant|cto|director|executive|fellow|founder|head of|lecturer|manager|officer|"
    r"president|professor|scientist)\b",
    re.IGNORECASE,
)
"""`Jane Doe, Vice President, Example Division`: from here on nobody is named."""
_AGENCY = re.compile(
    r"(?:the\s+)?(?:afp|ani|ansa|anp|apa?|associated press|belga|bloomberg|cna|čtk|dpa(?:/\w{2,4})?|efe|epd|ians|kna|"
    r"kyodo|lusa|mti|ntb|pap|pti|reuters|ritzau|sda|sid|stt|tanjug|tass|tt|upi|xinhua|yonhap)",
    re.IGNORECASE,
)
_KOREAN_ROLE = re.compile(
    r"(?<=[가-힣])\s*(?:선임|인턴|수습|전문|객원)?\s*(?:기자|특파원|논설위원|에디터)(?:\s*외\s*\d+명)?$"
)
_CHINESE_ROLE = re.compile(r"^\S{1,12}(?:作家|撰稿人|评论员|評論員|研究员|研究員)\s+(?=[\u3400-\u9fff]{2,4}$)")
_JAPANESE_ROLE = re.compile(r"(?<=[\u3040-\u9fff])\s*(?:記者|編集委員|特派員|論説委員|さん|氏)$")


LONGEST = 300
"""Characters of a byline that are read."""


def people(texts: Iterable[str], portal: Iterable[str] = ()) -> tuple[str, ...]:
    """The people in `texts` in order, each once. `portal` names and organisations are left out."""
    return tuple(name for name in named(texts, portal) if not _ORGANISATION.search(name) and not is_agency(name))


def named(texts: Iterable[str], portal: Iterable[str] = ()) -> tuple[str, ...]:
    """As `people`, with organisations."""
    known = {key(name) for name in portal}
    found: dict[str, str] = {}
    for text in texts:
        text = " ".join(text[:LONGEST].replace("\u200b", "").split())
        if not text or is_credit(text) or key(text) in known:
            continue
        text = _PICTURED.sub("", _PICTURES.sub("", text))
        pieces = reporters(text) or _SPLIT.split(_BRACKETED.sub("", _before_dash(_PREFIX.sub("", text))))
        pieces = [*pieces[:1], *takewhile(lambda piece: not _JOB.search(piece), pieces[1:])]
        names = [name for piece in pieces for name in _cleaned(piece) if is_name(name)]
        whole = any(" " in name for name in names)
        for name in names:
            # `Jane Doe, Köln` and `Jane Doe, AFP`: beside full names a single word is a place or an agency.
            if key(name) not in known and not (whole and " " not in name and name[0] < "\u2e80"):
                found.setdefault(key(name), name)
    return tuple(found.values())


def _before_dash(text: str) -> str:
    """`Jane Doe, Example - London`: places and publications stand behind a dash."""
    before = _DASH.split(text, maxsplit=1)[0]
    return before if " " in before and is_name(_SPLIT.split(before)[0]) else text


def is_name(text: str) -> bool:
    """Whether the text can be a person's name."""
    if not 2 <= len(text) <= 50 or len(text.split()) > 6 or _NO_NAME.search(text) or _ROLE.match(text):
        return False
    letters = sum(character.isalpha() for character in text)
    return letters >= 2 and letters * 10 >= len(text) * 6


def is_credit(text: str) -> bool:
    """Whether a text names who did something else than write: took the pictures, edited, reviewed."""
    return _NO_BYLINE.match(text) is not None


def is_agency(name: str) -> bool:
    """Whether a name is that of a news agency."""
    return _AGENCY.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def key(name: str) -> str:
    """What makes two spellings of a name one."""
    return "".join(character for character in unicodedata.normalize("NFKC", name).casefold() if character.isalnum())


def _cleaned(piece: str) -> tuple[str, ...]:
    name = _WHENCE.sub("", _PREFIX.sub("", piece.strip(" :-–—·•|*“”\"'"))).strip()
    name = name if _ABBREVIATED.search(name) else name.rstrip(".")
    name = _JAPANESE_ROLE.sub("", _KOREAN_ROLE.sub("", _CHINESE_ROLE.sub("", name)))
    if re.fullmatch(r"[\u3400-\u9fff\s]+", name) and (" " in name or "记者" in name):
        pieces = split_names(name)
        if pieces and all(map(is_surname, pieces)):  # else 大渡 美咲: one person, family name first
            return pieces
    return (name,)
