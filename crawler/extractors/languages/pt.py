"""What the extractors know of Portuguese."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="pt",
    name="Portuguese",
    # Its writing
    letters="ãçáéóíêõúâôàü",
    common_words="o a de que e do da em um para com uma os no se na por mais as dos como",
    # Bylines
    by=("por",),
    by_or_of=("da", "de"),
    author_labels=("autor", "texto"),
    author_labels_in_byline=("autores",),
    author_headings=("autor", "autores"),
    and_words=("e",),
    from_words=("em",),
    roles=("correspondente", "jornalista", "repórter"),
    not_names=("autor", "por", "redacao", "redação"),
    not_in_names=(r"\s(?:de|por)$",),
    organisations=("agencia",),
    credit_words=("fotos?",),
    contributed=("com (?:informações|colaboração) de", "edi(?:tado|ção) (?:por|de)", "tradu(?:zido|ção) (?:por|de)"),
    picture_words=("fotos?",),
    particles=("da", "das", "de", "do", "dos", "e"),
    profile_folders=("autor(?:es)?", "journalista"),
    # Dates
    months=months(
        "janeiro jan", "fevereiro fev", "março marco mar", "abril abr", "maio mai", "junho jun", "julho jul",
        "agosto ago", "setembro set", "outubro out", "novembro nov", "dezembro dez",
    ),
    of_words=("de",),
    at_words=("às", "de"),
    clock_words=("horas", "hs?"),
    days_ago={"hoje": 0, "ontem": 1, "anteontem": 2},
    units=units(
        seconds=("segundo",), minutes=("minuto",), hours=("hora",), days=("dia",), weeks=("semana",),
        months=("mês", "meses"), years=("ano",),
    ),
    now=("agora mesmo",),
    numbers={
        "dois": 2, "duas": 2, "três": 3, "quatro": 4, "cinco": 5, "seis": 6, "sete": 7, "oito": 8, "nove": 9,
        "dez": 10, "onze": 11, "doze": 12,
    },
    and_a_half=("e mei[ao]",),
    halves=("mei[ao]",),
    one=("um", "uma"),
    ago_before=("há", "faz"),
    ago_after=("atrás",),
    updated=("atualizad",),
    published=("publicad",),
    # Lines that are not the article's
    leads_elsewhere=("ler mais", "saiba mais"),
    leads_to_stories=("leia (?:também|mais)",),
    opens_stories=("notícias relacionadas",),
    opens_author=("sobre (?:o autor|a autora)",),
    notices=("(?:habilite|active) javascript",),
    closings=(
        r"^fonte\s*[:：]",
        r"^(?:você )?pode (?:acompanhar|deixar|seguir)\b[^.]{0,60}(?:comentário|feed|resposta|rss)",
        r"^(?:este artigo|esta entrada) foi (?:escrit|publicad)[oa]\b",
    ),
    date_labels=("atualizado", "publicado"),
    on_words=("em",),
    line_labels=("fonte", "fotos?", "por"),
    minutes=(r"min(?:utos)?\b",),
    is_words=("é",),
    a_words=("um", "uma"),
    # Pages that are no article
    we=(r"\bnós\b", r"\bnoss[ao]s?\b", r"\b\w{3,}(?:amos|emos|imos)\b", "este (?:site|sítio|portal)"),
    you=(
        r"\bvocês?\b", r"\bteus?\b", r"\btuas?\b",
        r"\b(?:seus?|suas?) (?:consentimento|dados|direitos|dispositivo|escolhas?|navegador|prefer"
        "ências|privacidade)",
    ),
    leads_on=(
        r"redirecionando(?: para\b.*)?[\s.…]*$",
        "(?:você |vai ser |será |está a ser |está sendo )+redirecionad[oa]",
        "(?:esta|a) página foi (?:movida|transferida)",
        r"(?:você |está )+(?:saindo|a sair|deixando)\b",
    ),
    page_names=("pagina",),
    not_found=(
        "não (?:foi )?encontrad[ao]", "não existe(?: mais)?", "(?:já )?não está (?:mais )?disponível",
        "foi (?:removid|apagad|eliminad)[ao]",
    ),
    withdrawn=(
        "est[ea] (?:artigo|página|conteúdo|notícia|matéria) (?:foi|já não|não)[^.]{0,30}"
        "(?:removid|apagad|retirad|eliminad|disponível|existe)",
        "(?:página|artigo|conteúdo) que (?:procura|você|está|solicitou)",
    ),
    log_in=("iniciar sessão", "entrar na", "assinante"),
    offers=(
        "assin", "cancel", "ilimitad", "inici(?:e|ar) sessão|fa(?:ça|zer) log", "registr|cadastr", "conta",
        "newsletter|boletim", "continu(?:e|ar) (?:a ler|lendo)", "edição digital", "por (?:mês|ano)",
        "teste grátis|oferta", "senha|palavra-passe", "e-mail",
    ),
    consent=(
        "cookies?", "privacidade", "consent", "aceit", "recus|rejeit", "dados pessoais", "seus dados", "parceiros",
        "publicidade", "anúncios", "preferências", "finalidades", "terceiros", "rastre", "interesse legítimo",
        "dispositivo",
    ),
    barred=(
        "bloqueador de (?:anúncios|publicidade)", "ad[- ]?block",
        "não (?:está )?disponível (?:no|na) (?:seu|sua|teu|tua)", "(?:seu|teu) país|(?:sua|tua) região",
        "(?:maior(?:es)? de|menor(?:es)? de|pelo menos|ter) (?:16|18)", "maior de idade",
        "(?:sua|tua) idade|data de nascimento", "manutenção", "volta(?:mos|remos)", "tente[^.]{0,30} mais tarde",
        "tráfego (?:incomum|anormal)", "não (?:é|sou) um robô", "captcha", "(?:seu|teu) navegador", "javascript",
    ),
    javascript_before=("activ[ae]r?", "habilit[ae]r?"),
    javascript_after=("activ", "habilit"),
    # Pictures
    credit_labels=("foto",),
    # Names in class and id
    comment_names=("comentarios",),
    boilerplate_names=("rodape",),
    author_names=("autor",),
    kicker_names=("ante-?titulo",),
)
