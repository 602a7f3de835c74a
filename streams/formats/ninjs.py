"""ninjs 1.0 to 3.1, read and written (https://iptc.org/std/ninjs/)."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from schemas.raw_article import RawArticle, WireSubject
from streams.errors import WireError
from streams.formats.charset import read_text
from streams.formats.item import Item, assemble
from streams.formats.origin import Hint, original, refuse_crowd

__all__ = ["MEDIA_TYPE", "is_ninjs", "parse_ninjs", "write_ninjs"]

MEDIA_TYPE = "application/vnd.iptc.ninjs+json"

_SIGNS = re.compile(
    r'"(?:uri|guid|version_?created|pub_?status|body_(?:text|html|xhtml)|headlines|bodies|descriptions|contentcreated)"\s*:',
    re.IGNORECASE,
)
_OURS = re.compile(r'"article_id"\s*:')
_RELATIONS = {
    **dict.fromkeys(("corrects", "corrected", "correctionof"), "corrects"),
    **dict.fromkeys(("replaces", "evolvedfrom", "previousversion", "supersedes"), "replaces"),
    **dict.fromkeys(("updates", "updateof", "derivedfrom"), "updates"),
    **dict.fromkeys(("kills",), "kills"),
    **dict.fromkeys(("addsto", "isadditionto"), "adds_to"),
    **dict.fromkeys(("translationof", "translates"), "translates"),
    **dict.fromkeys(("partof", "ispartof"), "part_of"),
    **dict.fromkeys(("seealso", "see_also"), "see_also"),
}
_CONTAINERS = ("items", "_items", "newsItems", "data")
_WRAPPERS = ("item", "data")
_SUBJECTS = ("subject", "subjects", "genre", "genres")
_UNDERSCORED = frozenset(
    ("pub_status", "version_created", "first_created", "embargoed_until", "ed_note", "usage_terms")
)
_SAYING = ("headline", "title", "bod", "description", "type", "versioncreated", "associations", "renditions")
"""How fields begin that a link to an item has none of; `bod` is `body_text` and `bodies`."""
_MOST_DIGITS = 30
_MARKED_UP = ("html", "richtext")


def is_ninjs(head: str) -> bool:
    """Whether a text begins as JSON that has fields of ninjs, and is no record of ours."""
    start = head.lstrip()
    return start[:1] in {"{", "["} and _SIGNS.search(start) is not None and _OURS.search(start) is None


def parse_ninjs(data: bytes, hint: Hint) -> tuple[RawArticle, ...]:
    """The items of a file: one object, a list, or one object a line.

    Raises:
        WireError: it is no JSON, or holds nothing that is an item.
    """
    text, repairs = read_text(data)
    found = list(_items(_loaded(text)))
    if not found:
        raise WireError("JSON without a ninjs item")
    refuse_crowd("items", len(found), len(data))
    alone = len(found) == 1
    return tuple(
        assemble(
            _item(each, repairs),
            hint,
            original(data if alone else json.dumps(each, ensure_ascii=False).encode("utf-8", "replace"), MEDIA_TYPE),
        )
        for each in found
    )


def _loaded(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return _json(text)
    except RecursionError:
        raise WireError("JSON nested too deep to be read") from None
    except ValueError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        with suppress(ValueError, RecursionError):
            if len(lines) > 1:
                return [_json(line) for line in lines]
        raise WireError(f"no JSON that can be read: {error}") from error


def _json(text: str) -> Any:  # noqa: ANN401 - JSON is anything
    return json.loads(text, strict=False, parse_int=_number)


def _number(digits: str) -> int:
    """Of a number too long for Python to read as an integer the beginning, which is beyond any version."""
    return int(digits[:_MOST_DIGITS])


def _items(value: object) -> Iterator[dict[str, Any]]:
    """Items, also those in the envelopes that interfaces put around them."""
    if isinstance(value, list):
        for each in value:
            yield from _items(each)
    elif isinstance(value, dict):
        inner = next((value[name] for name in _CONTAINERS if isinstance(value.get(name), list)), None)
        if _is_item(value):
            yield value
        elif inner is not None:
            yield from _items(inner)
        else:
            yield from _items([value[name] for name in _WRAPPERS if isinstance(value.get(name), dict)])


def _is_item(value: dict[str, Any]) -> bool:
    names = {name.lower() for name in value}
    named = bool(names & {"uri", "guid"}) and any(name.startswith(_SAYING) for name in names)
    # Without a name, its text makes one; but it must be text, or any JSON would be an article.
    return named or bool("headline" in names and names & {"body_text", "body_html", "body_xhtml"})


def _item(value: dict[str, Any], repairs: list[str]) -> Item:
    # 1.x and 2.x write in lower case what 3.x writes in camel case; one spelling does for all.
    # Some put an underscore where 3.x has a capital; those of body_text and its like are ninjs' own.
    fields = {name.lower(): each for name, each in value.items()}
    fields |= {name.replace("_", ""): each for name, each in fields.items() if name in _UNDERSCORED}
    body, html = _body(fields)
    return Item(
        body=body,
        body_type="text/html" if html else "text/plain",
        article_id=_text(fields.get("uri")) or _text(fields.get("guid")),
        version=_text(fields.get("version")),
        headline=_headline(fields),
        language=_text(fields.get("language")),
        published=_text(fields.get("firstpublished")) or _text(fields.get("published")),
        first_created=_text(fields.get("firstcreated")) or _text(fields.get("contentcreated")),
        version_created=_text(fields.get("versioncreated")),
        embargoed=_embargo(fields),
        expires=_text(fields.get("expires")) or _text(fields.get("expirydate")),
        byline=_text(fields.get("by")) or _text(fields.get("byline")),
        dateline=_text(fields.get("dateline")),
        slugline=_text(fields.get("slugline")),
        ed_note=_text(fields.get("ednote")),
        credit_line=_text(fields.get("creditline")) or _text(fields.get("creditlines")),
        copyright=_text(fields.get("copyrightnotice")) or _text(fields.get("copyrightholder")),
        usage_terms=_text(fields.get("usageterms")),
        url=_link(fields),
        located=_text(fields.get("located")),
        urgency=_text(fields.get("urgency")),
        status=_text(fields.get("pubstatus")),
        signal=_signal(fields),
        item_type=_text(fields.get("type")),
        take=_text(fields.get("takekey")) or _text(fields.get("anpa_take_key")),
        source=_text(fields.get("provider")) or _text(fields.get("source")),
        subjects=[*_subjects(fields)],
        keywords=_words(fields.get("keywords")) or _words(fields.get("keyword")),
        links=[*_links(fields)],
        repairs=list(repairs),
    )


def _text(value: object) -> str:
    """A string, a number as one, the name or literal of an object, or the first of a list that has any."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return next(filter(None, (_text(value.get(name)) for name in ("name", "literal", "value", "code"))), "")
    return next(filter(None, map(_text, value)), "") if isinstance(value, list) else ""


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _words(value: object) -> list[str]:
    each = value if isinstance(value, list) else [value]
    return [text for part in each if (text := _text(part))]


