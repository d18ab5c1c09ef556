"""What the extractors know of Korean."""

from __future__ import annotations

from crawler.extractors.languages.language import EastAsianBylines, Language, units

# fmt: off
LANGUAGE = Language(
    code="ko",
    name="Korean",
    # Its writing
    characters=(
        "이다는의에을가고로서은한지기사하를대인자정도어시리과있일나라전해보수으스원아제부장그만들상여주공것구"
        "성조비해계국니세신경음게했화진동소요면안오연유미선관당위산내문모까려우무민월년였교없것차방중개반적업"
        "건후던와"
    ),
    script="[가-힣]",
    script_share=0.2,
    script_overrules=True,
    # Bylines
    and_words=("및",),
    # Bylines
    role_patterns=(
        r"(?<=[가-힣])\s*(?:선임|인턴|수습|전문|객원)?\s*(?:기자|특파원|논설위원|에디터)(?:\s*외\s*\d+명)?$",
    ),
    east_asian=EastAsianBylines(
        reporters=("기자", "특파원", "논설위원", "에디터"),
        reporter_kinds=("선임", "인턴", "수습", "전문", "객원"),
        pictures=("사진",),
        not_names=(
            "사진", "편집", "취재", "영상", "인턴", "전문", "선임", "객원", "수습", "디지털", "온라인", "본보", "담당",
        ),
    ),
    # Dates
    weekdays=("[월화수목금토일](?:요일)?",),
    year_signs="년",
    month_signs="월",
    day_signs="일",
    hour_signs="시",
    minute_signs="분",
    second_signs="초",
    year_first=True,
    am=("오전",),
    afternoon=("오후",),
    days_ago={"오늘": 0, "어제": 1, "그저께": 2, "그제": 2},
    now=("방금", "방금 전"),
    units=units(
        seconds=("초",), minutes=("분",), hours=("시간",), days=("일",), weeks=("주",), months=("개월", "달"),
        years=("년",),
    ),
    counted_units={"하루": (1, "days"), "이틀": (2, "days"), "사흘": (3, "days"), "일주일": (1, "weeks")},
    numbers={"두": 2, "세": 3, "네": 4, "다섯": 5, "여섯": 6},
    and_a_half=("반",),
    halves=("반",),
    one=("한",),
    ago_joined=(r"\s*전",),
    updated=("수정", "업데이트"),
    published=("입력", "등록", "승인"),
    # Lines that are not the article's
    leads_elsewhere=("무단전재", "저작권자"),
    leads_to_stories=("관련 ?기사",),
    opens_stories=("관련 기사",),
    date_labels=("등록", "수정", "승인", "입력"),
    # Pages that are no article
    we=("당사", "저희", r"\b우리(?:는|의|와)?\b", "(?:본|이) (?:웹)?사이트"),
    you=("귀하", "여러분", "(?:회원|고객|독자)님", "(?:하|주)(?:세요|십시오)", "하실 수"),
    leads_on=(
        "(?:잠시 후 )?(?:자동으로 )?(?:페이지로 )?(?:이동합니다|이동 중|리디렉션|리다이렉트)",
        "(?:이 )?페이지(?:가|는) 이동(?:했|되었)",
        r"[^.\n]{0,20}(?:사이트|페이지)를 (?:떠나|벗어나)",
    ),
    not_found=(
        "찾을 수 없", "존재하지 않", "삭제(?:된|되었|됐)", "(?:더 이상|현재) (?:제공|이용|서비스)[^.]{0,10}(?:않|없)",
    ),
    withdrawn=(
        "(?:이|해당|요청하신|찾으시는) (?:기사|페이지|콘텐츠|게시물)(?:는|가|은|을|를)?[^.]{0,30}"
        "(?:삭제|존재하지|찾을 수|없)",
    ),
    log_in=("로그인", "회원 전용"),
    offers=(
        "로그인", "회원", "가입", "구독", r"월 ?[\d,]+ ?원", "유료", "무료", "해지", "계속 읽", "비밀번호", "이메일",
        "결제",
    ),
    consent=(
        "쿠키", "개인 ?정보", "프라이버시", "동의", "파트너", "광고", "수락|허용", "거부", "설정", "제3자", "추적",
        "철회", "(?:데이터|정보)(?:를|의)? (?:수집|처리|이용)", "기기",
    ),
    barred=(
        "광고 ?차단", "거주(?:하는|하시는)? (?:국가|지역)", "(?:해당|귀하의) (?:국가|지역)", "(?:만 )?(?:18|19)세",
        "성인 ?인증", "생년월일", "점검", "잠시 후", "로봇이 아닙", "브라우저", "자바스크립트|javascript",
    ),
    javascript_before=("활성화",),
    javascript_after=("활성화", "필요"),
    # Pictures
    credit_lines=("사진",),
)
