"""Text in many languages is decoded without mojibake, with true declarations, false ones and none.

Every encoding of the WHATWG standard is tried.
"""

from __future__ import annotations

import pytest

from crawler.extractors.charset import decode
from crawler.extractors.charset.encodings import CODECS, encoding_named

CHINESE = "吉林省纪委监委根据省委部署，扎实开展监督执纪问责工作，针对疫情防控中党员干部思想松懈等问题依规依纪严肃追责。"
TAIWANESE = "行政院今天表示，臺灣的經濟發展仍然需要更多的投資，政府將會繼續與各界溝通，並說明新政策的內容與時程。"
JAPANESE = "政府は今日、新しい経済対策を発表した。首相は記者会見で、国民の生活を守るために必要な措置だと述べた。"
KOREAN = "정부는 오늘 새로운 경제 대책을 발표했다. 대통령은 기자회견에서 국민의 생활을 지키기 위해 필요하다고 말했다."
RUSSIAN = "Правительство сегодня объявило о новых мерах поддержки экономики. Я думаю, они необходимы, сказал министр."
UKRAINIAN = "Уряд сьогодні оголосив про нові заходи підтримки економіки. Міністр сказав, що їх чекає вся країна."
BULGARIAN = "Правителството обяви днес нови мерки в подкрепа на икономиката. Министърът каза, че те са необходими."
GREEK = "Η κυβέρνηση ανακοίνωσε σήμερα νέα μέτρα για την οικονομία. Άλλα μέτρα θα ακολουθήσουν, είπε ο πρωθυπουργός."
HEBREW = "הממשלה הודיעה היום על צעדים חדשים לתמיכה בכלכלה. ראש הממשלה אמר שהם נחוצים כדי להגן על האזרחים."
ARABIC = "أعلنت الحكومة اليوم عن إجراءات جديدة لدعم الاقتصاد. وقال رئيس الوزراء إنها ضرورية لحماية المواطنين."
THAI = "รัฐบาลประกาศมาตรการใหม่เพื่อสนับสนุนเศรษฐกิจในวันนี้ นายกรัฐมนตรีกล่าวว่ามาตรการเหล่านี้มีความจำเป็น"
CZECH = "Vláda dnes oznámila nová opatření na podporu hospodářství. Premiér řekl, že jsou nezbytná pro životní úroveň."
POLISH = (
    "Rząd ogłosił dziś nowe środki wsparcia gospodarki. Premier powiedział, że są konieczne, aby chronić obywateli."
)
HUNGARIAN = (
    "A kormány ma új intézkedéseket jelentett be a gazdaság támogatására. A miniszterelnök szerint erre szükség van."
)
CROATIAN = (
    "Vlada je danas objavila nove mjere za poticanje gospodarstva. Premijer je rekao da će zaštititi građane i tržište."
)
ROMANIAN = "Guvernul a anunțat astăzi noi măsuri pentru susținerea economiei. Premierul a declarat că sunt și urgente."
FRENCH = (
    "Le gouvernement a annoncé de nouvelles mesures économiques. Le "
    "ministre a déclaré qu'elles étaient nécessaires à tous."
)
GERMAN = (
    "Die Regierung hat heute neue Maßnahmen für die Wirtschaft angekündigt. "
    "Der Minister hält sie für nötig, um Bürger zu schützen."
)
SPANISH = (
    "El Gobierno anunció ayer nuevas medidas económicas. El ministro "
    "señaló que serán necesarias también el próximo año."
)
PORTUGUESE = (
    "O governo anunciou hoje novas medidas económicas. O ministro afirmou que "
    "são necessárias para a população e não haverá exceção."
)
SWEDISH = (
    "Regeringen presenterade i dag nya åtgärder för ekonomin. Ministern säger "
    "att de är nödvändiga för att skydda människor på orten."
)
ICELANDIC = (
    "Ríkisstjórnin tilkynnti í dag um nýjar aðgerðir til að styðja við "
    "efnahagslífið. Ráðherra sagði að þær væru nauðsynlegar."
)
TURKISH = (
    "Hükümet bugün ekonomiyi desteklemek için yeni önlemler açıkladı. Başbakan, "
    "bunların vatandaşları korumak için gerekli olduğunu söyledi."
)
LATVIAN = (
    "Valdība šodien paziņoja par jauniem pasākumiem ekonomikas "
    "atbalstam. Premjerministrs sacīja, ka tie ir nepieciešami."
)
LITHUANIAN = (
    "Vyriausybė šiandien paskelbė naujas priemones ekonomikai remti. "
    "Ministras pirmininkas sakė, kad jos būtinos žmonėms."
)
ESTONIAN = (
    "Valitsus teatas täna uutest meetmetest majanduse toetamiseks. Peaminister "
    "ütles, et need on vajalikud, et kaitsta kõiki töötajaid."
)
MALTESE = (
    "Il-gvern ħabbar illum miżuri ġodda biex jappoġġja l-ekonomija. "
    "Il-ministru qal li huma meħtieġa għall-ħarsien taċ-ċittadini."
)
WELSH = (
    "Cyhoeddodd y llywodraeth heddiw fesurau newydd i gefnogi'r economi. Mae dŵr yn y tŷ ac mae'r gŵr yn byw ger y môr."
)

