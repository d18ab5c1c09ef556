"""What the extractors know of Arabic."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="ar",
    name="Arabic",
    # Its writing
    letters="اليمونرتبةدعسفهكقحجشطصخىأذزضثغءظئإآؤ",
    script="[ا-ي]",
    # Bylines
    author_labels_in_byline=("كتبت?", "بقلم", "تحرير"),
    particles=("al", "bin", "el", "ibn"),
    # Dates
    months=months(
        "يناير كانون_الثاني", "فبراير شباط", "مارس آذار", "أبريل ابريل نيسان", "مايو أيار", "يونيو حزيران",
        "يوليو تموز", "أغسطس آب", "سبتمبر أيلول", "أكتوبر تشرين_الأول", "نوفمبر تشرين_الثاني", "ديسمبر كانون_الأول",
    ),
    morning=("ص",),
    afternoon=("م",),
    pm_after=("م",),
    days_ago={"اليوم": 0, "أمس": 1},
    units=units(minutes=("دقيقة", "دقائق"), hours=("ساعة", "ساعات"), days=("يوم", "أيام")),
    ago_before=("منذ", "قبل"),
    updated=("تحديث",),
    published=("نشر",),
    # Pages that are no article
    leads_on=(
        "(?:جاري|جارٍ) (?:إعادة )?(?:التوجيه|تحويلك)",
        "سيتم (?:إعادة )?(?:توجيهك|تحويلك)",
        "أنت (?:على وشك مغادرة|تغادر)",
    ),
    not_found=("غير موجود", "لم يتم العثور"),
)
