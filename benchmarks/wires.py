"""How many feeds and wires of others are read, and whether as their own comments expect.

    python -m benchmarks.wires ../shared/data

Feeds are feedparser's own tests: each says in a comment what it expects. Of that is compared what an article can
hold: titles, links, ids and authors of entries, and whether the feed is broken (bozo), which must be told in `repairs`
or refused. Titles are compared as lines of plain text. Of NewsML-G2 and ninjs a file counts as news if it has an item.
"""

import argparse
import ast
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

from schemas.raw_article import RawArticle
from streams.errors import WireError
from streams.formats import Hint, parse
from streams.formats.address import canonical_url
from streams.formats.charset import decode
from streams.formats.item import plain

EXPECT = re.compile(r"Expect:\s*(.*?)\s*(?:-->|\n)", re.DOTALL)
SERVER = "http://127.0.0.1:8097/"
COMPARED = {"title": "headline", "link": "url", "id": "article_id", "author": "byline"}
NEWS = re.compile(rb"<(?:\w+:)?(?:newsItem|packageItem)\b")


Table = dict[str, Counter[str]]


def main(data: Path) -> None:
    """Print the tables."""
    by_folder, wrong = compared(data / "feeds" / "feedparser")
    print(f"{'feeds':<34}{'files':>6}{'read':>6}{'compared':>9}{'as told':>8}{'share':>7}")
    for folder, counts in [*by_folder.items(), ("all", sum(by_folder.values(), Counter()))]:
        share = counts["as told"] / counts["files"]
        print(f"{folder:<34}{counts['files']:>6}{counts['read']:>6}{counts['compared']:>9}", end="")
        print(f"{counts['as told']:>8}{share:>7.3f}")
    print("\n".join(f"  {line[:180]}" for line in wrong))
    for name, files in samples(data).items():
        refused = [path.name for path in files if read(path)[0] is None]
        print(f"{name}: {len(files) - len(refused)} of {len(files)} files with news are read {refused or ''}")


def compared(root: Path) -> tuple[Table, list[str]]:
    """Counts by folder, and what is not as told."""
    by_folder: Table = defaultdict(Counter)
    wrong: list[str] = []
    for path in sorted(path for path in root.rglob("*") if path.suffix in {".xml", ".json"}):
        counts, told = by_folder[str(path.parent.relative_to(root))], expectation(path)
        articles, repaired = read(path)
        problems = list(differences(told, articles, repaired=repaired))
        counts.update({"files": 1, "read": articles is not None, "as told": not problems})
        counts["compared"] += len(claims(told))
        wrong += [f"{path.relative_to(root)}: {problem}" for problem in problems]
    return by_folder, wrong


def expectation(path: Path) -> str:
    """What the comment says; empty where there is none."""
    found = EXPECT.search(decode(path.read_bytes()))
    return found[1].strip() if found else ""


def read(path: Path) -> tuple[tuple[RawArticle, ...] | None, bool]:
    """The articles, None if the feed is refused; and whether anything had to be mended."""
    try:
        data = path.read_bytes()
        articles = parse(data, Hint(source="feed", name=path.name, url=address(data)))
    except WireError:
        return None, True
    return articles, any(article.repairs for article in articles)


def address(data: bytes) -> str:
    """Where it was fetched: as its comment says, else on the server of feedparser's tests."""
    found = re.search(rb"Header:\s*Content-Location:\s*(\S+)", data)
    return urljoin(SERVER, found[1].decode("ascii", "replace") if found else "")


def claims(told: str) -> list[tuple[int, str, str]]:
    """`entries[0]['title'] == 'x'` as (0, headline, x)."""
    try:
        tree = ast.parse(told.removeprefix("not bozo and ").strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return []
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    return [claim for part in parts for claim in claimed(part)]


def claimed(part: ast.expr) -> Iterator[tuple[int, str, str]]:
    """One comparison, if it is of a kind that is compared."""
    match part:
        case ast.Compare(
            left=ast.Subscript(
                value=ast.Subscript(value=ast.Name(id="entries"), slice=ast.Constant(value=int(number))),
                slice=ast.Constant(value=str(name)),
            ),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value=str(value))],
        ) if name in COMPARED:
            yield number, COMPARED[name], value


def differences(told: str, articles: tuple[RawArticle, ...] | None, *, repaired: bool) -> Iterator[str]:
    """What is not as the comment says."""
    broken = re.match(r"bozo\b", told) is not None
    if articles is None:
        if not broken:
            yield "refused"
        return
    if broken and articles and not repaired:
        yield "broken, and nobody told"
    for number, name, value in claims(told):
        if number >= len(articles):
            yield f"no entry {number}"
            continue
        got = getattr(articles[number], name) or ""
        wanted = canonical_url(value) if name == "url" else plain(value)
        if got != wanted and not (name == "byline" and got and wanted.startswith(got)):
            yield f"{name} is {got!r}, not {wanted!r}"


def samples(data: Path) -> dict[str, list[Path]]:
    """The files of standards that hold news."""
    g2 = sorted((data / "wires" / "newsml-g2").rglob("*.xml"))
    ninjs = sorted((data / "wires" / "ninjs").rglob("*.json"))
    return {
        "NewsML-G2": [path for path in g2 if NEWS.search(path.read_bytes())],
        "ninjs": [path for path in ninjs if b'"$schema"' not in path.read_bytes()],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    main(parser.parse_args().data)
