# ruff: noqa: RUF001, SIM905 - typographic dashes are what wires send; lists of words read best as words
"""Lines that name people and agencies: bylines and credits. A line counts only if it holds nothing else."""

import re

__all__ = ["is_agency", "read_byline", "read_credit", "split_credits"]

# News agencies as their copy names them: facts of the trade, to be added to.
_AGENCIES = frozenset(
    name.casefold()
    for name in (
        *"AA AAP AFP ANI ANP ANSA ANTARA AP APA Agencies Agenturen Anadolu BNS Belga Bernama Bloomberg CP CTK".split(),
        *"EFE EPA IANS Interfax KNA Kyodo LETA Lusa MENA MTI NAN NTB NZPA PA PAP PRNewswire PTI Reuters Ritzau".split(),
        *"SAPA SDA SID SPA STT TASS TT Tanjug Telam UPI Ukrinform WAM Xinhua Yonhap dpa dpa-AFX epd ČTK".split(),
        *("Associated Press", "The Associated Press", "Business Wire", "Canadian Press", "The Canadian Press"),
        *("Europa Press", "Globe Newswire", "PA Media", "PR Newswire", "RIA Novosti", "Thomson Reuters Foundation"),
    )
)

_LINKING = frozenset(
    "& al am an and at bin da das de del della den der des di do dos du e el en et for from ibn in la le of ter the "
    "und van von writer writers y zu".split()
)
_JOBS = frozenset("correspondent correspondents journalist journalists reporter reporters staff".split()) | _LINKING

_BYLINE = re.compile(r"(?:By|BY|by|Von|VON|Par|PAR|Por|POR|Di|Door)\s+(?P<names>\S.*)")
_NEVER_FIRST = frozenset("das der die el every far la law le los now popular the then this".split())
_JOB_LINE = re.compile(r"(?P<who>.+?)\s+(?:Staff\s+)?(?:Correspondent|Reporter|Writer)s?")

_WORK = (
    r"(?:reporting|writing|editing|compiled|compiling|graphics?|photography|translation|translated|edited|written|"
    r"reported|bericht|geschrieben|redigiert|reporte|redacción|editado(?: en español)?|información)"
)
_DONE_BY = re.compile(
    rf"(?:additional |other |further )?{_WORK}(?:(?:,| and|,? &| y| und) {_WORK})*:? (?:by|von|por|de)\s+",
    re.IGNORECASE,
)
_OPENS_WITH_WORK = re.compile(rf"[;,\s]*{_DONE_BY.pattern}", re.IGNORECASE)
_CLAUSE_END = re.compile(rf";|,(?= {_WORK} (?:by|von|por|de) )", re.IGNORECASE)
_INPUTS = re.compile(
    r"(?:with (?:additional |agency |further )?(?:inputs?|material|reporting|information)|(?:agency )?inputs)"
    r" (?:from|by)\s+",
    re.IGNORECASE,
)
_CONTRIBUTED = re.compile(
    r"(?P<names>.+?)\s+(?:also )?contributed (?:reporting|to this (?:article|report|story))(?: from (?P<place>.+))?"
)
_SOURCE = re.compile(r"(?:sources?|quelle|fuente|via|[-–—]{1,2})\s*:?\s*", re.IGNORECASE)
_LONGEST = 300
_LONGEST_BYLINE = 120
_LONGEST_JOB = 60


def is_agency(name: str) -> bool:
    """Whether this is the name of a news agency."""
    return name.strip(" .").casefold() in _AGENCIES


def read_byline(line: str) -> str | None:
    """The names of a byline ("By Jane Doe", "Von Max Beispiel, Berlin"), None for any other line."""
    match = _BYLINE.fullmatch(line) if len(line) <= _LONGEST_BYLINE else None
    if match is None:
        return _read_job(line)
    names = match["names"]
    words = names.casefold().split()
    named = is_agency(names) or (words[1:2] not in ([], ["and"]) and words[0] not in _NEVER_FIRST)
    return names if named and line[-1] not in ".!?:" and _only_names(names, _JOBS) else None


def read_credit(line: str) -> str | None:
    """What a credit line credits ("(With inputs from AFP)" without the brackets), None for any other line."""
    if not line or len(line) > _LONGEST:
        return None
    bare = line[1:-1].strip() if line[0] + line[-1] in {"()", "[]"} else line
    if is_agency(bare) and bare != line:
        return bare
    credited = _done_by(bare) or _inputs(bare) or _contributed(bare) or _source(bare)
    return bare if credited else None


def split_credits(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without the credits in brackets at its end, and these in reading order."""
    end, found = len(text), []
    while end and text[end - 1] == ")":
        start = text.rfind("(", max(0, end - _LONGEST), end)
        credit = read_credit(text[start:end]) if start >= 0 else None
        if credit is None or is_agency(credit):  # "(Reuters)" after a sentence may be its source, part of the text
            break
        found.append(credit)
        end = start
        while end and text[end - 1] == " ":
            end -= 1
    return text[:end], tuple(reversed(found))


def _read_job(line: str) -> str | None:
    match = _JOB_LINE.fullmatch(line) if len(line) <= _LONGEST_JOB else None
    return line if match and is_agency(match["who"]) else None


def _done_by(line: str) -> bool:
    """Every clause says who did what: "Reporting by A B in Paris; Editing by C D"."""
    if not _OPENS_WITH_WORK.match(line):  # nearly every line, and finding its clauses takes long
        return False
    clauses = [clause.strip() for clause in _CLAUSE_END.split(line.rstrip("."))]
    for clause in filter(None, clauses):
        match = _DONE_BY.match(clause)
        if match is None or not _only_names(clause[match.end() :], _JOBS):
            return False
    return any(clauses)


def _inputs(line: str) -> bool:
    match = _INPUTS.match(line)
    return match is not None and _only_names(line[match.end() :].rstrip("."), _JOBS | {"agencies"})


def _contributed(line: str) -> bool:
    match = _CONTRIBUTED.fullmatch(line.rstrip(".")) if "contributed " in line else None
    return match is not None and _only_names(f"{match['names']} {match['place'] or ''}", _JOBS)


def _source(line: str) -> bool:
    match = _SOURCE.match(line)
    return match is not None and is_agency(line[match.end() :])


def _only_names(text: str, linking: frozenset[str]) -> bool:
    """Capitalised words and what stands between names; at least one name, no figures, no sentence."""
    words = [word.strip("(),.;:'’\"|/") for word in text.split()]
    named = [word for word in words if word and word[0].isupper()]
    return bool(named) and all(
        not word or word[0].isupper() or word.casefold() in linking or is_agency(word) for word in words
    )
