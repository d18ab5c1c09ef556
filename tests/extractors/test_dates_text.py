"""Written dates are read in every form, zone and era, counted from the capture and never from the present."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crawler.extractors.dates.written import parse

NOW = datetime(2024, 3, 15, 4, 30, 20, tzinfo=UTC)
SHANGHAI, BERLIN, NEW_YORK = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "America/New_York"))

FORMS = [
    # written, zone of the source, instant in UTC
    ("2022-03-18 17:54:35", SHANGHAI, "2022-03-18T09:54:35"),
    ("2022-03-18T17:54:35", SHANGHAI, "2022-03-18T09:54:35"),
    ("2022-03-18T17:54:35Z", SHANGHAI, "2022-03-18T17:54:35"),
    ("2022-03-18T17:54:35.123+01:00", SHANGHAI, "2022-03-18T16:54:35"),
    ("2022-03-18T17:54:35+0800", UTC, "2022-03-18T09:54:35"),
    ("2022-03-18 17:54 -0500", UTC, "2022-03-18T22:54:00"),
    ("2022/3/8 7:05", SHANGHAI, "2022-03-07T23:05:00"),
    ("2022.03.18", SHANGHAI, "2022-03-17T16:00:00"),
    ("20220318175435", SHANGHAI, "2022-03-18T09:54:35"),
    ("20220318", UTC, "2022-03-18T00:00:00"),
    ("2022年3月18日 17:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年03月18日17时54分", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年3月18日（金） 17時54分", ZoneInfo("Asia/Tokyo"), "2022-03-18T08:54:00"),
    ("二〇二二年三月十八日", SHANGHAI, "2022-03-17T16:00:00"),
    ("二〇二二年十二月二十日", UTC, "2022-12-20T00:00:00"),
    ("２０２２年３月１８日　１７：５４", SHANGHAI, "2022-03-18T09:54:00"),
    ("令和6年3月1日", ZoneInfo("Asia/Tokyo"), "2024-02-29T15:00:00"),
    ("令和元年5月1日 午後3時05分", ZoneInfo("Asia/Tokyo"), "2019-05-01T06:05:00"),
    ("平成31年4月30日", UTC, "2019-04-30T00:00:00"),
    ("民國111年3月18日", UTC, "2022-03-18T00:00:00"),
    ("2022-03-18 下午 5:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022. 3. 18. 오전 10:24", ZoneInfo("Asia/Seoul"), "2022-03-18T01:24:00"),
    ("입력 2022.03.18. 오후 12:24", ZoneInfo("Asia/Seoul"), "2022-03-18T03:24:00"),
    ("2022년 3월 18일 오전 12:05", ZoneInfo("Asia/Seoul"), "2022-03-17T15:05:00"),
    ("18.03.2022, 17:54 Uhr", BERLIN, "2022-03-18T16:54:00"),
    ("18. März 2022 um 17.54 Uhr", BERLIN, "2022-03-18T16:54:00"),
    ("Freitag, 1. Juli 2022 08:05", BERLIN, "2022-07-01T06:05:00"),
    ("18 mars 2022 à 17h54", ZoneInfo("Europe/Paris"), "2022-03-18T16:54:00"),
    ("Publié le 18/03/2022 à 17:54", ZoneInfo("Europe/Paris"), "2022-03-18T16:54:00"),
    ("18 de marzo de 2022, 17:54", ZoneInfo("Europe/Madrid"), "2022-03-18T16:54:00"),
    ("18 de março de 2022 às 17h54", ZoneInfo("America/Sao_Paulo"), "2022-03-18T20:54:00"),
    ("18 марта 2022, 17:54", ZoneInfo("Europe/Moscow"), "2022-03-18T14:54:00"),
    ("18 marca 2022, 17:54", ZoneInfo("Europe/Warsaw"), "2022-03-18T16:54:00"),
    ("18 Μαρτίου 2022", UTC, "2022-03-18T00:00:00"),
    ("18 مارس 2022", UTC, "2022-03-18T00:00:00"),
    ("18 มีนาคม 2565", UTC, "2022-03-18T00:00:00"),
    ("18 tháng 3 2022", UTC, "2022-03-18T00:00:00"),
    ("March 18, 2022, 5:54 p.m. EDT", UTC, "2022-03-18T21:54:00"),
    ("March 18, 2022 at 5:54 PM ET", UTC, "2022-03-18T21:54:00"),
    ("December 1, 2022 5:54 PM ET", UTC, "2022-12-01T22:54:00"),
    ("Mar. 18th, 2022", NEW_YORK, "2022-03-18T04:00:00"),
    ("18th March 2022 17:54 GMT", NEW_YORK, "2022-03-18T17:54:00"),
    ("5:54 PM EDT, Fri March 18, 2022", UTC, "2022-03-18T21:54:00"),
    ("Fri, 18 Mar 2022 09:54:35 GMT", SHANGHAI, "2022-03-18T09:54:35"),
    ("Fri Mar 18 2022 17:54:35 GMT+0800 (中国标准时间)", UTC, "2022-03-18T09:54:35"),
    ("2022-03-18 17:54:35 CST", SHANGHAI, "2022-03-18T09:54:35"),
    ("2022-03-18 17:54:35 CST", ZoneInfo("America/Chicago"), "2022-03-18T23:54:35"),
    ("2022-03-18 17:54 (北京时间)", UTC, "2022-03-18T09:54:00"),
    ("1647597275", SHANGHAI, "2022-03-18T09:54:35"),
    ("1647597275000", SHANGHAI, "2022-03-18T09:54:35"),
    ("来源：观察者网 2022-03-18 17:54:35 字号", SHANGHAI, "2022-03-18T09:54:35"),
    # RFC 9557
    ("2022-03-18T17:54:35+01:00[Europe/Paris]", UTC, "2022-03-18T16:54:35"),
    ("2022-03-18T17:54:35[Europe/Paris]", UTC, "2022-03-18T16:54:35"),
    ("2022-03-18T17:54:35Z[!Europe/Paris][u-ca=japanese]", SHANGHAI, "2022-03-18T17:54:35"),
    ("2022-03-18T17:54:35+01:00[Mars/Olympus][_note=x]", UTC, "2022-03-18T16:54:35"),
    ("2022-03-18T17:54:35+01:00[+01:00]", UTC, "2022-03-18T16:54:35"),
    ("2022-03-18T17:54:35+01:00[!America/New_York]", UTC, None),
    ("2022-03-18T17:54:35+01:00[!_note=x]", UTC, None),
    ("2022-03-18T17:54:35[Mars/Olympus]", UTC, None),
    ("2022 03/18 17:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("03-12 18:20", SHANGHAI, "2024-03-12T10:20:00"),
    ("12-30 18:20", SHANGHAI, "2023-12-30T10:20:00"),
    ("3月12日 18:20", SHANGHAI, "2024-03-12T10:20:00"),
]


@pytest.mark.parametrize(("written", "zone", "expected"), FORMS)
def test_written_forms(written: str, zone: ZoneInfo, expected: str | None) -> None:
    found = parse(written, NOW, zone)
    assert (found and found.instant.replace(tzinfo=None).isoformat()) == expected
    if found:
        assert found.text == " ".join(written.split())


TOKYO, SEOUL = ZoneInfo("Asia/Tokyo"), ZoneInfo("Asia/Seoul")
NEWS = [
    # date lines of news sites in about thirty languages
    ("发布时间：2022-03-18 17:54:35", SHANGHAI, "2022-03-18T09:54:35"),
    ("发布日期：2022年3月18日", SHANGHAI, "2022-03-17T16:00:00"),
    ("2022年3月18日（星期五）17:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年3月18日 星期五 下午5:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年3月18日 周五 17:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022-03-18（周五）17:54", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年3月18日17点54分", SHANGHAI, "2022-03-18T09:54:00"),
    ("2022年3月18日晚上9點5分", SHANGHAI, "2022-03-18T13:05:00"),
    ("2022年3月18日 凌晨1:05", SHANGHAI, "2022-03-17T17:05:00"),
    ("2022年3月18日 中午12:05", SHANGHAI, "2022-03-18T04:05:00"),
    ("2022年3月18日 晚11:05", SHANGHAI, "2022-03-18T15:05:00"),
    ("民國111年3月18日 下午 05:54", ZoneInfo("Asia/Taipei"), "2022-03-18T09:54:00"),
    ("中華民國111年03月18日", ZoneInfo("Asia/Taipei"), "2022-03-17T16:00:00"),
    ("令和6年3月1日 10時24分", TOKYO, "2024-03-01T01:24:00"),
    ("令和６年３月１日", TOKYO, "2024-02-29T15:00:00"),
    ("R6.3.1", TOKYO, None),
    ("3/1(金) 17:54配信", TOKYO, "2024-03-01T08:54:00"),
    ("18 marzo 2022 - Aggiornato alle 19:00", ZoneInfo("Europe/Rome"), "2022-03-17T23:00:00"),
    ("2022年3月18日(金) 17:54 JST", UTC, "2022-03-18T08:54:00"),
    ("2022/03/18 17:54 (JST)", UTC, "2022-03-18T08:54:00"),
    ("[2022年3月18日 5時00分]", TOKYO, "2022-03-17T20:00:00"),
    ("2022년 3월 18일(금) 오후 5:54", SEOUL, "2022-03-18T08:54:00"),
    ("2022.03.18 (금) 17:54", SEOUL, "2022-03-18T08:54:00"),
    ("입력 : 2022-03-18 17:54 | 수정 : 2022-03-19 08:00", SEOUL, "2022-03-18T08:54:00"),
    ("2022.03.18. 17시 54분", SEOUL, "2022-03-18T08:54:00"),
    ("Freitag, 18. März 2022, 17:54 Uhr", BERLIN, "2022-03-18T16:54:00"),
    ("18.3.2022 | 17:54", BERLIN, "2022-03-18T16:54:00"),
    ("18.03.22, 17:54", BERLIN, "2022-03-18T16:54:00"),
    ("Stand: 18.03.2022 17:54 Uhr", BERLIN, "2022-03-18T16:54:00"),
    ("18. Mrz. 2022", UTC, "2022-03-18T00:00:00"),
    ("vendredi 18 mars 2022 à 17 h 54", ZoneInfo("Europe/Paris"), "2022-03-18T16:54:00"),
    ("18 févr. 2022", UTC, "2022-02-18T00:00:00"),
    ("1er mars 2022", UTC, "2022-03-01T00:00:00"),
    ("viernes, 18 de marzo de 2022 a las 17:54 h", ZoneInfo("Europe/Madrid"), "2022-03-18T16:54:00"),
    ("18 mar 2022 - 17:54 CET", UTC, "2022-03-18T16:54:00"),
    ("18 sept. 2022", UTC, "2022-09-18T00:00:00"),
    ("18 marzo 2022 alle 17:54", ZoneInfo("Europe/Rome"), "2022-03-18T16:54:00"),
    ("18 marzo 2022 | 17.54", ZoneInfo("Europe/Rome"), "2022-03-18T16:54:00"),
    ("sexta-feira, 18 de março de 2022 17h54", ZoneInfo("America/Sao_Paulo"), "2022-03-18T20:54:00"),
    ("18 mar. 2022 às 17:54", UTC, "2022-03-18T17:54:00"),
    ("18 maart 2022 om 17:54", ZoneInfo("Europe/Amsterdam"), "2022-03-18T16:54:00"),
    ("vrijdag 18 mrt. 2022", UTC, "2022-03-18T00:00:00"),
    ("18. mars 2022 kl. 17:54", ZoneInfo("Europe/Oslo"), "2022-03-18T16:54:00"),
    ("18 mars 2022 17.54", ZoneInfo("Europe/Stockholm"), "2022-03-18T16:54:00"),
    ("18. marts 2022 kl. 17.54", ZoneInfo("Europe/Copenhagen"), "2022-03-18T16:54:00"),
    ("18.3.2022 klo 17.54", ZoneInfo("Europe/Helsinki"), "2022-03-18T15:54:00"),
    ("18. maaliskuuta 2022", UTC, "2022-03-18T00:00:00"),
    ("18 marca 2022, godz. 17:54", ZoneInfo("Europe/Warsaw"), "2022-03-18T16:54:00"),
    ("18 września 2022", UTC, "2022-09-18T00:00:00"),
    ("18. března 2022 v 17:54", ZoneInfo("Europe/Prague"), "2022-03-18T16:54:00"),
    ("18. 3. 2022 17:54", ZoneInfo("Europe/Prague"), "2022-03-18T16:54:00"),
    ("18. marca 2022 o 17:54", ZoneInfo("Europe/Bratislava"), "2022-03-18T16:54:00"),
    ("2022. március 18., péntek 17:54", ZoneInfo("Europe/Budapest"), "2022-03-18T16:54:00"),
    ("2022. 03. 18. 17:54", ZoneInfo("Europe/Budapest"), "2022-03-18T16:54:00"),
    ("18 martie 2022, 17:54", ZoneInfo("Europe/Bucharest"), "2022-03-18T15:54:00"),
    ("18. ožujka 2022.", UTC, "2022-03-18T00:00:00"),
    ("18. marec 2022", UTC, "2022-03-18T00:00:00"),
    ("18. март 2022. 17:54", ZoneInfo("Europe/Belgrade"), "2022-03-18T16:54:00"),
    ("18 марта 2022 в 17:54 МСК", UTC, "2022-03-18T14:54:00"),
    ("18 мар 2022, 17:54", UTC, "2022-03-18T17:54:00"),
    ("18 березня 2022, 17:54", UTC, "2022-03-18T17:54:00"),
    ("18 март 2022 г., 17:54 ч.", UTC, "2022-03-18T17:54:00"),
    ("18 Μαρτίου 2022 17:54", UTC, "2022-03-18T17:54:00"),
    ("18 Mart 2022 Cuma 17:54", ZoneInfo("Europe/Istanbul"), "2022-03-18T14:54:00"),
    ("18 Ağustos 2022", UTC, "2022-08-18T00:00:00"),
    ("18 Maret 2022, 17:54 WIB", UTC, "2022-03-18T10:54:00"),
    ("Jumat, 18 Mar 2022 17:54 WIB", UTC, "2022-03-18T10:54:00"),
    ("18 tháng 3, 2022", UTC, "2022-03-18T00:00:00"),
    ("Thứ sáu, 18/3/2022, 17:54 (GMT+7)", UTC, "2022-03-18T10:54:00"),
    ("18 มี.ค. 2565 17:54 น.", ZoneInfo("Asia/Bangkok"), "2022-03-18T10:54:00"),
    ("18 มีนาคม 2565", UTC, "2022-03-18T00:00:00"),
    ("18 مارس 2022 - 17:54", UTC, "2022-03-18T17:54:00"),
    ("١٨ مارس ٢٠٢٢", UTC, "2022-03-18T00:00:00"),
    ("18 آذار 2022", UTC, "2022-03-18T00:00:00"),
    ("18 במרץ 2022", UTC, "2022-03-18T00:00:00"),
    ("18 मार्च 2022, 17:54 IST", UTC, "2022-03-18T12:24:00"),
    ("১৮ মার্চ ২০২২", UTC, "2022-03-18T00:00:00"),
    ("18 kovo 2022", UTC, "2022-03-18T00:00:00"),
    ("2022 m. kovo 18 d. 17:54", UTC, "2022-03-18T17:54:00"),
    ("2022. gada 18. marts", UTC, "2022-03-18T00:00:00"),
    ("18. märts 2022", UTC, "2022-03-18T00:00:00"),
    ("Mar 18, 2022 5:54 PM EST", UTC, "2022-03-18T22:54:00"),
    ("Mar 18, 2022 / 05:54 PM EDT / CBS News", UTC, "2022-03-18T21:54:00"),
    ("Published 5:54 PM EDT, March 18, 2022", UTC, "2022-03-18T21:54:00"),
    ("Fri 18 Mar 2022 17.54 GMT", NEW_YORK, "2022-03-18T17:54:00"),
    ("18 Mar 2022 at 5:54pm", NEW_YORK, "2022-03-18T21:54:00"),
    ("March 18, 2022 | 5:54pm", NEW_YORK, "2022-03-18T21:54:00"),
    ("2022-03-18 5:54 p.m.", NEW_YORK, "2022-03-18T21:54:00"),
    ("17:54, 18 Mar 2022", ZoneInfo("Europe/London"), "2022-03-18T17:54:00"),
    ("17:54 GMT 18 March 2022", NEW_YORK, "2022-03-18T17:54:00"),
    ("18-Mar-2022", UTC, "2022-03-18T00:00:00"),
    ("18/Mar/2022", UTC, "2022-03-18T00:00:00"),
    ("20220318T175435Z", UTC, "2022-03-18T17:54:35"),
    ("2022-03-18T17:54:35.000000Z", UTC, "2022-03-18T17:54:35"),
    ("2022-03-18T17:54:35+08", UTC, "2022-03-18T09:54:35"),
    ("2022-03-18T17:54:35 +0800", UTC, "2022-03-18T09:54:35"),
    ("2022-077", UTC, None),
    ("03月12日 18:20", SHANGHAI, "2024-03-12T10:20:00"),
    ("3月12日", SHANGHAI, "2024-03-11T16:00:00"),
    ("0001-01-01T00:00:00Z", UTC, None),
    ("1970-01-01T00:00:00Z", UTC, None),
    ("2031-01-01", UTC, None),
    ("1899-12-30", UTC, None),
    ("0000-00-00 00:00:00", UTC, None),
    ("2022-02-30", UTC, None),
    ("昨天 10:24", SHANGHAI, "2024-03-14T02:24:00"),
    ("昨日 10時24分", TOKYO, "2024-03-14T01:24:00"),
    ("前天", SHANGHAI, "2024-03-12T16:00:00"),
    ("3 小时前", SHANGHAI, "2024-03-15T01:30:20"),
    ("３小时前", SHANGHAI, "2024-03-15T01:30:20"),
    ("1个月前", SHANGHAI, "2024-02-15T04:30:20"),
    ("今早 8:05", SHANGHAI, "2024-03-15T00:05:00"),
    ("今天早上8:05", SHANGHAI, "2024-03-15T00:05:00"),
    ("22.11.2022 07.57 Online seit heute, 7.57 Uhr", BERLIN, "2022-11-22T06:57:00"),
    ("2d ago", UTC, "2024-03-13T04:30:20"),
    ("2 days ago", UTC, "2024-03-13T04:30:20"),
    ("Heute, 03:37 Uhr", BERLIN, "2024-03-15T02:37:00"),
]


@pytest.mark.parametrize(("written", "zone", "expected"), NEWS)
def test_N6_date_lines_of_the_news(written: str, zone: ZoneInfo, expected: str | None) -> None:
    found = parse(written, NOW, zone)
    assert (found and found.instant.replace(tzinfo=None, microsecond=0).isoformat()) == expected


def test_N6_two_digit_years_come_first_in_east_asia() -> None:
    east, west = parse("22-03-18 17:54", NOW, UTC, year_first=True), parse("22-03-18 17:54", NOW, UTC)
    assert east and east.instant == datetime(2022, 3, 18, 17, 54, tzinfo=UTC)
    assert west and west.instant == datetime(2018, 3, 22, 17, 54, tzinfo=UTC)


RELATIVE = [
    ("刚刚", timedelta(0)),
    ("35秒前", timedelta(seconds=35)),
    ("3小时前", timedelta(hours=3)),
    ("半小时前", timedelta(minutes=30)),
    ("2天前", timedelta(days=2)),
    ("3時間前", timedelta(hours=3)),
    ("5分前", timedelta(minutes=5)),
    ("2일 전", timedelta(days=2)),
    ("5분 전", timedelta(minutes=5)),
    ("2 hours ago", timedelta(hours=2)),
    ("an hour ago", timedelta(hours=1)),
    ("5h ago", timedelta(hours=5)),
    ("just now", timedelta(0)),
    ("vor 2 Stunden", timedelta(hours=2)),
    ("vor einer Stunde", timedelta(hours=1)),
    ("il y a 10 minutes", timedelta(minutes=10)),
    ("hace 3 días", timedelta(days=3)),
    ("há 2 horas", timedelta(hours=2)),
    ("2 ore fa", timedelta(hours=2)),
    ("2 uur geleden", timedelta(hours=2)),
    ("2 часа назад", timedelta(hours=2)),
    ("3 saat önce", timedelta(hours=3)),
    ("2 godziny temu", timedelta(hours=2)),
    ("1 week ago", timedelta(days=7)),
]


@pytest.mark.parametrize(("written", "before"), RELATIVE)
def test_relative_forms_count_from_the_capture(written: str, before: timedelta) -> None:
    found = parse(written, NOW, SHANGHAI)
    assert found is not None and found.instant == NOW - before


SEVERAL_UNITS = [
    # all units count, in every language; half a unit, numbers in words, short forms
    ("2天3小时前", timedelta(days=2, hours=3)),
    ("发布于 1小时10分钟前", timedelta(hours=1, minutes=10)),
    ("两小时前", timedelta(hours=2)),
    ("1个半小时前", timedelta(minutes=90)),
    ("半天前", timedelta(hours=12)),
    ("1時間半前", timedelta(minutes=90)),
    ("2日と3時間前", timedelta(days=2, hours=3)),
    ("2일 3시간 전", timedelta(days=2, hours=3)),
    ("하루 전", timedelta(days=1)),
    ("2 days, 3 hours ago", timedelta(days=2, hours=3)),
    ("2 days and 3 hours ago", timedelta(days=2, hours=3)),
    ("1d 1h 1m 1s ago", timedelta(days=1, seconds=3661)),
    ("1h10m ago", timedelta(minutes=70)),
    ("half an hour ago", timedelta(minutes=30)),
    ("an hour and a half ago", timedelta(minutes=90)),
    ("1.5 hours ago", timedelta(minutes=90)),
    ("two hours ago", timedelta(hours=2)),
    ("By Jane Doe, 3 hours ago", timedelta(hours=3)),
    ("2 min read · 3 hours ago", timedelta(hours=3)),
    ("vor 2 Tagen und 3 Stunden", timedelta(days=2, hours=3)),
    ("vor 1 Std. 10 Min.", timedelta(minutes=70)),
    ("vor einer halben Stunde", timedelta(minutes=30)),
    ("il y a 2 jours et 3 heures", timedelta(days=2, hours=3)),
    ("il y a une demi-heure", timedelta(minutes=30)),
    ("hace una hora y media", timedelta(minutes=90)),
    ("há 2 dias e 3 horas", timedelta(days=2, hours=3)),
    ("mezz'ora fa", timedelta(minutes=30)),
    ("2 dagen en 3 uur geleden", timedelta(days=2, hours=3)),
    ("2 dagar och 3 timmar sedan", timedelta(days=2, hours=3)),
    ("2 dage og 3 timer siden", timedelta(days=2, hours=3)),
    ("2 päivää ja 3 tuntia sitten", timedelta(days=2, hours=3)),
    ("2 dni i 3 godziny temu", timedelta(days=2, hours=3)),
    ("godzinę temu", timedelta(hours=1)),
    ("před 2 dny a 3 hodinami", timedelta(days=2, hours=3)),
    ("pred hodinou", timedelta(hours=1)),
    ("2 дня и 3 часа назад", timedelta(days=2, hours=3)),
    ("полчаса назад", timedelta(minutes=30)),
    ("2 години тому", timedelta(hours=2)),
    ("2 gün 3 saat önce", timedelta(days=2, hours=3)),
    ("2 órával ezelőtt", timedelta(hours=2)),
    ("acum 2 zile", timedelta(days=2)),
    ("πριν από μία ώρα", timedelta(hours=1)),
    ("sejam yang lalu", timedelta(hours=1)),
    ("2 ngày 3 giờ trước", timedelta(days=2, hours=3)),
    ("30 นาทีที่แล้ว", timedelta(minutes=30)),
    ("قبل يومين و 3 ساعات", timedelta(days=2, hours=3)),
    ("לפני שעתיים", timedelta(hours=2)),
    ("2 घंटे पहले", timedelta(hours=2)),
    ("২ ঘণ্টা আগে", timedelta(hours=2)),
    ("۲ ساعت پیش", timedelta(hours=2)),
    ("2 tundi tagasi", timedelta(hours=2)),
    ("pirms 2 stundām", timedelta(hours=2)),
    ("prieš 2 valandas", timedelta(hours=2)),
    ("prije 2 sata", timedelta(hours=2)),
    ("1天零2小时前", timedelta(days=1, hours=2)),
    ("2 days & 3 hours ago", timedelta(days=2, hours=3)),
    ("1½ hours ago", timedelta(minutes=90)),
    ("2¼ hours ago", timedelta(minutes=135)),
    ("il y a 1h10", timedelta(minutes=70)),
    ("há 2h05", timedelta(minutes=125)),
    ("לפני שעה ו-10 דקות", timedelta(minutes=70)),
    ("5 min · 2 hours ago", timedelta(hours=2)),  # to read, not ago
]


@pytest.mark.parametrize(("written", "before"), SEVERAL_UNITS)
def test_all_units_of_a_relative_date_count(written: str, before: timedelta) -> None:
    found = parse(written, NOW, SHANGHAI)
    assert found is not None and found.instant == NOW - before


@pytest.mark.parametrize(
    "written",
    [
        "2 fortnights and 3 hours ago",
        "3 hours 2 days ago",
        "2 days / 3 hours ago",
        "2 days + 3 hours ago",
        "2 days - 3 hours ago",
        "三天前往上海",
        "在第三天前往上海",
        "几天3小时前往上海",
        "今天 23:50",  # not yet
        "vor 5 Metern",
        "vor 5 Tagesordnungen",
    ],
)
def test_a_relative_date_of_which_a_part_is_unclear_is_none(written: str) -> None:
    assert parse(written, NOW, SHANGHAI) is None


@pytest.mark.parametrize(
    ("written", "language", "instant"),
    [
        ("wczoraj o 20:01", "pl", "2024-03-14T20:01:00"),
        ("včera v 20:01", "cs", "2024-03-14T20:01:00"),
        ("hôm qua lúc 20:01", "vi", "2024-03-14T20:01:00"),
        ("χθες στις 20:01", "el", "2024-03-14T20:01:00"),
        ("ieri la 20:01", "ro", "2024-03-14T20:01:00"),
        ("Yesterday at 20:01 +0800", "en", "2024-03-14T12:01:00"),
        ("昨晚 8:01 (UTC+8)", "zh", "2024-03-14T12:01:00"),
        ("Yesterday at 8:01 pm ET", "en", "2024-03-15T00:01:00"),
    ],
)
def test_a_named_day_keeps_the_time_of_day_and_the_zone_after_it(written: str, language: str, instant: str) -> None:
    now = datetime(2024, 3, 15, 12, tzinfo=UTC)
    found = parse(written, now, UTC, language=language)
    assert found is not None and found.instant.isoformat()[:19] == instant


def test_days_and_more_are_counted_by_the_calendar_and_hours_by_the_clock() -> None:
    march = datetime(2024, 3, 31, 12, tzinfo=UTC)
    expected = {
        "1 month ago": "2024-02-29T13:00:00",  # 14:00 in Berlin, as on the last of March
        "1个月10天前": "2024-02-19T13:00:00",
        "1 year 2 months ago": "2023-01-31T13:00:00",
        "半年前": "2023-09-30T12:00:00",
        "2 days ago": "2024-03-29T13:00:00",
        "12 hours ago": "2024-03-31T00:00:00",  # across the beginning of summer time
        "3 days ago at 8:00pm": "2024-03-28T19:00:00",
        "3天前 10:24": "2024-03-28T09:24:00",
    }
    found = {text: parse(text, march, BERLIN) for text in expected}
    assert {text: when and when.instant.replace(tzinfo=None).isoformat() for text, when in found.items()} == expected


DAYS = [
    # in Shanghai it is 12:30 on 15 March
    ("今天 08:00", SHANGHAI, "2024-03-15T00:00:00"),
    ("昨天 10:24", SHANGHAI, "2024-03-14T02:24:00"),
    ("昨天10:24", SHANGHAI, "2024-03-14T02:24:00"),
    ("更新于昨天 10:24", SHANGHAI, "2024-03-14T02:24:00"),
    ("昨晚8点", SHANGHAI, "2024-03-14T12:00:00"),
    ("大前天 10:24", SHANGHAI, "2024-03-12T02:24:00"),
    ("yesterday at 8pm", NEW_YORK, "2024-03-15T00:00:00"),
    ("the day before yesterday at 8 a.m.", NEW_YORK, "2024-03-13T12:00:00"),
    ("vorgestern, 10:24 Uhr", BERLIN, "2024-03-13T09:24:00"),
    ("前天 23:59", SHANGHAI, "2024-03-13T15:59:00"),
    ("昨日", SHANGHAI, "2024-03-13T16:00:00"),
    ("어제 10:24", ZoneInfo("Asia/Seoul"), "2024-03-14T01:24:00"),
    ("Yesterday at 6:05 PM", NEW_YORK, "2024-03-14T22:05:00"),
    ("gestern, 10:24 Uhr", BERLIN, "2024-03-14T09:24:00"),
    ("Hier à 18h30", ZoneInfo("Europe/Paris"), "2024-03-14T17:30:00"),
    ("вчера в 10:24", ZoneInfo("Europe/Moscow"), "2024-03-14T07:24:00"),
]


@pytest.mark.parametrize(("written", "zone", "expected"), DAYS)
def test_named_days_are_days_of_the_source(written: str, zone: ZoneInfo, expected: str) -> None:
    found = parse(written, NOW, zone)
    assert found is not None and found.instant.replace(tzinfo=None).isoformat() == expected


WORDS = [
    # a word counts in the language of the page, if that is known, and in English
    ("hier", "fr", 14),
    ("hier", "de", 0),
    ("hier", "nl", 0),
    ("Hier à 18h30", "de", 0),
    ("gestern", "de", 14),
    ("gestern", "nb", 14),  # no language that we know
    ("Yesterday", "ja", 14),
    ("вчера", "ru", 14),
    ("i dag", "en", 0),
    ("昨日", "ja", 14),
    ("só agora mesmo", "pt", 15),
    ("刚刚", "zh", 15),
    ("Jane Doe | just now", "de", 15),
    ("刚刚，市政府宣布新方案", "zh", 0),
    ("Die gerade eben eröffnete Brücke", "de", 0),
    ("昨日10时许，记者在现场看到", "zh", 0),
    ("昨日 10:24 来源：例城日报", "zh", 14),
]


@pytest.mark.parametrize(("written", "language", "day"), WORDS)
def test_a_word_for_a_day_is_of_the_pages_language_and_no_part_of_a_sentence(
    written: str, language: str, day: int
) -> None:
    found = parse(written, NOW, language=language)
    assert (found.instant.day if found else 0) == day


REFUSED = [
    "10:24",
    "18:24",
    "10:24 Uhr",
    "上午10:24",
    "오전 10:24",
    "10時24分",
    "à 10h24",
    "5:54 p.m.",
    "в 10:24",
    "",
    "2031-01-01",
    "2024-03-17 18:00",
    "1969-12-31",
    "0001-01-01T00:00:00Z",
    "2022-02-30",
    "2022-13-01",
    "99999999999999",
    "今天成立了新的委员会",
    "İş Dünyası Haberleri",
    "Section 3 of 10",
    "version 10.2.3.4",
    "tel. 0221 2022-318",
    "The 12 most read",
    "100年前に始まった",
]


@pytest.mark.parametrize("written", REFUSED)
def test_implausible_dates_are_refused(written: str) -> None:
    assert parse(written, NOW, SHANGHAI) is None
    assert parse(written, NOW, SHANGHAI, lenient=True) is None


def test_day_and_month_in_numbers_follow_the_order_of_the_page() -> None:
    first, other = parse("03/04/2022", NOW, UTC), parse("03/04/2022", NOW, UTC, day_first=False)
    assert first and other and (first.instant.month, other.instant.month) == (4, 3)
    certain = parse("03/18/2022", NOW, UTC)
    assert certain and certain.instant == datetime(2022, 3, 18, tzinfo=UTC)


def test_a_date_without_its_day_is_not_filled_from_the_present() -> None:
    for text in ("March 2022", "Friday", "18 March", "2022", "Friday 17:54 GMT"):
        assert parse(text, NOW, UTC, lenient=True) is None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="needs a POSIX machine zone")
@pytest.mark.parametrize("machine", ["America/Chicago", "Asia/Shanghai", "UTC"])
def test_the_zone_of_the_machine_has_no_effect(machine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", machine)
    time.tzset()
    try:
        found = parse("Fri Mar 18 17:54:35 CST 2022", NOW, SHANGHAI, lenient=True)
        assert found is not None and found.instant == datetime(2022, 3, 18, 9, 54, 35, tzinfo=UTC)
        plain = parse("2022-03-18 17:54", NOW, SHANGHAI)
        assert plain is not None and plain.instant == datetime(2022, 3, 18, 9, 54, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("written", "before"),
    [
        ("2 год. тому", timedelta(hours=2)),
        ("5 год 10 хв тому", timedelta(hours=5, minutes=10)),
        ("1 год тому", timedelta(hours=1)),
        ("1 год назад", timedelta(days=366)),
        ("1 год тому назад", timedelta(days=366)),
        ("1 год таму", timedelta(days=366)),
    ],
)
def test_a_unit_counts_as_in_the_language_of_the_word_for_ago(written: str, before: timedelta) -> None:
    found = parse(written, NOW)
    assert found and found.instant == NOW - before


UNKNOWN = [
    "2022-03-18T17:54:35 XYZT", "2022-03-18 17:54 (QQQ)", "18 Mar 2022 17:54:35 XST", "Mar 18, 2022 5:54 PM XST",
    "2022-03-18T17:54:35+99:99", "2022-03-18T17:54:35 Mars/Phobos", "Fri, 18 Mar 2022 17:54:35 (Middle Time)",
]  # fmt: skip


@pytest.mark.parametrize("written", UNKNOWN)
def test_an_attribute_with_an_unknown_zone_gives_no_date(written: str) -> None:
    assert parse(written, NOW, SHANGHAI, lenient=True) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2022-03-18T17:54:35.000 Europe/Berlin", "2022-03-18T16:54:35"),
        ("2022-03-18 17:54 MEZ", "2022-03-18T16:54:00"),
        ("2022-03-18 17:54 UHR", "2022-03-18T09:54:00"),
        ("2022-03-18 05:54 PM", "2022-03-18T09:54:00"),
        ("2022-03-18 17:54:35 Pacific Time", "2022-03-19T00:54:35"),
    ],
)
def test_an_attribute_with_a_zone_that_is_known_or_none(written: str, expected: str) -> None:
    found = parse(written, NOW, SHANGHAI, lenient=True)
    assert found and found.instant.isoformat()[:19] == expected
