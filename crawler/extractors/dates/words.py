"""Words of dates: months, zones, days, units in the languages of news. Only tables; read by `text` and `relative`."""

from __future__ import annotations

import re

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            # en, de, fr, es, pt, it, nl, sv/da/no, fi, pl, cs/sk, hu, ro, hr/sl, tr, id, ru, uk, bg/sr, el, ar, he …
            "january jan januar jänner jan. janvier janv enero ene janeiro gennaio gen januari tammikuuta tammikuu "
            "stycznia styczeń sty ledna leden január januára ianuarie ian siječnja januarja ocak oca января январь "
            "янв "
            "січня січ януари јануар ιανουαρίου ιανουάριος ιαν يناير كانون_الثاني ינואר มกราคม ม.ค. sausio jaanuar "
            "janvāris जनवरी জানুয়ারি ژانویه tháng_giêng",
            "february feb februar feber février fevrier févr fév febrero fevereiro fev febbraio febr februari "
            "helmikuuta "
            "helmikuu lutego luty lut února únor február februára februarie veljače februarja şubat şub февраля "
            "февраль фев "
            "лютого лют февруари фебруар φεβρουαρίου φεβρουάριος φεβ فبراير شباط פברואר กุมภาพันธ์ ก.พ. vasario "
            "veebruar februāris फ़रवरी फरवरी ফেব্রুয়ারি فوریه",
            "march mar märz mrz mars marzo março marco maart mrt maaliskuuta maaliskuu marca marzec března březen "
            "március márc martie ožujka mart maret марта март мар березня бер марта mart μαρτίου μάρτιος μαρ مارس "
            "آذار מרץ "
            "มีนาคม มี.ค. kovo märts märts marts marec मार्च মার্চ",
            "april apr avril avr abril abr aprile huhtikuuta huhtikuu kwietnia kwiecień kwi dubna duben apríla "
            "április ápr "
            "aprilie travnja aprila nisan nis апреля апрель апр квітня квіт април απριλίου απρίλιος απρ أبريل ابريل "
            "نيسان "
            "אפריל เมษายน เม.ย. balandžio aprīlis aprill अप्रैल এপ্রিল آوریل",
            "may mai mayo maio mag maggio mei maj toukokuuta toukokuu maja května květen mája május máj svibnja "
            "mayıs mei "
            "мая май травня трав мај μαΐου μάιος μαΐ مايو أيار מאי พฤษภาคม พ.ค. gegužės maijs मई মে",
            "june jun juni juin junio junho giugno giu kesäkuuta kesäkuu czerwca czerwiec cze června červen júna "
            "június jún "
            "iunie iun lipnja junija haziran haz июня июнь июн червня черв юни јун ιουνίου ιούνιος ιουν يونيو حزيران "
            "יוני "
            "มิถุนายน มิ.ย. birželio juuni jūnijs जून জুন ژوئن",
            "july jul juli juillet juil julio julho luglio lug heinäkuuta heinäkuu lipca lipiec lip července "
            "červenec júla "
            "július júl iulie iul srpnja julija temmuz tem июля июль июл липня лип юли јул ιουλίου ιούλιος ιουλ "
            "يوليو تموز "
            "יולי กรกฎาคม ก.ค. liepos juuli jūlijs जुलाई জুলাই ژوئیه",
            "august aug août aout agosto ago augustus augusti elokuuta elokuu sierpnia sierpień sie srpna srpen "
            "augusta "
            "augusztus kolovoza avgusta ağustos ağu agustus августа август авг серпня серп αυγούστου αύγουστος αυγ "
            "أغسطس آب "
            "אוגוסט สิงหาคม ส.ค. rugpjūčio augusts अगस्त আগস্ট اوت",
            "september sept sep septembre septiembre setiembre setembro set settembre syyskuuta syyskuu września "
            "wrzesień "
            "wrz září septembra szeptember szept septembrie rujna eylül eyl сентября сентябрь сен сент вересня вер "
            "септември септембар σεπτεμβρίου σεπτέμβριος σεπ سبتمبر أيلول ספטמבר กันยายน ก.ย. rugsėjo septembris "
            "सितंबर सितम्बर সেপ্টেম্বর سپتامبر",
            "october oct oktober okt octobre octubre outubro out ottobre ott oktoober lokakuuta lokakuu października "
            "październik paź října říjen októbra október octombrie oktobra ekim eki октября октябрь окт "
            "жовтня "
            "жовт октомври октобар οκτωβρίου οκτώβριος οκτ أكتوبر تشرين_الأول אוקטובר ตุลาคม ต.ค. spalio "
            "oktobris अक्टूबर অক্টোবর اکتبر",
            "november nov novembre noviembre noviembre novembro marraskuuta marraskuu listopada listopad lis novembra "
            "noiembrie noi studenoga kasım kas ноября ноябрь ноя листопада ноември новембар νοεμβρίου νοέμβριος νοε "
            "نوفمبر "
            "تشرين_الثاني נובמבר พฤศจิกายน พ.ย. lapkričio novembris नवंबर नवम्बर নভেম্বর نوامبر",
            "december dec dezember dez décembre decembre déc diciembre dic dezembro dicembre desember des joulukuuta "
            "joulukuu grudnia grudzień gru prosince prosinec decembra decembrie prosinca aralık ara декабря декабрь "
            "дек "
            "грудня груд декември децембар δεκεμβρίου δεκέμβριος δεκ ديسمبر كانون_الأول דצמבר ธันวาคม ธ.ค. gruodžio "
            "detsember decembris दिसंबर दिसम्बर ডিসেম্বর دسامبر",
        ),
        start=1,
    )
    for written in names.split()
    # كانون_الثاني is two words; Hebrew writes "in March" as one.
    for name in (
        (written.replace("_", " "), "ב" + written) if "א" <= written[0] <= "ת" else (written.replace("_", " "),)
    )
}
"""Lower-case name → 1 to 12. Where two languages disagree the larger one has it (`listopada` is Polish November)."""

