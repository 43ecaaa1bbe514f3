"""What a page states of its article beside the body: in `<meta>`, JSON-LD, microdata, scripts, and around its title."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from models.fold import simplify
from rag.articles.blocks import Element, Page, Text
from rag.articles.dates import full_date
from rag.articles.labels import is_bare_name
from rag.articles.page_lines import page_lines, shown_text

_CHINA = timezone(timedelta(hours=8))
_MOST_SCRIPT = 60_000  # characters of one script that are looked at
_STAMP = re.compile(r"((?:19|20)\d{2})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)")
_VARIABLE = re.compile(
    r"""\b["']?(publish_?(?:date|time)|pub_?(?:date|time)|ptime|create_?time|ct|msg_title|nickname|media_?name|source_?name)["']?"""
    r"""\s*[:=]\s*(?:htmlDecode\()?\s*["']([^"'\n]{1,120})["']""",
    re.IGNORECASE,
)
_DATE_METAS = (
    "pubdate",
    "publishdate",
    "publish_time",
    "publishtime",
    "publish-date",
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "og:release_date",
    "bytedance:published_time",
    "weibo: article:create_at",
    "weibo:article:create_at",
    "apub:time",
    "firstpublishedtime",
    "dc.date.issued",
    "dc.date",
    "dcterms.created",
    "parsely-pub-date",
    "createdate",
    "createtime",
    "date",
)
_SOURCE_METAS = (
    "contentsource",
    "source",
    "mediaid",
    "copyrightsource",
    "laiyuan",
    "og:article:source",
    "article:source",
)
_AUTHOR_METAS = ("og:article:author", "article:author", "author", "byl", "dc.creator", "parsely-author")
_ADDRESS_METAS = frozenset(("og:url", "twitter:url"))
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S{1,400})")
_SAVED_WITHIN = 2000  # characters from the beginning of the source
_DATED_PATH = re.compile(r"(?<=/)t?((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])(?=[/_.-]|$)")
_ATTRIBUTE_DATES = frozenset(("data-publishtime", "data-pubtime", "data-publish-time"))
_LABEL = re.compile(
    r"^(?:(?:文章|信息|稿件|新闻|本文)?(?:来\s*源(?:[于自])?|稿源|转自|出处)|作者|记者|撰文|报[道导]|文)\s*[:：/]\s*"
)
_USER = re.compile(
    r"(?:^|[/.?&=@])(?:u|c/user|user|users|uid|people|member|members|author|authors|writer|space|profile|i)(?:[/=]|\d)|/@\w"
)
_ACCOUNT = re.compile(
    r"(?:笔记|日志|日记|手记|札记|观察|视角|视点|视界|播报|快报|速递|之窗|研究所|实验室|工作室|杂志|周刊|月刊|周报|来信|慢读|评论|热点|说|谈|圈|派|君|局|馆|志|财经|科技|资讯|生活|观点|头条|传媒|记录)$"
)
_CREATOR = re.compile(
    r"(?:创作者|官方[账帐]号|自媒体|头条号|百家号|大鱼号|企鹅号|网易号|搜狐号|大风号|[\d.]+万?(?:粉丝|获赞))"
)
_ORGANISATION = re.compile(
    r"(?:[网報报社局委办辦厅廳部处處科室院校会會站台臺号號组組]|公司|集团|集團|中心|频道|頻道|客户端|发布|發布|新闻|新聞|通訊社|通讯社|编辑部|編輯部|团队|日报|政府|观察|管理员)$"
    r"|[\d@./]|^(?:admin|administrator|editor|root|user|test|webmaster|system|default|null|none|nan|\W+)$|Team|小编|匿名|本站|关注|訂閱|订阅|登录|登入|分享|更多|首页|举报|来源|作者|整理",
    re.IGNORECASE,
)

_AUTHOR_CLASS = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|writer|zuozhe|authi|authorname|author-name|username|user-name|user_name|uname|account-name|nickname|post-author|article-author|entry-author|authorinfo-name|author__name|p_author_name)(?=$|[\s_-])"
)
_SOURCE_CLASS = re.compile(
    r"(?:^|[\s_-])(?:source|sources|laiyuan|ly|from|origin|copyfrom|article-source|media-name|media_name|medianame|profile_nickname|ent-source|post_info_source|provider|publisher|publication)(?=$|[\s_-])"
)
_NUMBER = re.compile(r"[\d@./]|^(?:admin|管理员|编辑部?|小编|本站|匿名)$|Team", re.IGNORECASE)
_SHORT, _MOST_NAMED = 40, 12
_LONGEST_ACCOUNT = 16


