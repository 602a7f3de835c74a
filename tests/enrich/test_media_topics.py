import pytest

from streams.nlp.media_topics import load_media_topics


@pytest.mark.parametrize(
    ("code", "scheme", "name"),
    [
        ("medtop:20000350", None, "central bank"),
        ("http://cv.iptc.org/newscodes/mediatopic/20000350", None, "central bank"),
        ("20000350", "IptcMediaTopics", "central bank"),
        ("20000350", None, "central bank"),
        ("subj:15000000", None, "sport"),
        ("15000000", "IptcSubjectCodes", "sport"),
        ("http://cv.iptc.org/newscodes/subjectcode/15054000", None, "football"),
        (" medtop:15000000 ", None, "sport"),
    ],
)
def test_a_wires_code_is_found(code: str, scheme: str | None, name: str) -> None:
    topic = load_media_topics().find(code, scheme)
    assert topic is not None
    assert name in topic.name


@pytest.mark.parametrize("code", ["", "sport", "medtop:99999999", "subj:99", "N2:US", "x" * 10_000, "15000000x"])
def test_what_is_no_topic_is_none(code: str) -> None:
    assert load_media_topics().find(code) is None


def test_a_retired_code_is_what_took_its_place() -> None:
    topics = load_media_topics()
    assert topics.successors
    for retired, successor in topics.successors.items():
        found = topics.find(retired)
        assert found is not None
        assert found.code == successor
