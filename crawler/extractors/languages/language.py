"""The fields of a language's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = tuple[str, ...]
"""Regular expressions, each one word or phrase. Lower case; the case of a page's letters is ignored."""

UNITS = ("seconds", "minutes", "hours", "days", "weeks", "months", "years")
"""Arguments of dateutil's `relativedelta`."""


def months(*names: str) -> dict[str, int]:
    """Map each name of a month to its number; names are separated by spaces, `_` is a space within a name."""
    if len(names) != 12:
        raise ValueError(f"{len(names)} months, not 12")
    return {name.replace("_", " "): number for number, month in enumerate(names, 1) for name in month.split()}


def units(**words: Words) -> dict[str, str]:
    """Map each word for a unit of UNITS, or the beginning of an inflected one, to the unit."""
    if unknown := words.keys() - set(UNITS):
        raise ValueError(f"units {sorted(unknown)}, not of {UNITS}")
    return {word: unit for unit, listed in words.items() for word in listed}


@dataclass(frozen=True, kw_only=True)
class EastAsianBylines:
    """Words by which Chinese, Japanese and Korean papers name authors in a line of text; see bylines/east_asian.py."""

    reporters: Words = ()
    """Words for `reporter` and `correspondent`, beside the names of authors."""
    plain_reporter: Words = ()
    """Words for `reporter` that also introduce a name in running text."""
    reporter_kinds: Words = ()
    """Words before `reporters`, such as `trainee` and `senior`."""
    author: Words = ()
    """Words for `author` that also introduce a nickname."""
    writers: Words = ()
    """Words for `text by`, at the beginning of a line, before the names."""
    writers_inside: Words = ()
    """Words for `text by` that are also a label in the middle of a line."""
    text: Words = ()
    """The word for `text`, alone."""
    pictures: Words = ()
    """Words for `photos`, joined to `text` when one person made both."""
    others: Words = ()
    """Roles of people who are not authors: `editor`, `photographer`, `publisher`."""
    others_after: Words = ()
    """Short forms of such roles, after a name."""
    editors: Words = ()
    """Words for `editor`, before a name that is never an author's."""
    source: Words = ()
    """Labels for `source`, before the publication that a text was taken from."""
    reports: Words = ()
    """Words for `reports` and `by cable`, after the name and a place."""
    posted_by: tuple[str, str] = ("", "")
    """Words before and after the name of the person who posted a text in a forum."""
    is_words: Words = ()
    """Words for `is`, before the clause that says who the author is."""
    and_signs: str = ""
    """Characters for `and`, between two names."""
    reports_from: str = ""
    """The word for `reports from`, between a name and a place."""
    desks: str = ""
    """Last characters of names of desks and offices, which precede a reporter's name."""
    places: Words = ()
    """Places and employers that follow a name without a space."""
    not_names: Words = ()
    """Parts of texts that are not names, though they are where a name is expected."""
    surnames: str = ""
    """Family names of one character, in falling frequency."""
    compound_surnames: Words = ()
    """Family names of two characters."""