def _headline(fields: dict[str, Any]) -> str:
    headlines = _dicts(fields.get("headlines"))
    main = [each for each in headlines if str(each.get("role", "main")).lower().endswith("main")] or headlines
    named = [fields.get(name) for name in ("headline", "headline_main")]
    named += [each for name, each in fields.items() if name.startswith("headline_")]
    values = [*(each.get("value") for each in main), *named, fields.get("title")]
    return next(filter(None, map(_text, values)), "")


def _body(fields: dict[str, Any]) -> tuple[str, bool]:
    """The text and whether it is HTML, which keeps paragraphs and is taken before plain text; else the description."""
    for many, one in (("bodies", "body_"), ("descriptions", "description_")):
        found = [(_is_html(each), _text(each.get("value"))) for each in _dicts(fields.get(many))]
        found += [
            (name.endswith(_MARKED_UP) and "<" in text, text)
            for name, each in fields.items()
            if name.startswith(one) and (text := _text(each))
        ]
        best = max((each for each in found if each[1]), key=lambda each: (each[0], len(each[1])), default=None)
        if best is not None:
            return best[1], best[0]
    return _text(fields.get("description")), False


def _is_html(body: dict[str, Any]) -> bool:
    names = {str(name).lower(): each for name, each in body.items()}
    kind = f"{names.get('contenttype', '')} {names.get('role', '')}".lower()
    return any(name in kind for name in (*_MARKED_UP, "nitf")) and "<" in _text(body.get("value"))


