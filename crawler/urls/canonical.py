"""One article, one URL: `canonicalise` takes what belongs to a visit, not to the document, out of a URL; `same_site`
and `canonical_of` decide which canonical link a page may be believed. Pure; the frontier and the extractors use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from crawler.urls.escapes import one_spelling

DEFAULT_PORTS = {"http": 80, "https": 443}

# fmt: off
TRACKING = frozenset({
    "_branch_match_id", "_ga", "_gac", "_gl", "_hsenc", "_hsmi", "_ke", "_openstat", "admitad_uid", "at_campaign",
    "at_custom1", "at_custom2", "at_custom3", "at_custom4", "at_format", "at_link_id", "at_link_origin",
    "at_link_type", "at_medium", "at_ptr_name", "bdtoken", "cmpid", "dclid", "ef_id", "epik", "fb_action_ids",
    "fb_action_types", "fb_ref", "fb_source", "fbclid", "from_source", "from_spmid", "ga_campaign", "ga_content",
    "ga_medium", "ga_source", "ga_term", "gbraid", "gclid", "gclsrc", "gs_lcp", "guccounter", "guce_referrer",
    "guce_referrer_sig", "hsa_acc", "hsa_ad", "hsa_cam", "hsa_grp", "hsa_kw", "hsa_mt", "hsa_net", "hsa_src",
    "hsa_tgt", "hsa_ver", "hsctatracking", "icid", "igsh", "igshid", "isappinstalled", "itm_campaign", "itm_content",
    "itm_medium", "itm_source", "itm_term", "li_fat_id", "mc_cid", "mc_eid", "mkt_tok", "msclkid", "ns_campaign",
    "ns_linkname", "ns_mchannel", "ns_source", "nr_email_referer", "ocid", "oly_anon_id", "oly_enc_id",
    "piwik_campaign", "piwik_kwd", "rb_clickid", "ref_src", "ref_url", "s_cid", "s_kwcid", "scm", "sfmc_activityid",
    "sfmc_id", "share_source", "share_medium", "share_plat", "share_session_id", "share_tag", "share_token", "smid",
    "smtyp", "sms_click", "sms_source", "sms_uph", "socialflow", "spm", "spm_id_from", "sr_share", "srsltid", "tblci",
    "tdsourcetag", "trackid", "trk", "trkcampaign", "ttclid", "twclid", "unique_k", "vd_source", "vero_conv",
    "vero_id", "wbraid", "weibo_id", "wickedid", "xtor", "yclid", "ysclid", "zanpid",
    # a visit's number, which servers write into every link
    "cfid", "cftoken", "jsessionid", "oscsid", "phpsessid",
})
# fmt: on
"""Names of query parameters that say how a visitor came, never what is shown; lower case."""

TRACKING_PREFIX = re.compile(r"(?:utm|mtm|matomo|pk|stm|wt\.mc)_|aspsessionid", re.IGNORECASE)

_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)

TWIN_LABELS = frozenset({"www", "m", "mobile", "wap", "amp", "touch", "3g", "h5", "i", "edition"})
"""First host labels of the forms in which one site serves the same article."""
SECOND_LEVEL = frozenset({"ac", "co", "com", "edu", "go", "gov", "gob", "ne", "net", "nom", "or", "org", "re"})
"""Labels under which countries register names: `bbc.co.uk`, `people.com.cn`."""
# fmt: off
SHARED = frozenset({
    "beehiiv.com", "blogspot.com", "fc2.com", "ghost.io", "github.io", "gitlab.io", "hatenablog.com", "hatenablog.jp",
    "herokuapp.com", "livejournal.com", "medium.com", "neocities.org", "netlify.app", "over-blog.com", "pages.dev",
    "substack.com", "tistory.com", "tumblr.com", "typepad.com", "vercel.app", "web.app", "weebly.com", "wixsite.com",
    "wordpress.com",
})
# fmt: on
"""Names below which strangers publish beside each other: each host is a site of its own. The best known of the
public-suffix list's private section."""


def canonicalise(url: str) -> str:
    """The URL without fragment, tracking parameters, session ids, credentials and default port; scheme and host in
    lower case, the path without dot segments, escapes in one spelling (RFC 3986, 6.2.2). Idempotent; other schemes and
    URLs that do not parse come back as they are, without fragment. The order of the remaining parameters is kept.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return url.partition("#")[0]
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS or not host:
        return url.partition("#")[0]
    host = _ascii_host(host)
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    # escapes first: `%75tm_source`, `;%6Asessionid=`, `%2E%2E` are the names and dots that they spell
    path = _without_dots(_SESSION_IN_PATH.sub("", _escaped(parts.path))) or "/"
    pairs = map(_escaped, parts.query.split("&"))
    query = "&".join(pair for pair in pairs if pair and not _tracks(pair))
    return urlunsplit((scheme, netloc, path, query, ""))


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port; for a URL that cannot be parsed, an origin that equals no other."""
    try:
        parts = urlsplit(url)
        scheme = parts.scheme.lower()
        return scheme, (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(scheme, 0)
    except ValueError:
        return "", url, 0  # the address guard refuses it


def same_site(one: str, other: str) -> bool:
    """Whether two absolute URLs belong to one publisher, as far as their host names tell."""
    return _site(one) == _site(other) != ""


def canonical_of(url: str, links: Iterable[str]) -> str:
    """The identity of a page: the first of its canonical `links` (best first, may be relative) that can be believed,
    else its own URL; canonicalised either way.

    Believed is a link to the same site that is no home page (unless the page is one): sites that stamp one canonical
    link on every page would make all their articles the same.
    """
    own = canonicalise(url)
    for link in links:
        link = link.strip()
        if not link:
            continue
        try:
            there = canonicalise(urljoin(url, link))
            parts = urlsplit(there)
        except ValueError:
            continue
        if parts.scheme not in DEFAULT_PORTS or not same_site(own, there):
            continue
        if parts.path in ("", "/") and not parts.query and urlsplit(own).path != "/":
            continue
        return there
    return own


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0]
    return name.lower() in TRACKING or TRACKING_PREFIX.match(name) is not None


def _ascii_host(host: str) -> str:
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return quote(host, safe="")


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
            if last:
                kept.append("")
        elif segment == ".":
            if last:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)


def _escaped(text: str) -> str:
    """Give a path or parameter one spelling, and escape what a URL may not contain."""
    text = _LONE_PERCENT.sub("%25", one_spelling(text))
    return quote(text, safe="!#$%&'()*+,/:;=?@[]~-._|", errors="replace")


def _site(url: str) -> str:
    """The registrable part of a URL's host, guessed without the public-suffix list (which would be a file to age)."""
    try:
        host = _ascii_host(urlsplit(url).hostname or "")
    except ValueError:
        return ""
    labels = host.split(".")
    if len(labels) > 2 and labels[0] in TWIN_LABELS:
        labels = labels[1:]
    if all(label.isdigit() for label in labels) or ":" in host:
        return host
    registered = ".".join(labels[-2:])
    below = registered in SHARED or (len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in SECOND_LEVEL)
    return ".".join(labels[-3:]) if below else registered
