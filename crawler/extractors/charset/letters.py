"""What written languages look like, as tables: for `plausibility`, which tells text from mojibake.

Letters stand in falling frequency; only their order is used. Words are frequent ones in plain ASCII letters: they read
the same in every ASCII-based encoding, so they tell the language before the encoding is known.
"""

from __future__ import annotations

LATIN: dict[str, tuple[str, str]] = {
    # language: (letters outside ASCII, frequent words inside ASCII)
    "en": ("é", "the of and to in is that for was on with as it by at from his are have has said"),
    "fr": (
        "éèàêçôîûùâëïœü",
        "de la le les des et est un une a en il qu dans que pour qui sur au pas par du plus ce avec",
    ),
    "de": ("üäöß", "der die und in den von zu das mit sich des auf ist im dem nicht ein eine als auch"),
    "es": ("óíáéñú¿¡ü", "el la de que y en los del se las por un para con una no su al lo como"),
    "ca": ("àéèóòíúçï·ü", "el la de que i en els del per un amb una no es al les va als"),
    "gl": ("óáéíñúü", "o a de que e do da en os no na para un unha con por se das dos ao"),
    "pt": ("ãçáéóíêõúâôàü", "o a de que e do da em um para com uma os no se na por mais as dos como"),
    "it": ("èàùòìéî", "il di che la e in un per del con non una le si della dei sono al ha da"),
    "nl": ("ëéïöüèê", "de het een van en in is dat op te zijn voor met die niet aan er om ook als"),
    "af": ("êëéôûï", "die van en het in is dat te nie vir met op wat aan was sy om ook as"),
    "sv": ("äåöéü", "och i att det som en av den med till inte om ett har de ett var jag sig men"),
    "da": ("øåæéö", "og i at det er en den til af de som med for ikke der har et var om men"),
    "no": ("øåæéòô", "og i det er en som til av at for med har ikke de den om et var men seg"),
    "fi": ("äöåšž", "ja on ei se oli ovat mutta joka kun niin kuin sen ole hän että myös jo"),
    "is": ("áíðéóþúöýæ", "og er sem um en var til hann fyrir ekki af hefur vera voru eru ekki sagt eftir"),
    "fo": ("áíðóúøýæ", "og at er sum hava til ein ikki hetta men hevur var eru av fyri"),
    "se": ("áčđšžŋŧ", "ja lea mii dat leat go maid ahte leai mun don son"),
    "kl": ("ĩũâêôåæø", "aamma tamanna taamaattumik illu ilaat"),
    "pl": ("łąęóśżćńź", "w i na z do nie to jest o od za po przez dla oraz jak ale tak ich jego"),
    "cs": ("íáěéřšýžčůúťďňó", "a v na se je o do s to z za po ale jako by k si pro aby bylo"),
    "sk": ("áíéčžýúšľťňôďóäĺŕ", "a v na sa je o do s to z za po ale ako by k si pre aby bolo"),
    "hu": ("áéöóőüíúű", "a az hogy nem is egy meg van volt ezt csak mint de ez el ha vagy majd"),
    "ro": ("ăîșțâşţ", "de la a cu pe din nu care un pentru o al mai este ce dar au lui fost sunt"),
    "hr": ("čšžćđ", "i u je na se da za su od koji s o kao ne sa iz što nije bi ili"),
    "sl": ("čšž", "je in v na se za da so ki z pa ne bi po o s ali kot tudi bilo"),
    "lt": ("ėšžųįūčąę", "ir kad yra su buvo iš tai ne kaip jo ar nuo per bet tik prie"),
    "lv": ("āīšņūžēļģķčōŗ", "un ir ar par no ka uz bija kas to arī pie vai tika tas nav bet"),
    "et": ("äõüöšž", "ja on ei et see oli mis aga kui ka ta oma nii siis ning kes mida"),
    "tr": ("ışğüçöİâîû", "ve bir bu da de ile olarak olan daha en ama gibi kadar sonra her ne var"),
    "mt": ("ħġżċàèìòù", "il li ta u fil minn ma biex din dan kien hija tal huwa mill"),
    "eo": ("ĉĝŭŝĥĵ", "la kaj de en al estas ne mi li ke por kun sed oni kiu estis el"),
    "cy": ("âŵêôîŷûáäï", "yn y i a o ar ac mae yr am gan bod oedd wedi ei hi fod hefyd"),
    "ga": ("áéíóúḃċḋḟġṁṗṡṫ", "an na ar agus a i is go ag le do bhi sin ach mar raibh leis"),
    "sq": ("ëç", "e dhe i se me per nga si ka do ne nje ishte por tij kjo"),
    "vi": (
        "đàáâăêôơưéèíìóòúùýãõĩũ\u0300\u0301\u0303\u0309\u0323",
        "cho trong khi theo ra hai sau tin ba nam tham anh con quan trung",
    ),
}

