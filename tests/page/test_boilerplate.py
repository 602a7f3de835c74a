"""What of a page is its article."""

import pytest

from streams.page.boilerplate import mark_boilerplate
from streams.page.markup import read_markup

PARAGRAPHS = (
    "The ferry to the islands will run every hour from Monday, the harbour office said in a statement.",
    "Fares stay as they are until the autumn, when the council votes on the budget for the next two years.",
    "The line had been cut to four crossings a day after the winter storms damaged the pier at the northern end.",
)
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
MENU = '<nav><a href="/">Home</a><a href="/a">Islands</a></nav>'


def kept(html: str, *, told: str = "") -> list[str]:
    blocks = mark_boilerplate(html, read_markup(html), told=told)
    return [block.text for block in blocks if block.reason is None]


def page(body: str) -> str:
    return f"<html><body>{body}</body></html>"


def test_menus_and_related_stories_are_left_out() -> None:
    html = page(f'{MENU}<article>{BODY}</article><section><p><a href="/b">Pier to be mended</a></p></section>')
    assert kept(html) == list(PARAGRAPHS)


def test_a_page_inside_one_form_is_read_all_the_same() -> None:
    assert kept(page(f"<form>{MENU}<div>{BODY}</div></form>")) == list(PARAGRAPHS)


def test_a_link_to_another_story_between_two_paragraphs_is_left_out() -> None:
    first, second, third = PARAGRAPHS
    html = page(
        f'<article><p>{first}</p><p><a href="/x">Storms close the pier</a></p><p>{second}</p><p>{third}</p></article>'
    )
    assert "Storms close the pier" not in kept(html)


def test_a_short_sentence_between_two_paragraphs_stays() -> None:
    first, second, third = PARAGRAPHS
    html = page(f"<article><p>{first}</p><p>“Finally.”</p><p>{second}</p><p>{third}</p></article>")
    assert kept(html) == [first, "“Finally.”", second, third]


def test_the_byline_under_the_headline_stays_for_the_cleaner() -> None:
    html = page(f"<article><h1>Ferry back</h1><p>By Ann Poe</p><p>Share</p>{BODY}</article>")
    assert kept(html)[:2] == ["Ferry back", "By Ann Poe"]


def test_the_text_that_a_page_tells_of_decides() -> None:
    extra = "<p>Our reporters bring you the news of the islands every morning; write to them whenever you like.</p>"
    html = page(f"<article>{BODY}{extra}</article>")
    assert kept(html, told=" ".join(PARAGRAPHS)) == list(PARAGRAPHS)


@pytest.mark.parametrize("told", ["The ferry to the islands will run every hour.", "Something else entirely. " * 20])
def test_a_teaser_or_another_text_does_not_decide(told: str) -> None:
    assert kept(page(f"<article>{BODY}</article>"), told=told) == list(PARAGRAPHS)


def test_a_page_with_hardly_any_text_is_kept_whole() -> None:
    assert kept(page("<div>Back soon.</div><div>Thank you.</div>")) == ["Back soon.", "Thank you."]
