"""What the extractors know of Thai."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="th",
    name="Thai",
    # Its writing
    letters="านรกอเงมยลวดทสตะปบคหแจพชขใไโผซถณศษธภฐฎญฆฉฝฟฬฮฤ่้ีิัื็ูุ์ำึๆ",
    script="[ก-๛]",
    # Bylines
    author_labels_in_byline=("โดย",),
    and_words=("และ",),
    # Dates
    months=months(
        "มกราคม ม.ค.", "กุมภาพันธ์ ก.พ.", "มีนาคม มี.ค.", "เมษายน เม.ย.", "พฤษภาคม พ.ค.", "มิถุนายน มิ.ย.",
        "กรกฎาคม ก.ค.", "สิงหาคม ส.ค.", "กันยายน ก.ย.", "ตุลาคม ต.ค.", "พฤศจิกายน พ.ย.", "ธันวาคม ธ.ค.",
    ),
    clock_words=(r"น\.",),
    days_ago={"วันนี้": 0, "เมื่อวาน": 1, "เมื่อวานนี้": 1, "เมื่อวานซืน": 2},
    units=units(
        seconds=("วินาที",), minutes=("นาที",), hours=("ชั่วโมง", "ชม."), days=("วัน",), weeks=("สัปดาห์",),
        months=("เดือน",), years=("ปี",),
    ),
    now=("เมื่อสักครู่",),
    ago_joined=("\\s*(?:ที่แล้ว|ที่ผ่านมา|ก่อน)",),
    # Lines that are not the article's
    leads_elsewhere=("อ่านเพิ่มเติม",),
    # Pages that are no article
    not_found=("ไม่พบ", "ไม่มีหน้านี้"),
)