SCRIPTS: dict[str, str] = {
    # language: its letters, all of them
    "ru": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",
    "uk": "оанивітерслкдумпязьбгчхйжюшцєїщфґ'",
    "be": "анаіорцетслкдмяыузпьвйгчбхжшюёўэф",
    "bg": "аоиетнрсвлдкпмзъгуячбцйжщхшюфь",
    "sr": "аоиенртсјкувдмпглзбчцхшжњћљђфџ",
    "mk": "аоиетнрсвдклпмујзгбчцхшжњќфљѓџѕ",
    "el": "αοιετσνηυρπκμλςωγδάίόέθφχήβώύξζψϊϋΐΰ",
    "he": "יוהלאמרתבשנעםדקחפכטגזסצןךףץ",
    "ar": "اليمونرتبةدعسفهكقحجشطصخىأذزضثغءظئإآؤ",
    "fa": "ایرنودمتهسبلکشگعفزقخجپحصطآضذچثغظژئء",
    "th": "านรกอเงมยลวดทสตะปบคหแจพชขใไโผซถณศษธภฐฎญฆฉฝฟฬฮฤ" + "่้ีิัื็ูุ์ำึๆ",
}

HANZI = (
    # simplified
    "的一是在了不人有中国大上和我们他为这年来个到以说地会时要就出对也生行发后家可能过下子自得而作于多然着方成学同事公经"
    "日月报道市新民业们部长将政前分本动进还工者现天全开万关与被但没从主法小力高里据城美员其两情场面机外体加理起去最重"
    "十二三四五六七八九元第区之点当间种什么她那此实展合建问因立使定目记院表等次只如定想正平心已明网系件及所三名特海京北华"
    # traditional
    "的一是在了不人有中國大上和我們他為這年來個到以說地會時要就出對也生行發後家可能過下子自得而作於多然著方成學同事公經"
    "日月報道市新民業部長將政前分本動進還工者現天全開萬關與被但沒從主法小力高里據城美員其兩情場面機外體加理起去最重"
    "十二三四五六七八九元第區之點當間種什麼她那此實展合建問因立使定目記院表等次只如想正平心已明網系件及所名特海臺北華灣"
)
KANJI = (
    "日一人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先名川千水半男西電校語"
    "土木聞食車何南万毎白天母火右読友左休父雨会同事自社発者地業方新場員立開手力問代明動京目通言理体田主題意不作用度強公"
    "持野以思家世多正安院心界教文元重近考画海売知道集別物使品計死特私始朝運終台広住無真有口少町料工建空急止送切転研足究"
    "楽起着店病質待試族銀早映親験英医仕去味写字答夜音注帰古歌買悪図週室歩風紙黒花春赤青館屋色走秋夏習駅洋旅服夕借曜飲肉"
    "貸堂鳥飯勉冬昼茶弟牛魚兄犬妹姉漢政議民連対部合市内相定回選米実関決全表戦経最現調化当約首法性的要制治務成期取都和機"
)
HANGUL = (
    "이다는의에을가고로서은한지기사하를대인자정도어시리과있일나라전해보수으스원아제부장그만들상여주공것구성조비해계국"
    "니세신경음게했화진동소요면안오연유미선관당위산내문모까려우무민월년였교없것차방중개반적업건후던와"
)

SIGNS = "«»“”„‚‘’–—…§°·€£©®№•¿¡\u00a0´ºª½™›‹"
"""Signs that occur in any European text."""