TEXTS = {
    "gb18030": [CHINESE],
    "big5": [TAIWANESE],
    "euc-jp": [JAPANESE],
    "shift_jis": [JAPANESE],
    "iso-2022-jp": [JAPANESE],
    "euc-kr": [KOREAN],
    "windows-1250": [CZECH, POLISH, HUNGARIAN, CROATIAN],
    "windows-1251": [RUSSIAN, UKRAINIAN, BULGARIAN],
    "windows-1252": [FRENCH, GERMAN, SPANISH, PORTUGUESE, SWEDISH, ICELANDIC],
    "windows-1253": [GREEK],
    "windows-1254": [TURKISH],
    "windows-1255": [HEBREW],
    "windows-1256": [ARABIC],
    "windows-1257": [LATVIAN, LITHUANIAN, ESTONIAN],
    "windows-874": [THAI],
    "koi8-r": [RUSSIAN, BULGARIAN],
    "koi8-u": [UKRAINIAN, RUSSIAN],
    "iso-8859-2": [CZECH, POLISH, HUNGARIAN, CROATIAN],
    "iso-8859-3": [MALTESE],
    "iso-8859-4": [LATVIAN, LITHUANIAN],
    "iso-8859-5": [RUSSIAN, UKRAINIAN],
    "iso-8859-6": [ARABIC],
    "iso-8859-7": [GREEK],
    "iso-8859-8": [HEBREW],
    "iso-8859-10": [ICELANDIC, SWEDISH],
    "iso-8859-13": [LITHUANIAN, LATVIAN, ESTONIAN],
    "iso-8859-14": [WELSH],
    "iso-8859-15": [FRENCH, PORTUGUESE],
    "iso-8859-16": [ROMANIAN],
    "ibm866": [RUSSIAN],
    "macintosh": [FRENCH, GERMAN, SWEDISH],
    "x-mac-cyrillic": [RUSSIAN],
    "utf-8": [CHINESE, KOREAN, RUSSIAN, FRENCH, THAI],
    "utf-16le": [CHINESE, FRENCH],
    "utf-16be": [CHINESE, FRENCH],
}
CASES = [
    pytest.param(name, text, id=f"{name}-{place}") for name, texts in TEXTS.items() for place, text in enumerate(texts)
]


def page(text: str, encoding: str, meta: str = "") -> bytes:
    declaration = f'<meta charset="{meta}">' if meta else ""
    head = f"<!DOCTYPE html><html><head>{declaration}<title>news</title></head>"
    return f"{head}<body><p class='text'>{text}</p></body></html>".encode(CODECS[encoding])


def header(label: str) -> list[tuple[str, str]]:
    return [("Server", "nginx"), ("content-type", f"text/html; charset={label}")]


@pytest.mark.parametrize(("encoding", "text"), CASES)
def test_a_true_declaration_is_followed(encoding: str, text: str) -> None:
    for found in (decode(page(text, encoding), header(encoding)), decode(page(text, encoding, encoding))):
        assert text in found.text
        assert (found.encoding, found.replaced) == (encoding, 0)
        assert found.declared in (encoding, "")  # no `<meta>` is found in UTF-16


