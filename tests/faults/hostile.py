"""Records nobody should send, and what must become of each."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from schemas.topics import ARTICLES_RAW
from streams.records import encode
from tests.faults.articles import article

__all__ = ["Hostile", "hostile_records"]

MIB = 1 << 20
SEND_TO_WRONG_PARTITION = -1


@dataclass(frozen=True, slots=True)
class Hostile:
    """One record; `partition` None leaves it to the producer, -1 means any but the right one.

    `outcome` is that of its disposition; of a dead letter, `stage` and `error` say more.
    """

    kind: str
    key: bytes | None
    value: bytes | None
    outcome: str
    stage: str = ""
    error: str = ""
    partition: int | None = None


def hostile_records(count: int, *, killers: int, hangers: int) -> Iterator[Hostile]:
    """`count` records: the deadly ones as often as told, the rest in turn."""
    deadly = [*[_deadly("KILLTHEPROCESS", "ProcessDied", number) for number in range(killers)]]
    deadly += [_deadly("HANGTHEPROCESS", "TimeBudgetExceeded", number) for number in range(hangers)]
    yield from deadly
    makers = (_decodable, _undecodable, _misrouted)
    made = 0
    while made < count - len(deadly):
        for maker in makers:
            for record in maker(made):
                if made < count - len(deadly):
                    yield record
                    made += 1


def _article(name: str, **changes: object) -> bytes:
    return json.dumps(json.loads(encode(article(name))) | changes).encode()


def _key(name: str) -> bytes:
    return f"urn:test:{name}".encode()


def _deadly(word: str, error: str, number: int) -> Hostile:
    name = f"{word.lower()}-{number}"
    value = _article(name, body=f"It was said in Paris that {word} would do it.")
    return Hostile(word, _key(name), value, "dead_lettered", "process", error)


def _decodable(turn: int) -> Iterator[Hostile]:
    name = f"hostile-{turn}"
    yield Hostile("tombstone", _key(f"{name}-gone"), None, "forgotten")
    nul = _article(f"{name}-nul", body="A\x00B said the \x07bell in Geneva. It rang\u2028twice.")
    yield Hostile("NUL and control characters", _key(f"{name}-nul"), nul, "enriched")
    yield Hostile("empty body", _key(f"{name}-empty"), _article(f"{name}-empty", body=""), "enriched")
    failing = _article(f"{name}-fails", body="The minister said FAILTHESTAGE in Rome.")
    yield Hostile("a stage fails", _key(f"{name}-fails"), failing, "dead_lettered", "entities", "RuntimeError")
    if turn == 0:
        large = _article(f"{name}-large", body="Rain fell on Lisbon. " * (5 * MIB // 21))
        yield Hostile("5 MB", _key(f"{name}-large"), large, "enriched")


def _undecodable(turn: int) -> Iterator[Hostile]:
    values = {
        "empty value": b"",
        "not JSON": b"BREAKING: not JSON at all",
        "not UTF-8": b'{"article_id": "\xff\xfe"}',
        "wrong type": _article("x", version="two"),
        "an array": b"[1, 2, 3]",
        "missing body": b'{"article_id": "x", "version": 1, "source": "x"}',
        "deep nesting": b"[" * 100_000,
        "lone surrogate": b'{"article_id": "x", "version": 1, "source": "x", "body": "\\ud800"}',
        "NaN": b'{"article_id": "x", "version": NaN, "source": "x", "body": "x"}',
        "a version past all numbers": _article("x", version=10**400),
        "naive time": _article("x", published_at="2024-05-03T12:00:00"),
        **({"5 MB of nothing": b"\x00" * (5 * MIB)} if turn == 0 else {}),
    }
    for kind, value in values.items():
        key = _key(f"undecodable-{turn}-{kind}")
        yield Hostile(kind, key, value, "dead_lettered", "decode", "ContractError")


def _misrouted(turn: int) -> Iterator[Hostile]:
    name = f"misrouted-{turn}"
    wrong = ("dead_lettered", "misrouted", "MisroutedError")
    yield Hostile("null key", None, _article(name), *wrong)
    yield Hostile("both null", None, None, *wrong, partition=turn % 2)
    yield Hostile("another key", _key(f"{name}-other"), _article(name), *wrong)
    yield Hostile("key not UTF-8", b"\xff" + name.encode(), _article(name), *wrong)
    yield Hostile("wrong partition", _key(name), _article(name), *wrong, partition=SEND_TO_WRONG_PARTITION)


assert ARTICLES_RAW.max_message_bytes > 5 * MIB
