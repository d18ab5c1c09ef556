"""All that can be declared of a language: the fields of its file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = tuple[str, ...]
"""Regular expressions, each one word or phrase. Lower case; the case of a page's letters is ignored."""


def months(*names: str) -> dict[str, int]:
    """Map each name of a month to its number; one string per month, names parted by spaces, `_` for a space in one."""
    if len(names) != 12:
        raise ValueError(f"{len(names)} months, not 12")
    return {name.replace("_", " "): number for number, month in enumerate(names, 1) for name in month.split()}


def units(
    *,
    seconds: Words = (),
    minutes: Words = (),
    hours: Words = (),
    days: Words = (),
    weeks: Words = (),
    months: Words = (),
    years: Words = (),
) -> dict[str, str]:
    """Map each word, or the beginning of an inflected one, to the argument of `relativedelta` that it stands for."""
    named = {
        "seconds": seconds, "minutes": minutes, "hours": hours, "days": days, "weeks": weeks, "months": months,
        "years": years,
    }  # fmt: skip
    return {word: unit for unit, words in named.items() for word in words}


@dataclass(frozen=True, kw_only=True)
class EastAsianBylines:
    """Words by which Chinese, Japanese and Korean papers name authors in a line of text; see bylines/east_asian.py."""

    reporters: Words = ()
    """Reporter, correspondent: beside the names of authors."""
    plain_reporter: Words = ()
    """The one of them that stands before a name in running text too."""
    reporter_kinds: Words = ()
    """What may stand before such a word: trainee, senior."""
    author: Words = ()
    """Author, in the few forms that also mark a nickname."""
    writers: Words = ()
    """`Text by` at the beginning of a line, with the names behind it."""
    writers_inside: Words = ()
    """Those of `writers` that are a label in the middle of a line too."""
    text: Words = ()
    """The word for text or article alone."""
    pictures: Words = ()
    """What may stand beside `text` when one person made both."""
    others: Words = ()
    """Roles that make nobody an author: editor, photographer, publisher."""
    others_behind: Words = ()
    """The same in the short form that stands behind a name."""
    editors: Words = ()
    """Editor: before the names of those who are never authors."""
    source: Words = ()
    """The label of the source that a text was taken from."""
    reports: Words = ()
    """Reports, by cable: behind the name and a place."""
    posted_by: tuple[str, str] = ("", "")
    """What stands before and behind the name of who posted a text in a forum."""
    is_words: Words = ()
    """Is: what follows says who an author is."""
    and_signs: str = ""
    """Characters between two names that mean and."""
    reports_from: str = ""
    """What stands between a name and the place of the report."""
    desks: str = ""
    """Last characters of the names of desks and offices, before a reporter's name."""
    places: Words = ()
    """Places and employers that run into a name without a space."""
    not_names: Words = ()
    """Searched in a text that stands where names do: with one of these it is none."""
    surnames: str = ""
    """Family names of one character, in falling frequency."""
    compound_surnames: Words = ()
    """Family names of two characters."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """What the extractors know of one language. All fields but the first two may be left out."""

    code: str
    """ISO 639-1; the file's name too."""
    name: str
    """In English."""

    # Its writing: charset/ tells text from mojibake by it, metadata the language of a page.
    letters: str = ""
    """Letters outside ASCII in falling frequency (only the order counts); all letters where the alphabet is another."""
    common_words: str = ""
    """Frequent words in plain ASCII letters: they tell the language before the encoding is known."""
    characters: str = ""
    """The most frequent Chinese characters or syllables, in any order."""
    script: str = ""
    """A regular expression for one letter: a page with enough of them is in this language."""
    script_share: float = 0.5
    """The share of a page's letters that is enough."""
    script_overrules: bool = False
    """Whether the letters count against what a page declares: `lang="en"` around Chinese news is common."""
    sister_of: str = ""
    """Code of the language with the same `script` from which `own_letters` tell this one …"""
    own_letters: str = ""
    """… as a regular expression, when they are one letter in fifty."""

    # Bylines: `By Jane Doe and John Roe, correspondent in London`.
    by: Words = ()
    """By, before an author's name."""
    by_or_of: Words = ()
    """Words that also mean of or from: cut from the beginning of a byline, but they mark none."""
    by_glued: Words = ()
    """Those of `by` that pages print without a space before the name: `ByJane Doe`."""
    by_verbs: Words = ()
    """Written, before by."""
    by_verbs_in_byline: Words = ()
    """The same; cut from the beginning of a byline, but they mark none."""
    written_by: Words = ()
    """Plain labels that WordPress puts into `twitter:label1` for the author."""
    reported_by: Words = ()
    """Phrases in the place of by: `aus Kiew berichtet`."""
    text_kinds: Words = ()
    """What a byline may call the text before by: commentary, analysis."""
    articles: Words = ()
    """The indefinite article before such a word."""
    author_labels: Words = ()
    """Author, text: before a name, with or without a colon."""
    author_labels_with_colon: Words = ()
    """The same, only with a colon: without it they begin other lines too."""
    author_labels_in_byline: Words = ()
    """The same; cut from the beginning of a byline, but they mark none."""
    author_labels_joined: Words = ()
    """The same in scripts that put no space behind them."""
    author_headings: Words = ()
    """Author, alone in an element before the one that holds the name."""
    and_words: Words = ()
    """And, with: between the names of two authors."""
    and_or_in: Words = ()
    """Words for and that also mean in: read as and only before a photographer's name."""
    from_words: Words = ()
    """From, in, at: before a place or an employer behind a name."""
    roles: Words = ()
    """Correspondent, editor: no name when they end a piece of a byline."""
    role_patterns: Words = ()
    """Roles that stand at a name without a mark between, with what tells them from the name; cut off."""
    degrees: Words = ()
    """Academic and professional titles behind a name."""
    jobs: Words = ()
    """Professions outside of journalism: behind them a byline names nobody else."""
    not_names: Words = ()
    """Whole texts that stand where names do, and are none."""
    not_in_names: Words = ()
    """Searched in a text that stands where names do: with one of these it is none."""
    organisations: Words = ()
    """Words that make a name one of an organisation."""
    credit_words: Words = ()
    """Beginnings of a byline of somebody who did not write: edited, photo."""
    picture_words: Words = ()
    """Photo, illustration: who made it is named behind the author."""
    particles: Words = ()
    """Plain words that are written small within names: von, de la."""
    profile_folders: Words = ()
    """Folders in addresses of authors' pages, beside the English ones."""
    source_labels: Words = ()
    """The label of the source, which some sites print in the author's place."""
    east_asian: EastAsianBylines = field(default_factory=EastAsianBylines)

    # Dates: `Updated on Monday, 3 March 2024 at 4 p.m.`, `2 hours ago`.
    months: Mapping[str, int] = field(default_factory=dict)
    """Plain names and abbreviations, made by `months`."""
    of_words: Words = ()
    """Of: between day, month and year."""
    ordinals: Words = ()
    """Endings of a day's number: 1st."""
    at_words: Words = ()
    """At: between a date and a time of day."""
    weekdays: Words = ()
    """Signs for a weekday in brackets behind a date."""
    year_signs: str = ""
    """Characters behind the number of a year."""
    month_signs: str = ""
    """Characters behind the number of a month."""
    day_signs: str = ""
    """Characters behind the number of a day."""
    hour_signs: str = ""
    """Characters behind the number of an hour."""
    minute_signs: str = ""
    """Characters behind the number of minutes."""
    second_signs: str = ""
    """Characters behind the number of seconds."""
    date_forms: Words = ()
    """Further forms of a date, with `{year}`, `{month}` (a number), `{name}` (of a month), `{day}`."""
    date_forms_without_year: Words = ()
    """The same without `{year}`."""
    numeral_dates: Words = ()
    """Dates in the language's own numerals: groups of year, month and day, joined by the signs for them."""
    numerals: Mapping[str, int] = field(default_factory=dict)
    """Plain signs of numerals from 0 to 10."""
    eras: Mapping[str, int] = field(default_factory=dict)
    """Plain name of an era → what to add to its years."""
    first_year: str = ""
    """The sign for an era's first year."""
    year_first: bool = False
    """Whether dates in numbers begin with the year."""
    zones: Mapping[str, float] = field(default_factory=dict)
    """Plain name of a time zone → hours east of Greenwich; international abbreviations are known anyway."""
    am: Words = ()
    """Plain words for the hours from midnight to noon: with them 12:10 is 0:10."""
    morning: Words = ()
    """Plain words for a part of those hours."""
    afternoon: Words = ()
    """Plain words for the hours from noon on: 4 is 16:00."""
    pm_behind: Words = ()
    """Those of `afternoon` that stand behind the time."""
    days_ago: Mapping[str, int] = field(default_factory=dict)
    """Plain word for a day → how many days before today it is."""
    day_halves: str = ""
    """Last characters of such words that name a half of the day too."""
    now: Words = ()
    """Plain words for just now."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Plain words for units of time, made by `units`."""
    half: str = ""
    """The sign for half a unit."""
    one: Words = ()
    """Plain words for one unit."""
    ago_before: Words = ()
    """Ago, before the number."""
    ago_behind: Words = ()
    """Ago, behind the unit."""
    ago_joined: Words = ()
    """The same in scripts that put no space before it."""
    updated: Words = ()
    """Beginnings of words before the date of a change."""
    published: Words = ()
    """Beginnings of words before the date of publication."""

    # Lines in an article's container that are not the article's; all lower case.
    leads_elsewhere: Words = ()
    """Beginnings of short lines that lead to something else, or belong to the site."""
    leads_to_stories: Words = ()
    """The same; with little behind them they are also headings of lists of other stories."""
    opens_stories: Words = ()
    """Whole headings of lists of other stories."""
    opens_author: Words = ()
    """Whole headings of sections that tell who the author is."""
    notices: Words = ()
    """Searched in paragraphs: disclosures, demands, legal lines."""
    closings: Words = ()
    """Searched in the last paragraphs: who made the article, or what the publisher asks for."""
    date_labels: Words = ()
    """Labels before a date in a line that says nothing else."""
    on_words: Words = ()
    """On: between such a label and the date."""
    line_labels: Words = ()
    """Labels with a colon at the beginning of a short line: who wrote, whose the photo is."""
    kind_labels: Words = ()
    """Whole lines that name the kind of the piece: video."""
    reading_time: Words = ()
    """Beginnings of lines that tell how long one reads."""
    minutes: Words = ()
    """Minutes, behind a number in such a line."""
    role_lines: Words = ()
    """Beginnings of lines that name who did what, with the mark behind the role."""
    is_words: Words = ()
    """Is: `Jane Doe is a writer` …"""
    a_words: Words = ()
    """… and the articles that follow."""

    # Pages that are no article.
    not_found: Words = ()
    """What a page says in place of an article that is gone."""
    log_in: Words = ()
    """What a page says that asks to log in or to subscribe."""
    consent: Words = ()
    """What a page says that asks for consent to cookies."""
    javascript_before: Words = ()
    """Enable, before JavaScript."""
    javascript_behind: Words = ()
    """Required, disabled, behind JavaScript."""
    robot_check: Words = ()
    """What a page says that checks whether a person reads it."""

    # Pictures
    credit_labels: Words = ()
    """Labels before the name of whose a picture is."""
    credit_labels_in_caption: Words = ()
    """The same; not enough to tell that a line of its own is a credit."""
    credit_labels_of_line: Words = ()
    """The same; only at the beginning of a line of its own."""
    credit_lines: Words = ()
    """Beginnings of such lines that need no colon."""
    advert_paths: Words = ()
    """Parts of addresses of advertising pictures, beside the English ones."""

    # Names in class and id, beside the English ones; a word counts from its beginning.
    comment_names: Words = ()
    """Of what readers wrote."""
    boilerplate_names: Words = ()
    """Of what is surely not the article's."""
    doubtful_names: Words = ()
    """Of what is mostly not the article's."""
    lead_names: Words = ()
    """Of the sentences between headline and text."""
    caption_names: Words = ()
    """Of a picture's caption."""
    author_names: Words = ()
    """Of a byline."""
    date_names: Words = ()
    """Of a date line."""
    title_names: Words = ()
    """Of a headline."""
    kicker_names: Words = ()
    """Of the label before a headline."""
