# ruff: noqa: RUF001 - typographic quotes and dashes are what pages send
"""What a page asks of its visitor between the paragraphs: follow, subscribe, read that too. Patterns of whole lines."""

__all__ = ["ADVERTISEMENT", "BREADCRUMB", "PROMO"]

_PLATFORM = (
    r"(?i:whatsapp|telegram|facebook|twitter|x|instagram|youtube|linkedin|tiktok|threads|bluesky|mastodon|flipboard|"
    r"google news|social media|rss)"
)
_PLATFORMS = rf"{_PLATFORM}(?:(?:,| and|, and| &|/| or| und| et| y) ?{_PLATFORM})*"
_OFFER = r"(?:newsletters?|briefings?|channel|kanal|chaîne|boletín|podcast|alerts|feed|app|group)"
_END = r"[.!:»>]*"

ADVERTISEMENT = (
    r"(?i:advertise?ments?|\W*ad\W*|sponsored(?: content)?|anzeige|publicité|publicidad|publicidade|werbung)",
    r"(?i:(?:story|article) continues (?:below|after)(?: this| the)?(?: advertise?ment| ad)?\.?)",
    r"(?i:advertise?ment\s*[-–—:.]\s*(?:scroll to continue|story continues below|continue reading below)\.?)",
    r"(?i:scroll (?:down )?to continue(?: with content)?\.?)",
)

BREADCRUMB = (
    (
        r"(?:(?i:home|startseite|accueil|inicio|you are here:?)(?=\s*[>»›/|])|(?i:news)(?=\s*[>»›]))"
        r"(?:\s*[>»›/|]\s*[^>»›/|.!?]{1,40}){1,6}"
    ),
    r"[A-Z][\w&'’ -]{1,30}+(?:\s*[>»›]\s*[A-Z][\w&'’ -]{1,30}+){2,6}",
    r"(?i:(?:skip|jump) to (?:main )?(?:content|navigation)|main menu)",
)

_FOLLOW = (
    (
        rf"(?i:follow|join|like|find|add) (?:(?i:us)|@\w+|(?i:our) \w+|[A-Z]\w+)(?: \w+){{0,3}} (?i:on|via)"
        rf" {_PLATFORMS}"
        r"(?i: here| now| too| for (?:more|the latest|live|breaking)(?: \w+){0,3})?[.!:]?(?: @\w+)?"
    ),
    rf"(?i:(?:folgen sie uns|suivez-nous|síguenos|siga-nos) (?:auf|bei|sur|en|no)) {_PLATFORMS}[.!]?",
    # A name, not a sentence with a verb: "Iran Blocks Telegram Channel" is a heading.
    (
        r"(?:(?:News|Times|(?!\w*(?:s|ed|ing) )[A-Z][\w.'’&-]*) ){0,6}(?:WhatsApp|Telegram|YouTube) "
        r"(?:Channel|Group|Community)"
    ),
)
_SUBSCRIBE = (
    (
        r"(?i:(?:subscribe|sign up|register)(?: now| today| here)?"
        rf"(?: (?:to|for) (?:our|the|a|this)(?: [\w'’]+){{0,5}} {_OFFER})?(?: here| now| today| for free)?[.!]?)"
    ),
    rf"(?i:get (?:our|the)(?: [\w'’]+){{1,4}} {_OFFER}(?: \w+){{0,6}}[.!]?)",
    rf"(?i:(?:join|download|get)(?: [\w'’]+){{1,4}} (?:whatsapp|telegram|youtube|mobile) {_OFFER}(?: \w+){{0,4}}[.!]?)",
    r"(?i:newsletter (?:abonnieren|bestellen)[.!]?|abonnieren sie(?: \w+){1,4} newsletter[.!]?)",
    r"(?i:abonnez-vous(?: à| a)?(?: \w+){0,2}(?: newsletter| chaîne(?: \w+){0,2})?[.!]?)",
    r"(?i:suscr[ií]b[ae](?:se|te)(?: \w+){0,4} (?:bolet[ií]n|canal|newsletter)(?: \w+){0,3}[.!]?)",
)
_READ_TOO = (
    (
        r"(?i:also read|read also|must read|see also|related(?: articles?| stories| news)?|recommended|don[’']t miss|"
        r"read more|more on this|lesen sie auch|lesen sie mehr|mehr zum thema|à lire aussi|lire aussi|voir aussi|"
        r"lea también|lea además|te puede interesar|leia também|leia mais|leggi anche)\s*[:|»>]\s*(?!.*\.$).*"
    ),
    r"(?i:watch|watch live|listen)\s*[:|»>]\s*[^\W\d_a-z](?!.*\.$).*",
    (
        r"(?i:read more(?: here| about it here)?|mehr zum thema|trending|trending now|"
        rf"related (?:articles|stories|topics|news)|you may also like|more on this story|most read|"
        rf"recommended for you|more stories|editors[’'] picks?){_END}"
    ),
)
_USE_PAGE = (
    r"(?i:click here (?:to|for)(?: \w+){1,8}[.!]?)",
    r"(?i:share(?: (?:this|on) \w+)?|print(?: this (?:page|article))?|tweet|copy link|back to top)",
    r"(?i:leave a comment|comments?(?: \(\d+\))?)",
    r"(?i:our standards: the thomson reuters trust principles\W*)",
)
PROMO = (*_FOLLOW, *_SUBSCRIBE, *_READ_TOO, *_USE_PAGE)
