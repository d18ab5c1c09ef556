"""What the extractors know of Spanish."""

from __future__ import annotations

from crawler.extractors.languages.language import Language, months, units

# fmt: off
LANGUAGE = Language(
    code="es",
    name="Spanish",
    # Its writing
    letters="óíáéñú¿¡ü",
    common_words="el la de que y en los del se las por un para con una no su al lo como",
    # Bylines
    by=("por",),
    by_or_of=("de",),
    written_by=("escrito por",),
    text_kinds=("an[aá]lisis", "art[ií]culo"),
    articles=("una",),
    author_labels=("autor", "texto"),
    author_labels_in_byline=("autores", "foto"),
    author_headings=("autor", "autores"),
    and_words=("y", "con"),
    from_words=("en",),
    roles=("corresponsal", "enviad[oa]", "periodista", "redactora?"),
    not_names=("agencias", "autor", "con", "por", "redacción"),
    not_in_names=(r"\s(?:de|por)$",),
    organisations=("agencia", "redacción"),
    credit_words=("fotos?",),
    contributed=(
        "con (?:información|colaboración|la colaboración) de", "edi(?:tado|ción) (?:por|de)",
        "tradu(?:cido|cción) (?:por|de)",
    ),
    picture_words=("fotos?",),
    particles=("de", "del", "el", "la", "y"),
    profile_folders=("autor(?:es)?",),
    # Dates
    months=months(
        "enero ene", "febrero feb", "marzo mar", "abril abr", "mayo may", "junio jun", "julio jul", "agosto ago",
        "septiembre setiembre sept sep", "octubre oct", "noviembre nov", "diciembre dic",
    ),
    of_words=("del", "de"),
    at_words=("a las", "de"),
    clock_words=("horas", "hrs?", "hs?"),
    days_ago={"hoy": 0, "ayer": 1, "anteayer": 2, "antes de ayer": 2, "antier": 2},
    units=units(
        seconds=("segundo",), minutes=("minuto",), hours=("hora",), days=("día",), weeks=("semana",),
        months=("mes",), years=("año",),
    ),
    now=("ahora mismo",),
    numbers={
        "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
        "once": 11, "doce": 12,
    },
    and_a_half=("y medi[ao]",),
    halves=("medi[ao]",),
    one=("un", "una", "uno"),
    ago_before=("hace",),
    ago_after=("atrás",),
    updated=("actualizad",),
    published=("publicad",),
    # Lines that are not the article's
    leads_elsewhere=("leer más", "lea también", "lee también", r"puedes? ver\s*:", r"vea también\b", "ver también"),
    leads_to_stories=("te puede interesar",),
    opens_stories=("artículos relacionados", "noticias relacionadas"),
    opens_author=("sobre (?:el autor|la autora)",),
    notices=("(?:habilite|active) javascript",),
    closings=(
        r"^fuente\s*[:：]",
        r"^pued(?:e|es) (?:dejar|hacer|seguir)\b[^.]{0,60}(?:comentario|feed|respuesta|rss)",
        r"^(?:esta entrada|este artículo) (?:fue|ha sido) (?:escrit|publicad)[oa]\b",
        r"^(?:los )?comentarios (?:y [^.]{0,20})?(?:están )?(?:cerrados|desactivados)",
    ),
    date_labels=("actualizado", "publicado"),
    on_words=("el",),
    line_labels=("fuente", "fotos?", "por"),
    reading_time=("tiempo de lectura",),
    minutes=(r"min(?:utos)?\b",),
    is_words=("es",),
    a_words=("un", "una", "la"),
    # Pages that are no article
    we=(r"\bnosotros\b", r"\bnuestr[ao]s?\b", r"\b\w{3,}(?:amos|emos|imos)\b", "est[ea] (?:sitio|página|web)"),
    you=(
        r"\busted(?:es)?\b", r"\btus?\b", r"\bti\b", r"\bte\b", "puedes",
        r"\bsus? (?:consentimiento|datos|derechos|dispositivo|elección|navegador|preferencias|privacidad)",
    ),
    leads_on=(
        r"redirig(?:iendo|iéndo\w*)(?: a\b.*)?[\s.…]*$",
        r"redirección[\s.…]*$",
        "(?:está siendo|será|serás|va a ser) redirigid[oa]",
        "(?:esta|la) página (?:se ha movido|ha sido movida|se ha trasladado)",
        r"(?:usted )?está (?:saliendo|abandonando|a punto de (?:salir|abandonar))\b",
    ),
    page_names=("pagina",),
    not_found=(
        "no (?:ha sido )?encontrad[ao]", "no (?:se )?(?:ha )?(?:encuentra|encontrado|existe|pudo encontrar)",
        "ya no (?:está )?(?:existe|disponible)", "ha sido (?:eliminad|retirad|borrad)[ao]", "no está disponible",
    ),
    withdrawn=(
        "est[ea] (?:artículo|página|contenido|noticia|publicación) "
        "(?:ha sido|fue|ya no|no)[^.]{0,30}(?:eliminad|retirad|borrad|disponible|existe|encuentra)",
        "(?:página|artículo|contenido) (?:que )?(?:buscas?|solicitad|está buscando|estás buscando|intentas)",
    ),
    log_in=("inicia(?:r)? sesión", "suscr[ií]b", "contraseña"),
    offers=(
        "suscri", "cancel", "ilimitad", "inici(?:a|ar|e) sesión", "regístr|registr", "cuenta", "newsletter|boletín",
        "(?:seguir|continuar|sigue) leyendo", "edición digital", "al (?:mes|año)", "prueba gratuita|oferta",
        "contraseña", "correo electrónico",
    ),
    consent=(
        "cookies?", "privacidad", "consent", "acept", "rechaz", "datos personales", "(?:tus|sus) datos", "socios",
        "publicidad", "anuncios", "preferencias", "finalidades", "terceros", "rastre", "interés legítimo",
        "dispositivo", "configur",
    ),
    barred=(
        "bloqueador de (?:anuncios|publicidad)", "ad[- ]?block", "no (?:está )?disponible en (?:tu|su)",
        "(?:tu|su) (?:país|región|ubicación|territorio)",
        "(?:mayor(?:es)? de|menor(?:es)? de|al menos|tener) (?:16|18|21)", "mayor de edad",
        "(?:tu|su) edad|fecha de nacimiento", "mantenimiento", "volve(?:mos|remos)",
        "(?:inténtelo|inténtalo|vuelve|vuelva)[^.]{0,30} más tarde", "tráfico inusual", "no (?:eres|soy|es) un robot",
        "captcha", "(?:tu|su) navegador", "javascript",
    ),
    robot_check=("verificación de seguridad", "comprobando (?:tu|su) navegador"),
    javascript_before=("activ[ae]r?", "habilit[ae]r?"),
    javascript_after=("activ", "habilit"),
    # Pictures
    credit_labels=("foto",),
    # Names in class and id
    comment_names=("comentarios",),
    lead_names=("bajada", "copete", "entradilla"),
    author_names=("autor",),
    date_names=("fecha",),
    kicker_names=("ante-?titulo",),
)