@dataclass(frozen=True, slots=True)
class Stated:
    """What a page's own markup states, nothing of it weighed yet."""

    metas: Mapping[str, str]
    title: str  # of `<title>`
    linked: Mapping[str, str]  # JSON-LD: title, date, author, publisher
    variables: Mapping[str, str]  # of scripts
    attributes: Mapping[str, str]


def _raw_text(element: Element) -> str:
    return "".join(child.shown for child in element.children if isinstance(child, Text))


def _json_values(value: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    if isinstance(value, dict) and depth < 5:
        yield value
        for inner in value.values():
            yield from _json_values(inner, depth + 1)
    elif isinstance(value, list) and depth < 5:
        for inner in value[:50]:
            yield from _json_values(inner, depth + 1)


def _name_of(value: object) -> str | None:
    """Return the name of a person or an organisation, or of the first of several."""
    value = value[0] if isinstance(value, list) and value else value
    name = value.get("name") if isinstance(value, dict) else value
    return name.strip() if isinstance(name, str) and name.strip() else None


def _linked_data(text: str) -> dict[str, str]:
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for item in _json_values(data):
        for name, keys in (("title", ("headline", "title")), ("date", ("datePublished", "pubDate", "uploadDate"))):
            value = next((item[key] for key in keys if isinstance(item.get(key), str)), None)
            if isinstance(value, str) and value.strip():
                found.setdefault(name, value.strip())
        dated = "datePublished" in item or "headline" in item  # else it is a publisher of other things
        for name in ("author", "publisher") if dated else ("author",):
            named = _name_of(item.get(name))
            if named is not None:
                found.setdefault(name, named)
    return found


def _attribute_dates(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the dates in the attributes of elements: the page's own kind of them, microdata, `<time>`."""
    for element in page.elements:
        attributes = element.attributes
        if not attributes or element.reason is not None:
            continue
        if attributes.get("itemprop", "").lower() == "datepublished":
            yield "date", attributes.get("content") or attributes.get("datetime") or shown_text(element, 60)
        for name in attributes.keys() & _ATTRIBUTE_DATES:
            yield "date", attributes[name]
        if element.tag == "time" and "datetime" in attributes and "updat" not in element.names.lower():
            yield "time", attributes["datetime"]


def read_stated(page: Page) -> Stated:
    """Collect what the page's head, scripts and attributes state."""
    metas: dict[str, str] = {}
    for attributes in page.metas:
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        content = " ".join(attributes.get("content", "").split())
        if name and content:
            metas.setdefault(name.lower().strip(), content)
    title, linked, variables, found = "", dict[str, str](), dict[str, str](), dict[str, str]()
    for element in page.elements:
        if element.tag == "title" and not title:
            title = " ".join(_raw_text(element).split())
        elif element.tag == "script" and "ld+json" in element.attributes.get("type", ""):
            for key, value in _linked_data(_raw_text(element)).items():
                linked.setdefault(key, value)
        elif element.tag == "script":
            for match in _VARIABLE.finditer(_raw_text(element), 0, _MOST_SCRIPT):
                variables.setdefault(match[1].lower().replace("_", ""), match[2].strip())
    for key, value in _attribute_dates(page):
        found.setdefault(key, value)
    return Stated(metas, title, linked, variables, found)


def stated_date(written: str) -> date | None:
    """Return the day of a machine's time, as it was in China where the time says in which zone it is."""
    written = written.strip()
    match = _STAMP.search(written)
    if match is not None and match[6] not in {"+08:00", "+0800"}:
        try:
            zone = "+00:00" if match[6] == "Z" else match[6]
            moment = datetime.fromisoformat(f"{match[1]}-{match[2]}-{match[3]}T{match[4]}:{match[5]}:00{zone}")
            return moment.astimezone(_CHINA).date()
        except ValueError:
            return None
    if re.fullmatch(r"1\d{9}(?:\d{3})?", written):
        return datetime.fromtimestamp(int(written[:10]), _CHINA).date()
    return full_date(f"{written[:4]}-{written[4:6]}-{written[6:8]}" if re.fullmatch(r"20\d{12}", written) else written)


def linked_account(page: Page, after: int, before: int) -> tuple[str, bool] | None:
    """Return the account whose page is linked between title and body, and whether it publishes rather than writes.

    Sites of accounts say so beside its name (`优质生活领域创作者`, `官方账号`).
    """
    found: str | None = None
    creator = False
    for element in page.elements:
        if element.start >= before:
            break
        if element.start < after or element.reason is not None or not 2 <= element.size <= _SHORT:
            continue
        if element.tag != "a" and any(
            isinstance(one, Element) and one.size == element.size for one in element.children
        ):
            continue  # the element inside it shows the same
        text = shown_text(element)
        creator = creator or _CREATOR.search(simplify(text)) is not None
        named = element.tag == "a" and _USER.search(element.attributes.get("href", "")) is not None
        if found is None and named and len(text) <= _LONGEST_ACCOUNT and not _CREATOR.search(simplify(text)):
            found = text if is_person(text) or is_account(text) else None
    if found is None:
        return None
    return found, creator or publishes(found)


def named_values(page: Page, before: int) -> list[tuple[str, str]]:
    """Return the kind and the text of short elements above the body that are named as an author or a source.

    Of elements inside each other, the innermost counts.
    """
    found: list[tuple[str, Element]] = []
    for element in page.elements:
        if element.start >= before:
            break
        if element.reason is not None or not 2 <= element.size <= _SHORT or not element.attributes:
            continue
        names = f"{element.names} {element.attributes.get('aria-labelledby', '')}".lower()
        if element.attributes.get("itemprop", "").lower() == "author" or _AUTHOR_CLASS.search(names):
            kind = "author"
        elif _SOURCE_CLASS.search(names):
            kind = "source"
        else:
            continue
        if found and found[-1][0] == kind and element.end <= found[-1][1].end:
            found.pop()
        found.append((kind, element))
        if len(found) >= _MOST_NAMED:
            break
    return [(kind, _person_in(page, element) if kind == "author" else shown_text(element)) for kind, element in found]


def _person_in(page: Page, element: Element) -> str:
    lines = [line.text for line in page_lines(page, [element])]
    return next((line for line in lines if is_bare_name(simplify(line))), lines[0] if lines else "")


def without_label(value: str) -> str:
    """Return a source or an author without its label."""
    value = " ".join(value.split())
    match = _LABEL.match(simplify(value))
    return value[match.end() :].strip() if match else value.strip()


def is_person(name: str) -> bool:
    """Whether a name could be a person's or an account's, and is no office, site or number."""
    return 2 <= len(name) <= 20 and _ORGANISATION.search(name) is None


def publishes(name: str) -> bool:
    """Whether a name is an account's that publishes and no person's, by its last word: `某城笔记`."""
    return is_account(name) or _ACCOUNT.search(simplify(name)) is not None


def is_account(name: str) -> bool:
    """Whether a byline names a medium or an office that publishes, and no person."""
    return 2 <= len(name) <= 20 and not is_person(name) and _NUMBER.search(name) is None


def first(values: Iterable[str | None]) -> str | None:
    """Return the first value that there is."""
    return next((value for value in values if value), None)


def meta_dates(stated: Stated) -> Iterator[date]:
    """Yield the days of publication that the markup states, the more telling first."""
    written = [stated.metas.get(name) for name in _DATE_METAS]
    written += [stated.linked.get("date"), stated.attributes.get("date")]
    written += [stated.variables.get(name) for name in ("publishdate", "publishtime", "pubdate", "pubtime", "ptime")]
    written += [stated.variables.get(name) for name in ("createtime", "ct")]
    written.append(stated.attributes.get("time"))
    for value in filter(None, written):
        day = stated_date(value)
        if day is not None:
            yield day


def meta_source(stated: Stated) -> str | None:
    """Return the source that the markup states."""
    values = (without_label(stated.metas.get(name, "")) for name in _SOURCE_METAS)
    return first(value for value in values if 2 <= len(value) <= 40 and not value.isdigit() and "http" not in value)


def meta_authors(stated: Stated) -> Iterator[str]:
    """Yield the authors that the markup states, where they are names and no office, no number and not the site."""
    values = [without_label(stated.metas.get(name, "")) for name in _AUTHOR_METAS]
    yield from filter(is_person, [*values, stated.linked.get("author", "")])


def address_date(page: Page) -> date | None:
    """Return the day that a page's own address holds, as many sites file what they publish by days."""
    written = [a.get("content", "") for a in page.metas if (a.get("property") or a.get("name")) in _ADDRESS_METAS]
    written += [
        element.attributes.get("href", "")
        for element in page.elements
        if element.tag == "link" and element.attributes.get("rel", "").lower() == "canonical"
    ]
    written += _SAVED_FROM.findall(page.raw[:_SAVED_WITHIN])
    for address in written:
        match = _DATED_PATH.search(address)
        if match is not None:
            return full_date("-".join(match.groups()))
    return None


def account(stated: Stated) -> str | None:
    """Return the account or medium that the scripts name as the publisher."""
    return first(stated.variables.get(name) for name in ("nickname", "medianame", "sourcename"))
