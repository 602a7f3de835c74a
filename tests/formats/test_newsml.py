"""NewsML of both kinds and NITF, as agencies really send them."""

import pytest

from schemas.raw_article import RawArticle
from streams.formats import parse

G2 = """<newsItem guid="urn:a" version="2"><itemMeta>{meta}</itemMeta><contentMeta>
<headline role="hld:subHeadline">Sub</headline><headline role="dpahl:title">Main</headline>
<description>Short.</description></contentMeta><contentSet>{content}</contentSet></newsItem>"""
N1 = """<NewsML><NewsItem><Identification><NewsIdentifier><ProviderId>nw</ProviderId><DateId>20260505</DateId>
<NewsItemId>a</NewsItemId><RevisionId PreviousRevision="0" Update="N">1</RevisionId>
<PublicIdentifier>urn:newsml:nw:20260505:a:1N</PublicIdentifier></NewsIdentifier></Identification>
<NewsManagement><Status FormalName="Usable"/>{management}</NewsManagement>
<NewsComponent><NewsLines><HeadLine>Ship leaves</HeadLine></NewsLines>{content}</NewsComponent></NewsItem></NewsML>"""
NITF = (
    '<nitf><head><docdata management-status="{status}">{docdata}</docdata></head>'
    "<body><body.content><p>It left.</p></body.content></body></nitf>"
)
WHOLE = "<p>All the text, and more.</p>"


def one(text: str) -> RawArticle:
    (article,) = parse(text.encode())
    return article


def g2(meta: str = "", content: str = "") -> RawArticle:
    return one(G2.format(meta=meta, content=content))


def newsml1(management: str = "", content: str = "") -> RawArticle:
    return one(N1.format(management=management, content=content))


def test_the_main_headline_goes_before_the_others() -> None:
    assert g2().headline == "Main"


@pytest.mark.parametrize(
    "content",
    [
        f'<inlineData contenttype="application/xhtml+xml"><![CDATA[{WHOLE}]]></inlineData>',
        (
            '<inlineData contenttype="text/plain">SMS</inlineData>'
            f'<inlineData contenttype="text/html"><![CDATA[{WHOLE}]]></inlineData>'
        ),
        (
            "<inlineXML><html><body><p>Lead.</p></body></html></inlineXML>"
            f"<inlineXML><html><body>{WHOLE}</body></html></inlineXML>"
        ),
        f"<inlineData><![CDATA[{WHOLE}]]></inlineData>",
    ],
)
def test_the_longest_text_is_the_text(content: str) -> None:
    article = g2(content=content)
    assert (article.body, article.body_type) == (WHOLE, "text/html")


def test_an_ampersand_in_cdata_stays_one() -> None:
    assert (
        g2(content='<inlineData contenttype="text/plain"><![CDATA[AT&T and R&D]]></inlineData>').body == "AT&T and R&D"
    )


@pytest.mark.parametrize(
    ("meta", "status"),
    [
        ('<pubStatus uri="http://cv.iptc.org/newscodes/pubstatusg2/canceled/"/>', "canceled"),
        ('<signal qcode="sig:update"/><signal qcode="sig:withdraw"/>', "canceled"),
        ('<signal qcode="sig:recall"/>', "canceled"),
        ("<edNote>Pictures.</edNote><edNote>KILL: wrong</edNote>", "canceled"),
        ("<edNote>Pictures.</edNote><edNote>EMBARGOED</edNote>", "withheld"),
        ("<embargoed/>", "withheld"),
        ('<pubStatus qcode="stat:usable"/>', "usable"),
    ],
)
def test_the_gravest_order_of_an_item_holds(meta: str, status: str) -> None:
    assert g2(meta=meta).pub_status == status


def test_the_gravest_instruction_holds() -> None:
    assert newsml1('<Instruction FormalName="Update"/><Instruction FormalName="Delete"/>').pub_status == "canceled"


@pytest.mark.parametrize("form", ["{}", "<![CDATA[<?xml version='1.0'?>{}]]>"])
def test_an_order_of_the_nitf_inside_is_one(form: str) -> None:
    def article(status: str, docdata: str = "") -> RawArticle:
        inner = form.format(NITF.format(status=status, docdata=docdata))
        return newsml1(content=f"<ContentItem><DataContent>{inner}</DataContent></ContentItem>")

    assert article("canceled").pub_status == "canceled"
    held = article("embargoed", '<date.release norm="20300101T000000Z"/>')
    assert held.embargoed_until
    assert held.body == "<p>It left.</p>"
    assert article("usable").pub_status == "usable"


def test_a_lead_that_is_sent_by_itself_is_the_first_paragraph() -> None:
    part = (
        '<NewsComponent><Role FormalName="{}"/><ContentItem><DataContent>{}</DataContent></ContentItem></NewsComponent>'
    )
    article = newsml1(
        content=part.format("Lead", "It left.") + part.format("Body", "The crew waved, and the band played.")
    )
    assert article.body == "It left.\n\nThe crew waved, and the band played."


def test_a_name_without_its_revision_is_the_name_of_all_versions() -> None:
    assert newsml1().article_id == "urn:newsml:nw:20260505:a"


def test_documents_one_after_the_other_are_all_read() -> None:
    document = '<?xml version="1.0"?>\n' + NITF
    first = document.format(status="usable", docdata='<doc-id id-string="1"/>')
    second = document.format(status="canceled", docdata='<doc-id id-string="2"/>')
    articles = parse(f"{first}\n{second}\n".encode())
    assert [(each.article_id, each.pub_status) for each in articles] == [("1", "usable"), ("2", "canceled")]


@pytest.mark.parametrize("junk", ["\n\x1a", "\x00\x00", "\n--\n"])
def test_junk_behind_a_document_does_no_harm(junk: str) -> None:
    assert one(NITF.format(status="usable", docdata="") + junk).body == "<p>It left.</p>"
