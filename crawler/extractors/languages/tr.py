"""What the extractors know of Turkish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="tr",
    name="Turkish",
    # Its writing
    letters="ışğüçöİâîû",
    common_words="ve bir bu da de ile olarak olan daha en ama gibi kadar sonra her ne var",
    # Bylines
    by=("yazan",),
    author_labels_with_colon=("haber",),
    author_labels_in_byline=("yazar",),
    and_words=("ve",),
    roles=("editörü?", "muhabiri?"),
    organisations=("ajansı",),
    profile_folders=("muhabir", "yazarlar?"),
    # Dates
    months=months(
        "ocak oca", "şubat şub", "mart mar", "nisan nis", "mayıs", "haziran haz", "temmuz tem", "ağustos ağu",
        "eylül eyl", "ekim eki", "kasım kas", "aralık ara",
    ),
    days_ago={"bugün": 0, "dün": 1, "evvelsi gün": 2},
    units=units(
        seconds=("saniye",), minutes=("dakika",), hours=("saat",), days=("gün",), weeks=("hafta",), months=("ay",),
        years=("yıl",),
    ),
    now=("az önce", "şimdi"),
    numbers={"iki": 2, "üç": 3, "dört": 4, "beş": 5, "altı": 6, "yedi": 7, "sekiz": 8, "dokuz": 9, "on": 10},
    halves=("yarım",),
    short_units=units(seconds=("sn",), minutes=("dk",), hours=("sa",)),
    one=("bir",),
    ago_after=("önce",),
    updated=("güncel",),
    published=("yayın",),
    # Lines that are not the article's
    leads_elsewhere=("ayrıca bkz", "bunu da okuyun", "bunlar da ilginizi"),
    closings=(r"^kaynak\s*[:：]",),
    # Pages that are no article
    we=(r"\bbiz\w*\b", r"\b\w{3,}(?:[ıiuü]yoruz)\b", r"\b\w{2,}(?:[ıiuü]m[ıiuü]z\w*)\b"),
    you=(r"\bsiz\w*\b", r"\b\w{2,}(?:[ıiuü]n[ıiuü]z\w*)\b"),
    leads_on=(
        r"yönlendiriliyor(?:sunuz)?\b",
        r"yönlendirileceksiniz\b",
        "bu sayfa taşındı",
        "(?:bu siteden|sitemizden) ayrılıyorsunuz",
    ),
    page_names=("sayfa",),
    not_found=(
        "bulunamadı", "bulunamıyor", "mevcut değil", "artık (?:mevcut|yayında) değil", "yayından kaldırıl",
        "kaldırılmış",
    ),
    log_in=("giriş yap", "abone"),
    consent=(
        "çerez", "cookies?", "gizlilik", "kişisel veri", r"\bonay", r"\brıza", "kabul", "reddet", r"\bortak",
        "reklam", "tercih", "üçüncü taraf", "meşru menfaat", "cihaz", r"\bayar",
    ),
    # Names in class and id
    lead_names=("spot(?![a-z])",),
    author_names=("muhabir", "yazar"),
)
