"""A desk's own rules for subjects: a TOML file of `[[rule]]` tables, applied beside the model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from schemas.enriched_article import EnrichedArticle, Subject
from streams.enrich.media_topics import MediaTopic, MediaTopics, certain, first_of_each
from streams.toml_file import Problem, checked, read_text, refusal, told

__all__ = ["NO_RULES", "Facts", "Rule", "Rules", "parse_rules", "read_rules"]


class Facts(NamedTuple):
    """What rules may ask of an article."""

    headline: str
    text: str
    source: str
    sections: frozenset[str]
    """What the wire files it under, casefolded: keywords, slugline, codes and names of its subjects."""
    entities: frozenset[str]
    """Ids and names, casefolded."""

    @classmethod
    def of(cls, article: EnrichedArticle) -> "Facts":
        """Of an article whose entities are known."""
        codes = (part for subject in article.wire_subjects for part in (subject.code, subject.name))
        filed = (*article.keywords, article.slugline, *codes)
        return cls(
            article.headline,
            article.text,
            article.source,
            frozenset(section.casefold() for section in filed if section),
            frozenset(label.casefold() for entity in article.entities for label in (entity.id, entity.name)),
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Says that an article is about `add`, or is not about `forbid`, where all its conditions that are given hold."""

    name: str
    add: tuple[MediaTopic, ...] = ()
    forbid: frozenset[str] = frozenset()
    terms: tuple[str, ...] = ()
    entities: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()

    def because(self, facts: Facts, folded: str) -> tuple[str, ...] | None:
        """What of each condition holds, or None where one does not; `folded`: headline and text, casefolded."""
        reasons: list[str] = []
        if self.terms:
            stated = next((term for term in self.terms if _stands_in(term, facts, folded)), None)
            if stated is None:
                return None
            reasons.append(stated)
        for wanted, present in (
            (self.entities, facts.entities),
            (self.sources, {facts.source}),
            (self.sections, facts.sections),
        ):
            if wanted:
                if not (common := wanted & present):
                    return None
                reasons.append(min(common))
        return tuple(reasons)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules in the order of their file, and a digest of it."""

    rules: tuple[Rule, ...] = ()
    version: str = ""

    def applied(self, article: EnrichedArticle) -> tuple[Subject, ...]:
        """The subjects of an article with what the rules add, and without what they forbid.

        What the wire says stands, whatever a rule forbids; what a rule says is certain; and a topic forbidden by one
        rule and added by another is forbidden. To forbid a topic is to forbid all below it.
        """
        if not self.rules:
            return article.subjects
        facts = Facts.of(article)
        folded = f"{facts.headline}\n{facts.text}".casefold()
        holding = [(rule, because) for rule in self.rules if (because := rule.because(facts, folded)) is not None]
        forbidden = frozenset(code for rule, _ in holding for code in rule.forbid)
        wire = [subject for subject in article.subjects if subject.made_by == "wire"]
        others = [
            *(certain(topic, (rule.name, *because), "rule") for rule, because in holding for topic in rule.add),
            *(subject for subject in article.subjects if subject.made_by != "wire"),
        ]
        allowed = (each for each in others if forbidden.isdisjoint((each.code, *each.parents)))
        return first_of_each([*wire, *allowed])


NO_RULES = Rules()


def read_rules(path: Path, media_topics: MediaTopics) -> Rules:
    """Read the file.

    Raises:
        SettingsError: it cannot be read or does not say what it should; one line for each problem.
    """
    text = read_text(path)
    return Rules(parse_rules(text, str(path), media_topics), sha256(text.encode()).hexdigest()[:8])


def parse_rules(text: str, name: str, media_topics: MediaTopics) -> tuple[Rule, ...]:
    """The rules that a TOML text states; `name` is what its complaints call it.

    Raises:
        SettingsError: one line for each problem, `name:line: problem`.
    """
    rules = checked(text, name, _File, lambda error: told(error, "a rule", (_File, _Rule), _HINTS)).rule
    if problems := list(_disagreements(rules, media_topics)):
        raise refusal(text, name, problems)
    return tuple(each.rule(media_topics) for each in rules)


def _stands_in(term: str, facts: Facts, folded: str) -> bool:
    """Whether a term stands in headline or text as a whole; one with a capital, only as it is written."""
    if term == term.casefold():
        return _has(folded, term)
    return _has(facts.headline, term) or _has(facts.text, term)


def _has(text: str, term: str) -> bool:
    start = text.find(term)
    while start >= 0:
        end = start + len(term)
        within = (term[0].isalnum() and text[start - 1 : start].isalnum()) or (
            term[-1].isalnum() and text[end : end + 1].isalnum()
        )
        if not within:
            return True
        start = text.find(term, start + 1)
    return False


_Code = Annotated[str, Field(pattern=r"^medtop:[0-9]{8}$")]
_Text = Annotated[str, Field(pattern=r"^\S(.*\S)?$")]
_CONDITIONS = ("terms", "entities", "sources", "sections")


class _Rule(BaseModel):
    """One `[[rule]]` table as it may be written."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: _Text
    add: Annotated[list[_Code], Field(min_length=1)] | None = None
    forbid: Annotated[list[_Code], Field(min_length=1)] | None = None
    terms: Annotated[list[_Text], Field(min_length=1)] | None = None
    entities: Annotated[list[_Text], Field(min_length=1)] | None = None
    sources: Annotated[list[_Text], Field(min_length=1)] | None = None
    sections: Annotated[list[_Text], Field(min_length=1)] | None = None

    def rule(self, media_topics: MediaTopics) -> Rule:
        return Rule(
            name=self.name,
            add=tuple(media_topics.concepts[code] for code in self.add or ()),
            forbid=frozenset(self.forbid or ()),
            terms=tuple(self.terms or ()),
            entities=frozenset(each.casefold() for each in self.entities or ()),
            sources=frozenset(self.sources or ()),
            sections=frozenset(each.casefold() for each in self.sections or ()),
        )


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    rule: list[_Rule] = []


_HINTS = {
    ("", "too_short"): "{key} is empty; leave it out",
    ("add", "string_pattern_mismatch"): '{input!r} is no subject code; one reads "medtop:" and 8 digits',
    ("forbid", "string_pattern_mismatch"): '{input!r} is no subject code; one reads "medtop:" and 8 digits',
    ("", "string_pattern_mismatch"): "{input!r} is blank, or begins or ends with a space",
}
"""What to say instead of pydantic's message, by key and kind of error."""


def _disagreements(rules: Sequence[_Rule], media_topics: MediaTopics) -> Iterator[Problem]:
    """What is wrong although every value by itself is right."""
    seen: set[str] = set()
    for number, each in enumerate(rules):
        if each.name in seen:
            yield Problem(("rule", number, "name"), f'a second rule named "{each.name}"')
        seen.add(each.name)
        if not (each.add or each.forbid):
            yield Problem(("rule", number), f'rule "{each.name}" neither adds nor forbids a subject')
        if not each.model_fields_set.intersection(_CONDITIONS):
            yield Problem(("rule", number), f'rule "{each.name}" has no condition: {", ".join(_CONDITIONS)}')
        for key, codes in (("add", each.add or ()), ("forbid", each.forbid or ())):
            for index, code in enumerate(codes):
                if message := _unknown(code, media_topics):
                    yield Problem(("rule", number, key, index), message)


def _unknown(code: str, media_topics: MediaTopics) -> str | None:
    if code in media_topics.concepts:
        return None
    successor = media_topics.find(code)
    return (
        f"{code} is retired; its successor is {successor.code}, {successor.name}" if successor else f"no subject {code}"
    )
