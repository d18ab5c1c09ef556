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
    and_words=("و",),
    particles=("al", "bin", "el", "ibn"),
    # Dates
    months=months(
        "يناير كانون_الثاني", "فبراير شباط", "مارس آذار", "أبريل ابريل نيسان", "مايو أيار", "يونيو حزيران",
        "يوليو تموز", "أغسطس آب", "سبتمبر أيلول", "أكتوبر تشرين_الأول", "نوفمبر تشرين_الثاني", "ديسمبر كانون_الأول",
    ),
    morning=("ص",),
    afternoon=("م",),
    pm_after=("م",),
    days_ago={"اليوم": 0, "أمس": 1, "أول أمس": 2},
    units=units(
        seconds=("ثانية", "ثوان"), minutes=("دقيقة", "دقائق"), hours=("ساعة", "ساعات"), days=("يوم", "أيام"),
        weeks=("أسبوع", "أسابيع"), months=("شهر", "أشهر", "شهور"), years=("سنة", "سنوات", "عام", "أعوام"),
    ),
    now=("الآن",),
    counted_units={
        "دقيقة": (1, "minutes"), "ساعة": (1, "hours"), "يوم": (1, "days"), "أسبوع": (1, "weeks"),
        "شهر": (1, "months"), "سنة": (1, "years"), "عام": (1, "years"), "دقيقتين": (2, "minutes"),
        "ساعتين": (2, "hours"), "يومين": (2, "days"), "أسبوعين": (2, "weeks"), "شهرين": (2, "months"),
        "سنتين": (2, "years"), "عامين": (2, "years"),
    },
    halves=("نصف",),
    ago_before=("منذ", "قبل"),
    updated=("تحديث",),
    published=("نشر",),
    # Lines that are not the article's
    leads_elsewhere=("(?:اقرأ|إقرأ) (?:أيضا|أيضًا|ايضا)",),
    # Pages that are no article
    we=(r"\bنحن\b", "شركائنا|شركاؤنا", "موقعنا", r"\bن(?:ستخدم|ستعمل|جمع|عالج|حترم)\b", "هذا الموقع"),
    you=(r"\b\w{3,}ك\b",),
    leads_on=(
        "(?:جاري|جارٍ) (?:إعادة )?(?:التوجيه|تحويلك)",
        "سيتم (?:إعادة )?(?:توجيهك|تحويلك)",
        "أنت (?:على وشك مغادرة|تغادر)",
    ),
    not_found=("غير موجود", "لم يتم العثور", "لم نعثر", "لم يعد متاح", "تم حذف", "تعذر العثور"),
    consent=(
        "ملفات تعريف الارتباط", "كوكيز", "الخصوصية|خصوصيت", "موافق", "البيانات|بيانات", "شركا", "إعلان", "قبول|رفض",
        "تفضيلات", "إعدادات",
    ),
)