ZONES: dict[str, float] = {
    # hours east of Greenwich; CST and IST are settled by the source's zone where that has one of their meanings
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "ut": 0,
    "bst": 1, "cet": 1, "mez": 1, "wat": 1, "west": 1,
    "cest": 2, "mesz": 2, "eet": 2, "sast": 2, "cat": 2,
    "eest": 3, "msk": 3, "мск": 3, "trt": 3, "eat": 3,
    "gst": 4, "pkt": 5, "ist": 5.5, "wib": 7, "ict": 7,
    "hkt": 8, "sgt": 8, "pht": 8, "awst": 8, "北京时间": 8, "北京時間": 8, "台北時間": 8, "台灣時間": 8,
    "jst": 9, "kst": 9, "日本時間": 9, "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13,
    "brt": -3, "art": -3, "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6, "mdt": -6, "mst": -7, "pdt": -7,
    "pst": -8, "akst": -9, "hst": -10,
}  # fmt: skip

US_ZONES: dict[str, str] = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}
"""Names without a season: the offset depends on the day."""

ERAS: dict[str, int] = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
"""What to add to the year of an era."""

MORNING = ("上午", "午前", "오전", "am", "a.m.", "凌晨", "早上", "清晨", "早", "晨", "ص", "öö")
AFTERNOON = ("下午", "午後", "오후", "pm", "p.m.", "中午", "晚上", "傍晚", "晚间", "晚間", "深夜", "晚", "م", "μμ")