# As ISO-8859-2 and as ISO-8859-16 the bytes are the same words, with cedillas or with commas below s and t: only a
# declaration tells.
@pytest.mark.parametrize(("encoding", "text"), [case for case in CASES if case.values[0] != "iso-8859-16"])
def test_an_undeclared_encoding_is_detected(encoding: str, text: str) -> None:
    found = decode(page(text, encoding))
    assert text in found.text
    assert (found.declared, found.replaced) == ("", 0)


@pytest.mark.parametrize(("encoding", "text"), [case for case in CASES if case.values[0] != "iso-8859-16"])
def test_a_false_declaration_is_ignored(encoding: str, text: str) -> None:
    body = page(text, encoding)
    read_wrongly = [
        label
        for label in CODECS
        if label != encoding and text not in decode(body, header(label), "http://a.example/").text
    ]
    assert read_wrongly == []


LABELS = [
    ("GB2312", "gb18030"),
    ("gbk", "gb18030"),
    ("ISO-8859-1", "windows-1252"),
    ("latin1", "windows-1252"),
    ("iso-8859-9", "windows-1254"),
    ("tis-620", "windows-874"),
    ("Shift-JIS", "shift_jis"),
    ("ks_c_5601-1987", "euc-kr"),
    ("iso-8859-8-i", "iso-8859-8"),
    ("cp1251", "windows-1251"),
    ("UTF8", "utf-8"),
    (' "utf-8" ', "utf-8"),
    ("x-user-invented", ""),
]


@pytest.mark.parametrize(("label", "expected"), LABELS)
def test_labels_mean_what_browsers_take_them_for(label: str, expected: str) -> None:
    assert encoding_named(label) == expected


def test_a_byte_order_mark_beats_header_and_markup() -> None:
    found = decode(b"\xef\xbb\xbf" + page(FRENCH, "utf-8", "gbk"), header("iso-8859-1"))
    assert (found.encoding, found.declared) == ("utf-8", "windows-1252")
    assert found.text.startswith("<!DOCTYPE") and FRENCH in found.text


def test_utf8_with_a_few_broken_bytes_stays_utf8_and_counts_them() -> None:
    body = page(RUSSIAN * 10, "utf-8", "utf-8").replace("Я".encode(), b"\xd0", 1)
    found = decode(body)
    assert (found.encoding, found.declared, found.replaced) == ("utf-8", "utf-8", 1)
    assert RUSSIAN in found.text


@pytest.mark.parametrize("text", [CHINESE, RUSSIAN, FRENCH, "It’s “quoted” – twice"])
def test_N5_a_page_that_was_encoded_twice_is_decoded_twice(text: str) -> None:
    twice = page(text, "utf-8", "utf-8").decode("latin-1").encode()
    assert decode(twice).text == page(text, "utf-8", "utf-8").decode()


def test_N5_mojibake_quoted_on_a_page_stays() -> None:
    quoted = page("“é” shown as Ã© is an old story", "utf-8", "utf-8")
    assert decode(quoted).text == quoted.decode()


def test_N5_declared_utf8_with_one_fault_in_a_hundred_stays_utf8() -> None:
    body = (WELSH * 20).encode()
    at = body.index("ŵ".encode())
    assert decode(body[:at] + body[at + 1 :], [("Content-Type", "text/html; charset=utf-8")]).encoding == "utf-8"


@pytest.mark.parametrize(("start", "url"), [("", "http://ziar.ro/a"), ("<html lang=ro-RO>", "http://ziar.example/a")])
def test_N5_language_or_country_decides_between_equally_plausible_encodings(start: str, url: str) -> None:
    body = f"{start}<p>Un incendiu a izbucnit azi-noapte într-un bloc.".encode("windows-1250")
    assert decode(body, (), url).text.endswith("într-un bloc.")


def test_ascii_is_read_as_declared() -> None:
    assert decode(page("plain", "utf-8"), header("gb2312")).encoding == "gb18030"
    assert decode(page("plain", "utf-8"), header("utf-16")).text == page("plain", "utf-8").decode()


def test_no_bytes_make_it_fail() -> None:
    for body in (b"", b"\xff", b"\x80" * 3000, bytes(range(256)) * 20, b"\x00" * 500, b"<" * 5000 + b"\xe9"):
        for label in ("utf-8", "utf-16", "big5", "nonsense", ""):
            found = decode(body, header(label))
            assert found.replaced == found.text.count("\ufffd")
