"""What class names, ids and roles of Chinese sites tell of an element: names that their page systems share.

A name is split into its words (`article-share`, `postTitle`, `rel_news_box`), and the words are looked at; names
written together (`xgyd`, `zrbj`, `artibody`) are the first letters of Chinese words or stand for themselves.
"""

import re
from functools import lru_cache

from rag.articles.blocks import Element, words

_WORD = re.compile(r"[A-Z]{2,}(?![a-z])|[A-Z]?[a-z]+|[A-Z]+")

_REASONS: dict[str, frozenset[str]] = {
    "navigation": words(
        "nav navbar navs navi navigation menu menus topnav subnav mainnav topbar toolbar topmenu submenu skip logo "
        "banner gotop backtop totop top_bar toptb dh daohang nvbar"
    ),
    "breadcrumb": words(
        "breadcrumb breadcrumbs bread crumb crumbs crumbnav dqwz dangqian wzdh weizhi location position curpos pos "
        "mianbaoxie path channelpath dqwzs curmb"
    ),
    "share line": words(
        "share sharebar shares sharing sharebox bdshare bdsharebuttonbox jiathis jtb addthis fenxiang fx sharedaddy "
        "socialshare social bshare bookshare shareto sns snsbox dianzan zan"
    ),
    "links to other articles": words(
        "related relate relates relatednews recommend recommends recommended recommendation recommand tuijian tj "
        "rec recom groom xgyd xgxw xgwz xglj xgnews xgjd xgbd xgzx xglb xgtj xgwj rank ranks ranking ranklist "
        "paihang phb ph hot hots hotlist hotnews hotarticle rdtj remen rmtj yanshen ycyd tjyd jctj more morenews "
        "moreread guess like maylike cnxh prev next prevnext prenext sxp sxy sxpy shangxia postnav readmore "
        "readnext moreartcile morearticle alsolike jxtj interested relation rela relevant xiangguan"
    ),
    "comments": words(
        "comment comments comm cmt cmts discuss discussion respond guestbook pinglun pl plq tie gentie gt liuyan "
        "disqus commentlist commentbox hudong feedback tiearea"
    ),
    "copyright line": words(
        "copyright copyrights copy disclaimer statement shengming mianze mzsm sm bqsm banquan bq license declare "
        "declaration declar"
    ),
    "page furniture": words(
        "footer foot foots bottom ft sidebar sidebars aside sider rail login logins register signin search "
        "searchbox sousuo searchform tools fontsize zihao ziti print dayin close mood moods xinqing biaoqing vote "
        "toupiao survey weather tianqi calendar clock cookie cookies dialog popup popups modal mask tooltip toast "
        "signature widget widgets backtotop gototop subscribe subscription subscriptioninner newsletter follow "
        "follows guanzhu reward dashang donate zanshang correct jiucuo jubao report advise tag tags taglist keyword "
        "keywords biaoqian gjc labels tagbox pstatus tattl attach_nopermission keys profile userinfos authorcard "
        "aboutauthor authorbio blogger accesskeys"
    ),
    "scan line": words("qrcode qr ewm erweima qrcodes saoma wxfollow wxcode weixincode qcode ewmbox scan"),
    "advertisement": words(
        "ad ads adv advs advert advertise advertisement advertisements guanggao gg ggw adbox adsense adsbygoogle "
        "gad adcontent sponsor sponsored promo promotion tuiguang dfp googlead banneradv adwrap adarea adbanner "
        "apppromo download downloads openapp appdownload applink appbar"
    ),
    "page numbers": words(
        "pagination pager pagers pagenav page_nav pagelist pageturn fanye fenye pages pagebar pgs pgt pagebox "
        "multipage zdfy displaypagenum"
    ),
    "player": words("player players vjs videojs jwplayer dplayer ckplayer prism xgplayer plyr audioplayer tts"),
    "hidden": words("hidden hide sr-only visually-hidden screen-reader-text invisible none"),
}
_BY_WORD = {word: reason for reason, names in _REASONS.items() for word in names}
_INSIDE = (
    # stretches of names that are written together, and mean the same wherever they stand
    (re.compile(r"qrcode|erweima|saoyisao|_ewm|ewm_"), "scan line"),
    (re.compile(r"breadcrumb|crumbs"), "breadcrumb"),
    (re.compile(r"sharebox|sharebar|shareto|bdshare|jiathis|fenxiang|sharewrap|sharetool"), "share line"),
    (
        re.compile(
            r"relat(?:e|ed)(?:news|post|art|read|story|box|list|link|wrap)|recommend|tuijian|paihang|morearticle"
        ),
        "links to other articles",
    ),
    (re.compile(r"comment(?:s|list|box|area|wrap)|pinglun|liuyan|gentie"), "comments"),
    (re.compile(r"copyright|mianze|shengming|disclaimer|statement"), "copyright line"),
    (re.compile(r"sidebar|footer|pagebottom|fontsize"), "page furniture"),
    (re.compile(r"guanggao|advert|adsense|^ad[-_]|[-_ ]ads?\b|\bgg\d+x\d+|downloadapp|openapp"), "advertisement"),
    (re.compile(r"pagination|page-?nav|fenye"), "page numbers"),
    (re.compile(r"vjs-|videoplayer|audioplayer|jwplayer|ckplayer|flash_?player"), "player"),
)
_WRAPPER = words(
    # beside one of these, a word above means little: `content-with-sidebar`, `article has-ads`, `main left`
    "content contents article articles main body wrapper wrap container page has with no single entry layout post "
    "detail story news"
)
_STRONG_EXACT = words(
    "js_content rich_media_content trs_editor trs_uedit_para_wrapper ucap-content artibody article_content "
    "article-content articlecontent article-body article_body articlebody entry-content post-content post_content "
    "postcontent post_body post-body postbody left_zw rwb_zw detailcontent main_content maincontent content-article "
    "story-body story_body_content story_body news_content newscontent news-content con_txt contentmain zoom "
    "zoomcon fontzoom artical_real artical_content article-main mp-editor main-text texttext nr_content newstext "
    "news_txt text_content cont_txt view_content art_content arttext article_text article-text textbody bodytext "
    "detail-content detail_content newsdetail content_area pages_content vsbcontent v_news_content "
    "wp_articlecontent xl_con news_body paragraph article__body article-content-wrap tpl_content bt_content "
    "info_content cnblogs_post_body article_con articlecon"
)
_LONGEST_NAMES, _MOST_WORDS = 300, 4
_CAPTION = re.compile(
    r"caption|pictext|picinfo|pic_info|pic-info|image_desc|img_desc|img-desc|imgdesc|picdesc|pic-desc|photo_desc|pic_txt|tushuo"
    r"|tuzhu|image-desc|img_note|img-note|photo-info|photo_info|photonote|picnote|pic_note|img_title|picture-desc|wp-caption-text"
)


