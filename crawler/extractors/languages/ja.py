"""What the extractors know of Japanese."""

from __future__ import annotations

from crawler.extractors.languages.language import EastAsianBylines, Language, units

# fmt: off
LANGUAGE = Language(
    code="ja",
    name="Japanese",
    # Its writing
    characters=(
        "日一人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川"
        "千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京"
        "目通言理体田主題意不作用度強公持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運"
        "終台広住無真有口少町料工建空急止送切転研足究楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌"
        "買悪図週室歩風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢政議民連対"
        "部合市内相定回選米実関決全表戦経最現調化当約首法性的要制治務成期取都和機"
    ),
    script="[ぁ-んァ-ヴ]",
    script_share=0.2,
    script_overrules=True,
    # Bylines
    author_labels_joined=(r"記\s*者", "文"),
    and_words=("と",),
    role_patterns=(r"(?<=[\u3040-\u9fff])\s*(?:記者|編集委員|特派員|論説委員|さん|氏)$",),
    not_in_names=("編集部$",),
    east_asian=EastAsianBylines(
        reporters=("記者", "編集委員", "特派員"),
        plain_reporter=("記者",),
        writers=(
            "取材[・･]?文?", "文", "文責", "執筆者?", "ライター", "聞き手", "著者", "筆者", "構成", "編集委員", "記者",
        ),
        desks="部局班",
        not_names=(
            "写真", "撮影", "提供", "共同", "時事", "ロイター", "AFP", "続く", "つづく", "終わ", "おわり", "敬称",
            "以上", "関連", "引用", "編集", "本紙", "毎日", "読売", "朝日", "産経", "日経", "聞き手$", "一部", "画像",
            "映像", "無料", "編$", "注.?$", "下$", "上$", "中$", "完$",
        ),
    ),
    # Dates
    weekdays=("[月火水木金土日](?:曜日?)?",),
    year_signs="年",
    month_signs="月",
    day_signs="日",
    hour_signs="時",
    minute_signs="分",
    second_signs="秒",
    date_forms_without_year=(r"(?<![\d./:-]){month}[/.]{day}\s?\([日月火水木金土]\)",),
    eras={"令和": 2018, "平成": 1988, "昭和": 1925},
    first_year="元",
    year_first=True,
    zones={"日本時間": 9},
    am=("午前",),
    afternoon=("午後", "深夜"),
    days_ago={"今日": 0, "本日": 0, "昨日": 1, "前日": 2, "きょう": 0, "きのう": 1, "一昨日": 2, "おととい": 2},
    now=("たった今",),
    units=units(
        seconds=("秒",), minutes=("分",), hours=("時間",), days=("日",), weeks=("週間",),
        months=("か月", "ヶ月", "ケ月", "カ月", "ヵ月", "箇月"), years=("年",),
    ),
    and_a_half=("半",),
    halves=("半",),
    ago_joined=("前(?![往后後])",),
    updated=("更新",),
    published=("公開", "配信", "入力"),
    # Lines that are not the article's
    leads_elsewhere=("あわせて読みたい", "続きを読む", "この記事は(?:有料)?会員限定"),
    leads_to_stories=("関連記事",),
    opens_stories=("関連ニュース",),
    opens_author=("この記事を書いた人", "著者(?:紹介|プロフィール)"),
    notices=("会員限定", "無料で会員登録"),
    date_labels=("公開", "公開日", "掲載", "更新", "更新日", "更新日時", "配信"),
    minutes=("分",),
    # Pages that are no article
    leads_on=(
        r"リダイレクト(?:中|します|しています)?[\s.…。]*$",
        r"(?:この|当|お探しの)?(?:ページ|記事|サイト)は[^。\n]{0,20}(?:移転|移動|引っ越し)(?:し|いた)",
        r"(?:自動的に|[^。\n]{0,20}秒後に)[^。\n]{0,20}(?:移動|転送|ジャンプ|切り替わ)",
        r"[^。\n]{0,20}(?:サイト|ページ)(?:を離れ|から離れ)(?:よう|ます)",
        "外部(?:サイト|リンク)(?:へ|に)(?:移動|遷移|ジャンプ)",
    ),
    not_found=("見つかりません", "見つかりませんでした", "存在しません", "公開を終了"),
    log_in=("ログイン", "会員限定", "有料会員"),
    consent=("クッキー", "同意する"),
    javascript_before=("有効に",),
    javascript_after=("有効", "無効"),
    robot_check=("ロボットではありません",),
    # Pictures
    credit_lines=("写真",),
    # Names in class and id
    author_names=("kisha",),
)