def _embargo(fields: dict[str, Any]) -> str:
    """A time; `true`, or anything that is none, is an embargo without an end."""
    for name in ("embargoed", "embargoeduntil", "embargoed_until", "embargo"):
        value = fields.get(name)
        if value is None or value is False or value == "":
            continue
        return _text(value) or "until further notice"
    return ""


def _signal(fields: dict[str, Any]) -> str:
    signals = fields.get("signal") or fields.get("signals")
    return next(iter(_words(signals)), "")


def _link(fields: dict[str, Any]) -> str:
    for name in ("canonical", "link", "url", "href"):
        text = _text(fields.get(name))
        if text.startswith(("http://", "https://")):
            return text
    return ""


def _subjects(fields: dict[str, Any]) -> Iterator[WireSubject]:
    for name in _SUBJECTS:
        for each in _dicts(fields.get(name)):
            scheme = _text(each.get("scheme"))
            code = (
                _text(each.get("uri"))
                or _text(each.get("code"))
                or _text(each.get("qcode"))
                or _text(each.get("literal"))
            )
            label = _text(each.get("name"))
            if code or label:
                yield WireSubject(code=code or label, name=label or None, scheme=scheme or None)


def _links(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Associations by their relation, and the fields in which agencies say what a version evolved from."""
    associations = fields.get("associations")
    every = list(associations.values()) if isinstance(associations, dict) else associations
    for each in _dicts(every):
        relation = _RELATIONS.get(re.sub(r"^.*[:/]", "", str(each.get("rel", ""))).lower())
        if relation and _text(each.get("uri")):
            yield relation, _text(each.get("uri"))
    for name in ("evolvedfrom", "corrects", "replaces"):
        if text := _text(fields.get(name)):
            yield _RELATIONS[name], text


def write_ninjs(article: RawArticle) -> dict[str, Any]:
    """The article as ninjs 3.1. What ninjs has no place for (our `original`, `notices`, `repairs`) is left out."""
    told: dict[str, Any] = {
        "standard": {"name": "ninjs", "version": "3.1"},
        "uri": article.article_id,
        "version": str(article.version),
        "type": article.item_type or "text",
        "provider": {"name": article.source},
        "headlines": [{"role": "main", "value": article.headline}] if article.headline else None,
        "bodies": [{"role": "main", "contentType": article.body_type, "value": article.body}] if article.body else None,
        "language": article.language,
        "firstCreated": _written(article.first_created_at),
        "versionCreated": _written(article.version_created_at),
        "published": _written(article.published_at),
        "embargoed": _written(article.embargoed_until),
        "expires": _written(article.expires_at),
        "by": article.byline,
        "dateline": article.dateline,
        "slugline": article.slugline,
        "edNote": article.ed_note,
        "creditLine": article.credit_line,
        "copyrightNotice": article.copyright,
        "usageTerms": article.usage_terms,
        "url": article.url,
        "located": article.located,
        "urgency": article.urgency,
        "pubStatus": article.pub_status,
        "signal": article.signal,
        "takeKey": article.take,
        "subjects": _without_empty(article.subjects),
        "keywords": list(article.keywords) or None,
        "associations": [{"rel": each.relation, "uri": each.article_id} for each in article.links] or None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _without_empty(subjects: Iterable[WireSubject]) -> list[dict[str, str]] | None:
    written = ({"literal": each.code, "name": each.name, "scheme": each.scheme} for each in subjects)
    return [{name: value for name, value in each.items() if value} for each in written] or None


def _written(time: datetime | None) -> str | None:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else None
