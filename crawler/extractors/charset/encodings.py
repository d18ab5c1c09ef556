"""Tables of encodings: the label that a page declares → its WHATWG name → Python's codec, and usual ones by language.

The names and most labels are those of the WHATWG Encoding Standard.
"""

from __future__ import annotations

import codecs

CODECS: dict[str, str] = {
    # WHATWG name: Python codec
    "utf-8": "utf-8",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "euc-jp": "euc_jis_2004",
    "shift_jis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "euc-kr": "cp949",
    "windows-1252": "cp1252",
    "windows-1251": "cp1251",
    "windows-1250": "cp1250",
    "windows-1253": "cp1253",
    "windows-1254": "cp1254",
    "windows-1255": "cp1255",
    "windows-1256": "cp1256",
    "windows-1257": "cp1257",
    "windows-1258": "cp1258",
    "windows-874": "cp874",
    "koi8-r": "koi8_r",
    "koi8-u": "koi8_u",
    "iso-8859-2": "iso8859_2",
    "iso-8859-5": "iso8859_5",
    "iso-8859-6": "iso8859_6",
    "iso-8859-7": "iso8859_7",
    "iso-8859-8": "iso8859_8",
    "iso-8859-15": "iso8859_15",
    "iso-8859-13": "iso8859_13",
    "iso-8859-4": "iso8859_4",
    "iso-8859-3": "iso8859_3",
    "iso-8859-10": "iso8859_10",
    "iso-8859-14": "iso8859_14",
    "iso-8859-16": "iso8859_16",
    "ibm866": "cp866",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "utf-32le": "utf-32-le",
    "utf-32be": "utf-32-be",
}

# fmt: off
LABELS: dict[str, str] = {
    label: name
    for name, labels in {
        "gb18030": (
            "gb2312", "gb_2312-80", "gb-2312", "gbk", "gb", "x-gbk", "cp936", "ms936", "hz-gb-2312", "chinese",
        ),
        "big5": ("big5-hkscs", "big-5", "x-x-big5", "cp950"),
        "shift_jis": ("sjis", "shift-jis", "x-sjis", "ms_kanji", "windows-31j", "cp932", "ms932"),
        "euc-jp": ("x-euc-jp", "eucjp"),
        "euc-kr": ("ks_c_5601-1987", "ksc5601", "ks_c_5601-1989", "windows-949", "cp949", "ms949", "uhc", "euckr"),
        "windows-1252": ("iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii", "ascii"),
        "windows-1254": ("iso-8859-9", "iso8859-9", "latin5"),
        "windows-874": ("iso-8859-11", "tis-620", "dos-874"),
        "iso-8859-8": ("iso-8859-8-i", "iso-8859-8-e", "logical", "visual"),
        "koi8-r": ("koi8", "koi"),
        "koi8-u": ("koi8-ru",),
        "ibm866": ("cp866", "866"),
        "macintosh": ("mac", "x-mac-roman"),
        "x-mac-cyrillic": ("x-mac-ukrainian",),
        "utf-8": ("utf8", "unicode-1-1-utf-8"),
        "utf-16le": ("utf-16", "unicode", "ucs-2"),
    }.items()
    for label in labels
}
# fmt: on
"""Label → WHATWG name, for labels that are neither a WHATWG name nor an alias in Python."""

USUAL_IN: dict[str, tuple[str, ...]] = {
    # language or country code: its encodings before UTF-8
    name: encodings
    for names, encodings in (
        ("cs cz hr hu pl si sk sl", ("windows-1250", "iso-8859-2")),
        ("ro", ("windows-1250", "iso-8859-2", "iso-8859-16")),
        ("be bg mk ru sr ua uk by", ("windows-1251", "koi8-r", "koi8-u")),
        ("el gr", ("windows-1253", "iso-8859-7")),
        ("tr", ("windows-1254",)),
        ("he il", ("windows-1255", "iso-8859-8")),
        ("ar eg fa sa", ("windows-1256", "iso-8859-6")),
        ("ee et lt lv", ("windows-1257", "iso-8859-13", "iso-8859-4")),
        ("th", ("windows-874",)),
        ("ja jp", ("shift_jis", "euc-jp")),
        ("ko kr", ("euc-kr",)),
        ("cn zh", ("gb18030",)),
        ("hk tw", ("big5",)),
        ("mt", ("iso-8859-3",)),
    )
    for name in names.split()
}


def encoding_named(label: str) -> str:
    """Return the WHATWG name of a declared label; empty when the label is unknown."""
    label = label.strip().strip("\"'").lower()
    if label in CODECS:
        return label
    if label in LABELS:
        return LABELS[label]
    try:
        python = codecs.lookup(label).name
    except (LookupError, ValueError):
        return ""
    for name, codec in CODECS.items():
        if codecs.lookup(codec).name == python:
            return name
    return LABELS.get(python.replace("_", "-"), "")
