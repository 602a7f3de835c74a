"""Addresses as names."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

__all__ = ["canonical_url"]

_TRACKING = frozenset(
    (
        *("fbclid", "gclid", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "igshid", "mc_cid", "mc_eid"),
        *("cmpid", "cmp", "ns_campaign", "ns_mchannel", "ns_source", "at_medium", "at_campaign", "ref_src"),
        *("sr_share", "traffic_source"),
    )
)
"""Parameters that say how a reader came, not where: with them one page would have many names."""


def canonical_url(url: str) -> str:
    """A URL as a name: host in lower case, without fragment and without parameters that follow readers around."""
    try:
        parts = urlsplit(url.strip())
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            return url.strip()
        said = parse_qsl(parts.query, keep_blank_values=True)
        kept = [
            (name, value)
            for name, value in said
            if name.lower() not in _TRACKING and not name.lower().startswith("utm_")
        ]
        query = parts.query if len(kept) == len(said) else urlencode(kept)
        return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", query, ""))
    except ValueError:
        return url.strip()
