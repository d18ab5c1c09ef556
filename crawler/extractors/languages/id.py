"""What the extractors know of Indonesian."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="id",
    name="Indonesian",
    # Bylines
    by=("oleh",),
    author_labels_with_colon=("penulis",),
    and_or_in=("dan",),
    # Dates
    months=months(
        "januari jan", "februari feb", "maret mar", "april apr", "mei", "juni jun", "juli jul", "agustus",
        "september sep", "oktober okt", "november nov", "desember des",
    ),
    days_ago={"hari ini": 0, "kemarin": 1},
    units=units(
        seconds=("detik",), minutes=("menit",), hours=("jam",), days=("hari",), weeks=("minggu",),
        months=("bulan",), years=("tahun",),
    ),
    now=("baru saja",),
    numbers={
        "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9,
        "sepuluh": 10,
    },
    halves=("setengah",),
    one=("satu", "se"),
    ago_after=("(?:yang )?lalu",),
    updated=("diperbarui",),
    published=("diterbitkan",),
    # Lines that are not the article's
    leads_elsewhere=("baca (?:juga|selengkapnya)",),
    # Pages that are no article
    we=(r"\bkami\b", "situs ini"),
    you=(r"\banda\b", r"\bkamu\b"),
    not_found=("tidak (?:dapat )?ditemukan", "tidak tersedia lagi", "telah dihapus"),
    consent=(
        "cookies?", "kuki", "privasi", "persetujuan|setuju", "data pribadi", "mitra", "iklan", "terima", "tolak",
        "preferensi", "pengaturan", "pihak ketiga", "perangkat",
    ),
    leads_on=(
        r"mengalihkan[\s.…]*$",
        "anda (?:akan|sedang) (?:dialihkan|diarahkan)",
        "halaman (?:ini )?telah dipindahkan",
        r"anda (?:akan )?meninggalkan\b",
    ),
    page_names=("halaman",),
)
