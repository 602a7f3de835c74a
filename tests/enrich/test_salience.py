from hypothesis import given
from hypothesis import strategies as st

from streams.enrich.salience import Prominence, prominence, salience

SHARE = st.floats(0, 1)
PLACES = st.builds(Prominence, SHARE, SHARE, SHARE, SHARE, SHARE)


@given(PLACES, st.sampled_from(Prominence._fields), SHARE)
def test_it_never_falls_when_a_part_rises(place: Prominence, part: str, other: float) -> None:
    low, high = sorted((getattr(place, part), other))
    assert salience(place._replace(**{part: low})) <= salience(place._replace(**{part: high}))
    assert 0 <= salience(place) <= 1


def test_it_is_one_for_what_is_everywhere_and_nothing_for_what_is_nowhere() -> None:
    assert salience(Prominence(1, 1, 1, 1, 1)) == 1
    assert salience(Prominence(0, 0, 0, 0, 0)) == 0


def test_an_article_is_about_its_headline_and_not_about_its_tail() -> None:
    assert salience(Prominence(headline=1, lead=0, frequency=0, spread=0, subject=0)) >= 0.3
    assert salience(Prominence(headline=0, lead=1 / 3, frequency=0.2, spread=0.1, subject=1)) < 0.3


@given(
    st.booleans(),
    st.lists(st.integers(0, 500), max_size=8),
    st.lists(st.integers(0, 500), max_size=8),
    st.integers(0, 9),
)
def test_each_part_is_a_share(in_headline: bool, starts: list[int], paragraphs: list[int], others: int) -> None:  # noqa: FBT001
    mentions = len(starts) + in_headline
    place = prominence(
        in_headline=in_headline,
        starts=sorted(starts),
        subjects=len(starts) // 2,
        mentions=mentions,
        most=max(1, mentions + others),
        paragraphs=sorted(paragraphs),
    )
    assert all(0 <= part <= 1 for part in place)


def test_where_a_name_stands_is_counted_by_paragraphs() -> None:
    place = prominence(
        in_headline=False, starts=[25, 70, 75], subjects=1, mentions=3, most=4, paragraphs=[0, 20, 40, 60]
    )
    assert place == Prominence(headline=0, lead=1 / 2, frequency=3 / 4, spread=2 / 4, subject=1 / 3)