@lru_cache(maxsize=4096)
def furniture_reason(names: str) -> str | None:
    """Return why an element with these class names and id is no part of an article; None where they do not say.

    `names` are the element's class names and its id, as written, with spaces between.
    """
    lower = names.lower()
    if len(names) > _LONGEST_NAMES:
        return None
    for name in names.split():
        low = name.lower()
        if low in _STRONG_EXACT:
            return None
        whole = _BY_WORD.get(low)
        if whole is not None:
            return whole
    told = False
    for name in names.split():
        parts = [part.lower() for part in _WORD.findall(name)]
        found = [part for part in parts if part in _BY_WORD and part not in _ALONE]
        found = found if parts and parts[-1] not in _VALUES else []
        wrapper = len(parts) > 1 and parts[-1] in _WRAPPER and bool(found) and _weak(found, parts)
        told = told or wrapper
        if found and len(parts) <= _MOST_WORDS and not wrapper:
            return _BY_WORD[found[-1]]
    return None if told else next((reason for pattern, reason in _INSIDE if pattern.search(lower)), None)


def _weak(found: list[str], parts: list[str]) -> bool:
    """Whether the words found only say where a wrapper stands: `has-sidebar-content`, `top-article`."""
    return parts[0] in _WRAPPER or parts[0] in {"has", "no", "with"} or found[0] in _POSITIONS


_ALONE = words(  # says something only as a whole name
    "pos path position location dh fx tj rec recom phb ph jctj sm bq pl plq gt gg ggw ft sxp sxy pgs pgt like copy "
    "keys none hide hidden pages side guess declare declaration license rail label close"
)
_VALUES = words(
    "author name nickname username time date title source editor"
)  # beside what they stand is told elsewhere
_POSITIONS = words(
    "bottom foot top banner copy more like next prev sign tags label hot tie close report follow rec pos path tools"
)


def is_strong(element: Element) -> bool:
    """Whether an element carries a name that page systems give to an article's body."""
    if element.attributes.get("itemprop", "").lower() == "articlebody":
        return True
    return any(name in _STRONG_EXACT for name in element.names.lower().split())


def is_caption(element: Element) -> bool:
    """Whether an element is named as the words below a picture."""
    return element.tag == "figcaption" or _CAPTION.search(element.names.lower()) is not None
