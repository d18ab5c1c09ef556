"""Names of query parameters that say how a visitor came or which visit it is, and never what is shown. Pure.

Grouped by the product that adds them. A link above a group is its owner's documentation; groups without one are in the
public lists https://github.com/AdguardTeam/AdguardFilters (TrackParamFilter/sections/general_url.txt) or
https://github.com/ClearURLs/Rules, with the owner that they give.
"""

from __future__ import annotations

import re

BY_OWNER = {
    # https://support.google.com/analytics/answer/10071811 (_ga, _gl), …/16479993 (gbraid, gclid, dclid),
    # https://support.google.com/searchads/answer/6292795 (gclid, gclsrc)
    "Google Ads, Analytics, Search": (
        "_ga _gac _gl dclid ga_campaign ga_content ga_medium ga_source ga_term gbraid gclid gclsrc gs_lcp srsltid "
        "wbraid"
    ),
    # https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc/ (fbclid)
    "Meta": "fb_action_ids fb_action_types fb_ref fb_source fbclid igsh igshid",
    # https://help.ads.microsoft.com/apex/index/3/en/60000 (msclkid)
    "Microsoft": "msclkid ocid",
    # https://yandex.com/support/metrica/en/general/source-tags.md
    "Yandex": "_openstat yclid ysclid",
    "X (Twitter)": "ref_src ref_url twclid",
    "LinkedIn": "li_fat_id trk trkcampaign",
    "TikTok": "ttclid",
    "Pinterest": "epik",
    "Taboola": "tblci",
    # https://experienceleague.adobe.com/en/docs/advertising/integrations/analytics/ids (ef_id, s_kwcid)
    "Adobe Advertising, Analytics, Marketo": "ef_id icid mkt_tok s_cid s_kwcid",
    # https://knowledge.hubspot.com/ads/ad-tracking-in-hubspot
    "HubSpot": (
        "_hsenc _hsmi hsa_acc hsa_ad hsa_cam hsa_grp hsa_kw hsa_mt hsa_net hsa_src hsa_tgt hsa_ver hsctatracking"
    ),
    "Mailchimp": "mc_cid mc_eid",
    "Klaviyo": "_ke",
    "Salesforce Marketing Cloud": "sfmc_activityid sfmc_id",
    "Vero": "vero_conv vero_id",
    "Omeda Olytics": "oly_anon_id oly_enc_id rb_clickid",
    "Wicked Reports": "wickedid",
    "Branch": "_branch_match_id",
    "Admitad": "admitad_uid",
    "Awin (Zanox)": "zanpid",
    # https://matomo.org/faq/how-to/faq_120; its further names have the prefixes below
    "Matomo": "piwik_campaign piwik_kwd",
    # https://developers.atinternet-solutions.com/piano-analytics/data-collection/how-to-send-events/marketing-campaigns
    "Piano Analytics (AT Internet)": (
        "at_campaign at_custom1 at_custom2 at_custom3 at_custom4 at_format at_link_id at_link_origin at_link_type "
        "at_medium at_ptr_name xtor"
    ),
    # https://www.parse.ly/help/kb/campaign-tracking-guide
    "Parse.ly": "itm_campaign itm_content itm_medium itm_source itm_term",
    "comScore": "ns_campaign ns_linkname ns_mchannel ns_source",
    "SimpleReach": "sr_share",
    "SocialFlow": "socialflow",
    "Yahoo": "guccounter guce_referrer guce_referrer_sig",
    "The New York Times": "smid smtyp",
    "Alibaba": "scm spm",
    "Baidu": "bdtoken",
    "Bilibili": (
        "from_source from_spmid share_medium share_plat share_session_id share_source share_tag share_token "
        "spm_id_from unique_k vd_source"
    ),
    "Tencent": "isappinstalled tdsourcetag",
    "Weibo": "weibo_id",
    "several publishers, or owner unknown": "cmpid nr_email_referer sms_click sms_source sms_uph trackid",
    # the number of a visit, which servers write into every link
    "ColdFusion sessions": "cfid cftoken",
    "Java servlet sessions": "jsessionid",
    "osCommerce sessions": "oscsid",
    "PHP sessions": "phpsessid",
}
"""Owner → names in lower case."""

NAMES = frozenset(name for names in BY_OWNER.values() for name in names.split())

PREFIXES = (
    "utm_",  # Google Analytics, and everybody since
    "mtm_",
    "matomo_",
    "pk_",  # Matomo: https://matomo.org/faq/how-to/faq_120
    "wt.mc_",  # Mapp: https://documentation.mapp.com/latest/en/url-campaign-mapper-19109338.html
    "stm_",  # owner unknown
    "aspsessionid",  # sessions of Microsoft's Active Server Pages: eight letters follow
)
"""Beginnings of further names, in lower case."""

_PREFIX = re.compile("|".join(map(re.escape, PREFIXES)), re.IGNORECASE)


def tracks(name: str) -> bool:
    """Whether a query parameter of this name, with its escapes decoded, only tracks the visitor."""
    return name.lower() in NAMES or _PREFIX.match(name) is not None
