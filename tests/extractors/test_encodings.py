"""Pages in forty encodings give posts without mojibake.

The encoding is declared in every way, wrongly, or not at all; articles are short, or English with one foreign word.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crawler.extractors import extract
from crawler.extractors.charset.encodings import CODECS
from crawler.items import Page

NEWS = {
    "zh": (
        "昨日凌晨，武汉长江大桥附近发生一起交通事故，两辆货车相撞后起火，所幸无人员伤亡。消防部门接报后迅速赶"
        "到现场，约四十分钟后将火扑灭，事故原因正在调查之中。"
    ),
    "tw": (
        "昨天凌晨高雄市發生一起嚴重車禍，兩輛貨車相撞後起火燃燒，所幸無人傷亡。消防隊獲報後立即趕往現場灌救，"
        "約四十分鐘後撲滅火勢，詳細肇事原因仍待警方進一步釐清。"
    ),
    "hk": (
        "昨日清晨旺角彌敦道發生交通意外，一輛巴士與的士相撞，司機受傷送院。警方正調查意外原因，呼籲目擊者提供"
        "資料，附近嘅商戶話當時聽到好大聲響。"
    ),
    "ja": (
        "１０日未明、東京都渋谷区の住宅で火事があり、木造二階建ての建物が全焼した。けが人はいなかった。警視庁"
        "は出火の原因を詳しく調べている。近所の住民は「大きな音がした」と話した。"
    ),
    "ko": (
        "어제 새벽 서울 종로구의 한 주택에서 불이 나 건물이 모두 탔다. 다친 사람은 없었다. 경"
        "찰은 정확한 화재 원인을 조사하고 있으며, 주민들은 큰 소리를 들었다고 말했다."
    ),
    "ru": (
        "Вчера ночью в центре Москвы произошёл пожар в жилом доме. Никто не пострадал, сообщили в"
        " МЧС. Причины происшествия выясняются, жильцы эвакуированы."
    ),
    "uk": (
        "Минулої ночі в центрі Києва сталася пожежа в житловому будинку. Ніхто не постраждав, пов"
        "ідомили рятувальники. Причини з'ясовує поліція, її їм ще не назвали."
    ),
    "bg": (
        "Снощи в центъра на София избухна пожар в жилищна сграда. Няма пострадали, съобщиха от по"
        "лицията. Причините за инцидента се изясняват от разследващите."
    ),
    "sr": (
        "Синоћ је у центру Београда избио пожар у стамбеној згради. Нема повређених, саопштила је"
        " полиција. Узрок се још утврђује, рекли су ватрогасци."
    ),
    "el": (
        "Πυρκαγιά ξέσπασε χθες το βράδυ σε πολυκατοικία στο κέντρο της Αθήνας. Δεν υπήρξαν τραυμα"
        "τίες, ανακοίνωσε η πυροσβεστική. Τα αίτια ερευνώνται."
    ),
    "he": (
        "שריפה פרצה אמש בבניין מגורים במרכז תל אביב. לא היו נפגעים, נמסר מהמשטרה. נסיבות האירוע נ"
        "בדקות על ידי חוקרי הכבאות, והדיירים פונו."
    ),
    "ar": (
        "اندلع حريق الليلة الماضية في مبنى سكني وسط القاهرة، ولم تقع إصابات، بحسب ما أعلنت الشرطة"
        ". ولا تزال أسباب الحادث قيد التحقيق، وتم إجلاء السكان."
    ),
    "th": (
        "เมื่อคืนที่ผ่านมาเกิดเหตุเพลิงไหม้อาคารที่พักอาศัยใจกลางกรุงเทพมหานคร ไม่มีผู้ได้รับบาดเ"
        "จ็บ เจ้าหน้าที่ตำรวจกำลังสอบสวนสาเหตุของเหตุการณ์ครั้งนี้"
    ),
    "cs": (
        "V noci na středu hořel v centru Prahy bytový dům. Nikdo nebyl zraněn, řekla mluvčí hasič"
        "ů. Příčinu požáru vyšetřují kriminalisté, škoda přesáhla tři miliony korun."
    ),
    "pl": (
        "W nocy w centrum Łodzi wybuchł pożar w budynku mieszkalnym. Nikt nie został ranny, poinf"
        "ormowała straż pożarna. Przyczyny zdarzenia wyjaśnia policja i biegły sądowy."
    ),
    "hu": (
        "Tűz ütött ki szerdára virradóra egy budapesti társasházban. Senki sem sérült meg, közölt"
        "e a katasztrófavédelem. A tűz okát szakértők vizsgálják, a lakókat kitelepítették."
    ),
    "hr": (
        "U središtu Zagreba noćas je izbio požar u stambenoj zgradi. Nitko nije ozlijeđen, priopć"
        "ila je policija. Uzrok se još utvrđuje, a šteta je velika, kažu vatrogasci."
    ),
    "ro": (
        "Un incendiu a izbucnit azi-noapte într-un bloc din centrul orașului. Nu au fost răniți, "
        "a anunțat poliția. Cauzele sunt încă cercetate, iar locatarii au fost evacuați."
    ),
    "fr": (
        "Un incendie s'est déclaré dans la nuit à Orléans, dans un immeuble habité. Personne n'a "
        "été blessé, ont précisé les pompiers. L'enquête a été confiée à la brigade criminelle."
    ),
    "de": (
        "In der Nacht zum Mittwoch ist in einem Wohnhaus in Köln ein Feuer ausgebrochen. Verletzt"
        " wurde niemand, teilte die Feuerwehr mit. Die Ursache müssen Brandermittler noch klären."
    ),
    "es": (
        "Un incendio se declaró anoche en un edificio de viviendas del centro de Logroño. No hubo"
        " heridos, según informó la policía, que investiga las causas con técnicos del año pasado"
        "."
    ),
    "pt": (
        "Um incêndio deflagrou esta noite num prédio no centro de Setúbal. Não há feridos, inform"
        "ou a polícia. As causas estão a ser investigadas e os moradores já regressaram às habita"
        "ções."
    ),
    "sv": (
        "En brand bröt ut i natt i ett flerfamiljshus i centrala Malmö. Ingen skadades, uppger rä"
        "ddningstjänsten. Polisen utreder orsaken och har spärrat av området på båda sidor."
    ),
    "no": (
        "Det brøt ut brann i en boligblokk i Tromsø natt til onsdag. Ingen ble skadet, opplyser b"
        "rannvesenet. Politiet etterforsker årsaken og har sperret av området på begge sider."
    ),
    "is": (
        "Eldur kom upp í fjölbýlishúsi í miðbæ Reykjavíkur í nótt. Enginn slasaðist að sögn slökk"
        "viliðs. Lögreglan rannsakar upptök eldsins og íbúar þurftu að yfirgefa húsið."
    ),
    "tr": (
        "Dün gece şehir merkezindeki bir apartmanda yangın çıktı. Ölen ya da yaralanan olmadı. İt"
        "faiye ekipleri yangını söndürdü, polis olayın nedenini araştırıyor."
    ),
    "lv": (
        "Naktī Rīgas centrā kādā dzīvojamajā mājā izcēlās ugunsgrēks. Neviens nav cietis, paziņoj"
        "a ugunsdzēsēji. Policija noskaidro notikuša apstākļus un vainīgās personas."
    ),
    "lt": (
        "Naktį Vilniaus centre gyvenamajame name kilo gaisras. Niekas nenukentėjo, pranešė ugniag"
        "esiai. Policija aiškinasi įvykio priežastis, gyventojai buvo evakuoti į kitą namą."
    ),
    "et": (
        "Öösel puhkes Tallinna kesklinnas elumajas tulekahju. Keegi viga ei saanud, teatas pääste"
        "amet. Politsei uurib põhjusi ning elanikud pääsesid hommikul tagasi koju."
    ),
    "fi": (
        "Yöllä syttyi tulipalo kerrostalossa Jyväskylän keskustassa. Kukaan ei loukkaantunut, ker"
        "too pelastuslaitos. Poliisi tutkii syttymissyytä ja pyytää silminnäkijöitä ilmoittautuma"
        "an."
    ),
    "mt": (
        "Ħruq kbir żviluppa lbieraħ filgħaxija f'blokka appartamenti fil-belt. Ħadd ma weġġa', qa"
        "let il-pulizija. Il-kawża għadha qed tiġi investigata mill-maġistrat."
    ),
    "cy": (
        "Bu tân mewn tŷ yng nghanol y dref neithiwr. Ni chafodd neb ei anafu, meddai'r gwasanaeth"
        " tân. Mae'r heddlu'n holi pobl sy'n byw gerllaw ac yn chwilio am y gŵr â'r cŵn."
    ),
}
ENCODED = {
    "gb18030": ["zh"],
    "big5": ["tw", "hk"],
    "euc-jp": ["ja"],
    "shift_jis": ["ja"],
    "iso-2022-jp": ["ja"],
    "euc-kr": ["ko"],
    "windows-1250": ["cs", "pl", "hu", "hr"],
    "windows-1251": ["ru", "uk", "bg", "sr"],
    "windows-1252": ["fr", "de", "es", "pt", "sv", "no", "is", "fi"],
    "windows-1253": ["el"],
    "windows-1254": ["tr"],
    "windows-1255": ["he"],
    "windows-1256": ["ar"],
    "windows-1257": ["lv", "lt", "et"],
    "windows-874": ["th"],
    "koi8-r": ["ru", "bg"],
    "koi8-u": ["uk", "ru"],
    "iso-8859-2": ["cs", "pl", "hu", "hr"],
    "iso-8859-3": ["mt"],
    "iso-8859-4": ["lv", "lt"],
    "iso-8859-5": ["ru", "uk", "sr", "bg"],
    "iso-8859-6": ["ar"],
    "iso-8859-7": ["el"],
    "iso-8859-8": ["he"],
    "iso-8859-10": ["is", "sv"],
    "iso-8859-13": ["lt", "lv", "et"],
    "iso-8859-14": ["cy"],
    "iso-8859-15": ["fr", "pt", "fi"],
    "iso-8859-16": ["ro"],
    "ibm866": ["ru"],
    "macintosh": ["fr", "de", "sv"],
    "x-mac-cyrillic": ["ru"],
    "utf-8": ["zh", "tw", "ja", "ko", "ru", "ar", "th", "fr", "pl"],
    "utf-16le": ["zh", "fr", "ru"],
    "utf-16be": ["zh", "fr", "ru"],
    "utf-32le": ["zh", "fr"],
    "utf-32be": ["zh", "fr"],
}
CASES = [
    pytest.param(encoding, language, id=f"{encoding}-{language}")
    for encoding in ENCODED
    for language in ENCODED[encoding]
]
ENGLISH = "The quick update from our desk follows below with prices, dates and links for all readers of the page. "
NOW = datetime(2024, 3, 15, tzinfo=UTC)
PLAIN = [("Content-Type", "text/html")]


def page(text: str, encoding: str, head: str = "", before: str = "") -> bytes:
    head = f"{before}<!DOCTYPE html><html><head>{head}<title>{text[:40]}</title></head>"
    return f"{head}<body><h1>{text[:40]}</h1><p>{text}</p></body></html>".encode(CODECS[encoding])


def read(body: bytes, headers: list[tuple[str, str]] = PLAIN) -> str:
    return extract(Page("https://www.example.com/news/1", body, headers, NOW)).text


@pytest.mark.parametrize(("encoding", "language"), CASES)
def test_N5_a_true_declaration_is_followed(encoding: str, language: str) -> None:
    text = NEWS[language]
    assert text in read(page(text, encoding), [("Content-Type", f"text/html; charset={encoding}")])
    assert text in read(page(text, encoding, f'<meta charset="{encoding}">'))
    equivalent = f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">'
    assert text in read(page(text, encoding, equivalent))
    assert text in read(page(text, encoding, before=f'<?xml version="1.0" encoding="{encoding}"?>'))
    if encoding.startswith("utf-"):
        marked = "\ufeff".encode(CODECS[encoding]) + page(text, encoding)
        assert text in read(marked, [("Content-Type", "text/html; charset=gb2312")])


@pytest.mark.parametrize(("encoding", "language"), [case for case in CASES if case.values[0] != "iso-8859-16"])
def test_N5_without_a_true_declaration_the_encoding_is_detected(encoding: str, language: str) -> None:
    text = NEWS[language]
    assert text in read(page(text, encoding))
    for lie in ("utf-8", "iso-8859-1", "gb2312"):
        assert text in read(page(text, encoding), [("Content-Type", f"text/html; charset={lie}")])
    assert text in read(page(text, encoding, '<meta charset="utf-8">'), [("Content-Type", "text/html; charset=euc-kr")])


@pytest.mark.parametrize(("encoding", "language"), CASES)
def test_N5_a_foreign_word_in_an_english_page(encoding: str, language: str) -> None:
    """One word is too little for detection: the declaration decides, without one the page's language or country."""
    word = next((word for word in NEWS[language].split() if not word.isascii()), "")[:12]
    text = ENGLISH * 4 + word + " " + ENGLISH * 4
    assert word in read(page(text, encoding, f'<meta charset="{encoding}">'))


def test_N5_language_and_country_of_a_page_are_read() -> None:
    text = ENGLISH * 4 + "Dvořák " + ENGLISH * 4
    body = page(text, "windows-1250").replace(b"<html>", b'<html lang="cs-CZ">')
    assert "Dvořák" in read(body)
    czech = extract(Page("https://www.noviny.cz/a", page(text, "windows-1250"), PLAIN, NOW))
    assert "Dvořák" in czech.text


@pytest.mark.parametrize("language", ["zh", "ru", "fr", "ko", "th"])
def test_N5_invalid_bytes_in_utf8_change_only_themselves(language: str) -> None:
    text = NEWS[language]
    body = page(text * 6, "utf-8", '<meta charset="utf-8">').replace(b"</p>", b"\xe9\xff</p>")
    assert text * 5 in read(body)