@dataclass(frozen=True, kw_only=True)
class Language:
    """What the extractors know of one language. All fields but the first two may be left out.

    `Words` are regular expressions, except where they are called plain. English words in `backticks` stand for those of
    the language.
    """

    code: str
    """ISO 639-1; the file's name too."""
    name: str
    """The language's name in English."""

    # Writing: charset/ uses it to tell text from mojibake, metadata to tell the language of a page.
    letters: str = ""
    """Letters outside ASCII, or of another alphabet all letters, the most frequent first."""
    common_words: str = ""
    """Frequent words in ASCII letters: they show the language before the encoding is known."""
    characters: str = ""
    """The most frequent Chinese characters or syllables, in any order."""
    script: str = ""
    """Regular expression for one letter of the language's script."""
    script_share: float = 0.5
    """Share of a page's letters in `script` from which the page is in this language."""
    script_overrules: bool = False
    """Whether `script` overrules the language that a page declares: `lang="en"` around Chinese news is common."""
    sister_of: str = ""
    """Code of a language with the same `script`; `own_letters` tell the two apart."""
    own_letters: str = ""
    """Regular expression for the letters that only this language has; one letter in fifty is enough."""

    # Bylines: `By Jane Doe and John Roe, correspondent in London`.
    by: Words = ()
    """Words for `by`, before an author's name."""
    by_or_of: Words = ()
    """Words for `by` that also mean `of` or `from`: cut from the beginning of a byline, but they do not mark one."""
    by_glued: Words = ()
    """Those of `by` that pages run into the name: `ByJane Doe`."""
    by_verbs: Words = ()
    """Words for `written` and `posted`, before `by`."""
    by_verbs_in_byline: Words = ()
    """Further such words: cut from the beginning of a byline, but they do not mark one."""
    written_by: Words = ()
    """Not for visible bylines: plain labels of `<meta name="twitter:label1">`, as WordPress writes them."""
    reported_by: Words = ()
    """Phrases used instead of `by`, such as `reports from Kyiv`."""
    text_kinds: Words = ()
    """Kinds of text before `by`: `a commentary by`, `an analysis by`."""
    articles: Words = ()
    """Indefinite articles before such a word."""
    author_labels: Words = ()
    """Words for `author` and `text`, before a name with or without a colon."""
    author_labels_with_colon: Words = ()
    """Such words that mark a byline only with a colon."""
    author_labels_in_byline: Words = ()
    """Further such words: cut from the beginning of a byline, but they do not mark one."""
    author_labels_joined: Words = ()
    """Such words without a space after them, in scripts without spaces."""
    author_headings: Words = ()
    """Words for `author`, alone in an element before the one that holds the name."""
    and_words: Words = ()
    """Words for `and` and `with`, between the names of two authors."""
    and_or_in: Words = ()
    """Words for `and` that mean `in` or `a` elsewhere: read as `and` on pages in this language only."""
    from_words: Words = ()
    """Words for `from`, `in` and `at`, between a name and a place or an employer."""
    roles: Words = ()
    """Roles such as `correspondent` and `editor`: a piece of a byline that ends with one is not a name."""
    role_patterns: Words = ()
    """Roles joined to a name, cut off; the expression must tell them from the name."""
    degrees: Words = ()
    """Academic and professional titles after a name."""
    jobs: Words = ()
    """Professions outside of journalism: no names follow them in a byline."""
    not_names: Words = ()
    """Whole texts that are not names, though they are where a name is expected."""
    not_in_names: Words = ()
    """Parts of texts that are not names, though they are where a name is expected."""
    organisations: Words = ()
    """Words in names of organisations."""
    credit_words: Words = ()
    """Words such as `edited` and `photo`, before the name of somebody who did not write."""
    contributed: Words = ()
    """Beginnings of clauses of a byline that name no author: `additional reporting by`, `editing by`."""
    picture_words: Words = ()
    """Words such as `photo` and `illustration`, between author and photographer."""
    particles: Words = ()
    """Plain words that begin with a small letter within names: `von`, `de la`."""
    profile_folders: Words = ()
    """Folders in URLs of authors' pages, beside the English ones."""
    source_labels: Words = ()
    """Labels for `source`, which some sites print instead of an author."""
    east_asian: EastAsianBylines = field(default_factory=EastAsianBylines)
    """Words of bylines in lines of text; for Chinese, Japanese and Korean."""

    # Dates: `Updated on Monday, 3 March 2024 at 4 p.m.`, `2 hours ago`.
    months: Mapping[str, int] = field(default_factory=dict)
    """Plain names and abbreviations, made by `months`."""
    of_words: Words = ()
    """Words for `of`, between day, month and year."""
    ordinals: Words = ()
    """Endings of a day's number: `1st`."""
    at_words: Words = ()
    """Words for `at`, between a date and a time of day."""
    clock_words: Words = ()
    """Words after a time of day: `o'clock`."""
    weekdays: Words = ()
    """Signs for a weekday in brackets after a date."""
    year_signs: str = ""
    """Characters after the number of a year."""
    month_signs: str = ""
    """Characters after the number of a month."""
    day_signs: str = ""
    """Characters after the number of a day."""
    hour_signs: str = ""
    """Characters after the number of an hour."""
    minute_signs: str = ""
    """Characters after the number of minutes."""
    second_signs: str = ""
    """Characters after the number of seconds."""
    date_forms: Words = ()
    """Further forms of a date, with `{year}`, `{month}` (a number), `{name}` (of a month), `{day}`."""
    date_forms_without_year: Words = ()
    """Further forms without `{year}`."""
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
    pm_after: Words = ()
    """Those of `afternoon` that follow the time."""
    days_ago: Mapping[str, int] = field(default_factory=dict)
    """Plain word for a day → how many days before today it is."""
    day_halves: str = ""
    """Last characters of such words that also name a half of the day."""
    now: Words = ()
    """Plain words for `just now`."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Plain words for units of time, made by `units`."""
    short_units: Mapping[str, str] = field(default_factory=dict)
    """Plain letters for units, after digits: `3 h ago`."""
    counted_units: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """Plain words for a number and its unit in one: Polish `godzinę` is one hour, Arabic has a word for two."""
    and_units: Words = ()
    """Words for `and` between amounts of time, where they differ from those between names."""
    halves: Words = ()
    """Words for `half`, before a unit: `half an hour`."""
    and_a_half: Words = ()
    """Words for `and a half`, after a number or its unit."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Plain numerals from two on, before a unit, in words."""
    one: Words = ()
    """Plain words for `one`, before a unit."""
    ago_before: Words = ()
    """Words for `ago`, before the number."""
    ago_after: Words = ()
    """Words for `ago`, after the unit."""
    ago_joined: Words = ()
    """Words for `ago`, after the unit without a space."""
    updated: Words = ()
    """Beginnings of words before the date of a change."""
    published: Words = ()
    """Beginnings of words before the date of publication."""

    # Lines in an article's container that are not the article's; all lower case.
    leads_elsewhere: Words = ()
    """Beginnings of short lines that lead elsewhere or belong to the site: `read more`, `share`, `tags`."""
    leads_to_stories: Words = ()
    """Such beginnings that are also headings of lists of other stories."""
    opens_stories: Words = ()
    """Whole headings of lists of other stories."""
    opens_author: Words = ()
    """Whole headings of sections that tell who the author is."""
    notices: Words = ()
    """Searched in paragraphs: disclosures, demands, legal lines."""
    closings: Words = ()
    """Searched in the last paragraphs: who made the article, or what the publisher asks for."""
    date_labels: Words = ()
    """Labels before a date, in lines that hold nothing else: `published`."""
    on_words: Words = ()
    """Words for `on`, between such a label and the date."""
    line_labels: Words = ()
    """Labels with a colon at the beginning of short lines: `text`, `photo`, `source`."""
    kind_labels: Words = ()
    """Whole lines that name the kind of a piece: `video`, `news`."""
    reading_time: Words = ()
    """Labels of the reading time, at the beginning of a line."""
    minutes: Words = ()
    """Words for `minutes`, after the number in a line with the reading time."""
    role_lines: Words = ()
    """Beginnings of lines that name a role (`editor`, `photo`), with the mark after it."""
    is_words: Words = ()
    """Words for `is`, in lines such as `Jane Doe is a writer` …"""
    a_words: Words = ()
    """… and the article after it."""

    # Pages that are no article, or a piece of one.
    leads_on: Words = ()
    """Beginnings of sentences of a page that only leads to another: `redirecting`, `you are leaving`."""
    page_names: Words = ()
    """Names of a page's number in URLs, beside the English ones: `?seite=2`."""
    we: Words = ()
    """Words for `we` and `our`, by which a publisher speaks of itself."""
    you: Words = ()
    """Words for `you` and `your`, by which it speaks to the reader."""
    not_found: Words = ()
    """Sentences of a page whose article is gone."""
    withdrawn: Words = ()
    """Sentences that say it of this very page: `this article has been removed`."""
    log_in: Words = ()
    """Words of a page that asks to log in or to subscribe; one of them is enough on a page without text."""
    offers: Words = ()
    """Words of longer such pages, counted by the sentence."""
    consent: Words = ()
    """Words of a page that asks for consent to cookies, counted by the sentence."""
    barred: Words = ()
    """Words of a page that shuts readers out for their country, age, ad blocker …, counted by the sentence."""
    javascript_before: Words = ()
    """Words for `enable`, before `JavaScript`."""
    javascript_after: Words = ()
    """Words for `required` and `disabled`, after `JavaScript`."""
    robot_check: Words = ()
    """Sentences of a page that checks whether a person reads it."""

    # Pictures
    credit_labels: Words = ()
    """Labels before the name of a picture's owner: `photo`, `credit`."""
    credit_labels_in_caption: Words = ()
    """Such labels that count only within a caption."""
    credit_labels_of_line: Words = ()
    """Such labels that count only at the beginning of a line of their own."""
    credit_lines: Words = ()
    """Beginnings of such lines, without a colon."""
    advert_paths: Words = ()
    """Parts of URLs of advertising pictures, beside the English ones."""

    # Names in class and id, beside the English ones; a word counts from its beginning.
    comment_names: Words = ()
    """Names of elements with readers' comments."""
    boilerplate_names: Words = ()
    """Names of boilerplate: surely not the article's."""
    doubtful_names: Words = ()
    """Names of elements that are mostly not the article's."""
    lead_names: Words = ()
    """Names of the lead paragraph."""
    caption_names: Words = ()
    """Names of a picture's caption."""
    author_names: Words = ()
    """Names of a byline."""
    date_names: Words = ()
    """Names of a date line."""
    title_names: Words = ()
    """Names of a headline."""
    kicker_names: Words = ()
    """Names of the label (kicker) before a headline."""