DAYS_AGO: dict[str, int] = {
    "今天": 0, "今日": 0, "今早": 0, "今晨": 0, "今晚": 0, "昨晚": 1, "昨天": 1, "昨日": 1, "前天": 2, "前日": 2,
    "きょう": 0, "きのう": 1, "一昨日": 2, "おととい": 2,
    "오늘": 0, "어제": 1, "그저께": 2, "today": 0, "yesterday": 1, "heute": 0, "gestern": 1, "vorgestern": 2,
    "aujourd'hui": 0, "hier": 1, "avant-hier": 2, "hoy": 0, "ayer": 1, "anteayer": 2, "hoje": 0, "ontem": 1,
    "oggi": 0, "ieri": 1, "vandaag": 0, "gisteren": 1, "idag": 0, "i dag": 0, "igår": 1, "i går": 1,
    "сегодня": 0, "вчера": 1, "позавчера": 2, "сьогодні": 0, "вчора": 1, "bugün": 0, "dün": 1, "dzisiaj": 0,
    "dziś": 0, "wczoraj": 1, "dnes": 0, "včera": 1, "astăzi": 0, "اليوم": 0, "أمس": 1, "hari ini": 0, "kemarin": 1,
    "hôm nay": 0, "hôm qua": 1, "วันนี้": 0, "เมื่อวาน": 1,
}  # fmt: skip
NOW = ("刚刚", "刚才", "剛剛", "たった今", "방금", "방금 전", "just now", "gerade eben", "à l'instant", "только что")

# fmt: off
UNITS: dict[str, str] = {
    word: unit
    for unit, words in {
        "seconds": (
            "秒", "秒钟", "秒鐘", "초", "second", "sec", "sekunde", "seconde", "segundo", "secondo", "секунд",
            "saniye", "sekund",
        ),
        "minutes": (
            "分", "分钟", "分鐘", "분", "minute", "min", "minuto", "minuten", "minutter", "minuter", "minut", "минут",
            "dakika", "minuuttia", "phút", "นาที", "دقيقة", "دقائق",
        ),
        "hours": (
            "小时", "小時", "個小時", "个小时", "時間", "시간", "hour", "hr", "stunde", "heure", "hora", "ora", "ore",
            "uur",
            "timer", "timme", "timmar", "час", "saat", "godzin", "hodin", "tuntia", "jam", "giờ", "ชั่วโมง",
            "ساعة", "ساعات",
        ),
        "days": (
            "天", "日", "일", "day", "tag", "jour", "día", "dia", "giorno", "giorni", "dag", "dagar", "день",
            "дня", "дней", "gün", "dni", "dzień", "dnem", "päivää", "hari", "ngày", "วัน", "يوم", "أيام",
        ),
        "weeks": (
            "周", "週", "週間", "星期", "个星期", "個星期", "주", "week", "woche", "semaine", "semana", "settimana",
            "недел",
            "hafta",
        ),
        "months": (
            "月", "个月", "個月", "か月", "ヶ月", "カ月", "개월", "달", "month", "monat", "mois", "mes", "mês", "mese",
            "mesi", "maand", "месяц", "ay",
        ),
        "years": (
            "年", "년", "year", "jahr", "an", "año", "ano", "anno", "anni", "jaar", "år", "год", "года", "лет",
            "yıl", "rok",
        ),
    }.items()
    for word in words
}
# fmt: on
"""Word or its beginning (alphabets inflect) → argument of `relativedelta`."""

UPDATED_WORDS = re.compile(
    r"updat|modif|aktualisier|\bakt\.|\bstand:|mis[e]? à jour|actualizad|atualizad|aggiorna|bijgewerkt|更新|修改|"
    r"編輯於|수정|업데이트|обновл|изменен|оновлен|güncel|uppdatera|updatera|opdatere|oppdater|zaktualizowan|aktualizov|päivitetty|frissítve|"
    r"diperbarui|cập nhật|last (?:edited|changed|reviewed)|تحديث|עודכן"
)
"""What stands before the date of a change. For lower-case text: with IGNORECASE a search takes three times as long."""
ONE = frozenset((
    "a", "an", "bir", "een", "eine", "einem", "einen", "einer", "en", "ett", "one", "um", "uma", "un", "una",
    "une", "uno", "один", "одну",
))  # fmt: skip
