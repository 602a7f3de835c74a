"""What the push server tells of itself: an OpenAPI 3.1 document, and a page for people made of it."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from typing import Any

__all__ = ["DOCS_PAGE", "DOCS_POLICY", "OPENAPI"]


def _error(description: str, *, headers: dict[str, Any] | None = None) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": description, "content": content, **({"headers": headers} if headers else {})}


_RETRY_AFTER = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer", "minimum": 1}}}
_CHALLENGE = {"WWW-Authenticate": {"description": "what is asked for", "schema": {"type": "string"}}}
_BODY = {"schema": {"type": "string", "format": "binary"}}

_TAKEN = {
    "description": (
        "Kafka has acknowledged every article listed as accepted. One marked duplicate was acknowledged before, with "
        "the same content, and is not written again. One listed as failed is not in Kafka."
    ),
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}},
}

_POST = {
    "operationId": "postArticles",
    "summary": "Send articles, in any wire format",
    "description": (
        "The source of every article is the one that authenticated, whatever the body says. Nothing is lost: repeat a "
        "request that got no answer, 408, 429 or 503 until it gets another. Repeating one that was taken does no harm; "
        "a signed one must be signed again, with the current time."
    ),
    "security": [{"token": []}, {"source": [], "timestamp": [], "signature": []}],
    "parameters": [
        {
            "name": "format",
            "in": "query",
            "description": "name or media type of the format; without one Content-Type, and else the content, decides",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "required": True,
        "description": "The bytes of a wire file as they are, without Content-Encoding; 8 MiB at most unless told.",
        "content": {"application/octet-stream": _BODY, "*/*": _BODY},
    },
    "responses": {
        "202": _TAKEN,
        "400": _error("The request is not whole, or asks for a format that there is not."),
        "401": _error("No valid token or signature; or the timestamp is over 300 s off.", headers=_CHALLENGE),
        "408": _error("The body did not arrive in time. The connection is closed."),
        "409": _error("This signature was used before: sign again with the current time."),
        "413": _error("The body is too large: send fewer articles at a time."),
        "415": _error("The body has a Content-Encoding: send it as it is."),
        "417": _error("The Expect header asks for something else than 100-continue."),
        "422": _error("Nothing in the body can be taken; the reason is told and the body kept in ingest-dlq."),
        "429": _error("The source sends too often: wait.", headers=_RETRY_AFTER),
        "500": _error("A fault of the server; its log says where."),
        "503": _error("Too much is under way, or Kafka does not answer: send again later.", headers=_RETRY_AFTER),
    },
}


def _get(operation: str, summary: str, media_type: str, *, failing: dict[str, Any] | None = None) -> dict[str, Any]:
    taken = {"description": summary, "content": {media_type: {}}}
    return {"get": {"operationId": operation, "summary": summary, "responses": {"200": taken, **(failing or {})}}}


def _key(header: str, description: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": header, "description": description}


OPENAPI: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "copytaster push",
        "version": "1",
        "summary": "Takes articles over HTTP and puts them into Kafka.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    },
    "paths": {
        "/v1/articles": {"post": _POST},
        "/healthz": _get(
            "getHealth",
            "Whether articles are taken",
            "application/json",
            failing={"503": _error("The server is about to end.", headers=_RETRY_AFTER)},
        ),
        "/openapi.json": _get("getDocument", "This document", "application/json"),
        "/docs": _get("getPage", "The same for people", "text/html"),
    },
    "components": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "the token of your source"},
            "source": _key("X-Copytaster-Source", "the name of your source"),
            "timestamp": _key("X-Copytaster-Timestamp", "Unix time in seconds, within 300 s of the server's"),
            "signature": _key(
                "X-Copytaster-Signature",
                "sha256= and the hex HMAC-SHA256, with your source's secret, of timestamp, full stop and body",
            ),
        },
        "schemas": {
            "Taken": {
                "type": "object",
                "required": ["accepted", "failed"],
                "additionalProperties": False,
                "properties": {
                    "accepted": {"type": "array", "items": {"$ref": "#/components/schemas/Accepted"}},
                    "failed": {"type": "array", "items": {"type": "string"}, "description": "a reason for each"},
                },
            },
            "Accepted": {
                "type": "object",
                "required": ["article_id", "version"],
                "additionalProperties": False,
                "properties": {
                    "article_id": {"type": "string"},
                    "version": {"type": "integer", "minimum": 1},
                    "duplicate": {"const": True},
                },
            },
            "Error": {
                "type": "object",
                "required": ["error"],
                "additionalProperties": False,
                "properties": {"error": {"type": "string", "description": "one line that says what to do"}},
            },
        },
    },
}

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "code{background:#8882;padding:.1em .3em}dt{font-weight:600;margin-top:.6rem}dd{margin-left:1.5rem}"
)

DOCS_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page: its one style and nothing else."""


def _page() -> str:
    title = escape(OPENAPI["info"]["title"])
    parts = [f"<h1>{title}</h1><p>{escape(OPENAPI['info']['summary'])} <a href=openapi.json>openapi.json</a></p>"]
    for path, methods in OPENAPI["paths"].items():
        for method, operation in methods.items():
            parts += _operation(path, method, operation)
    parts.append("<h2>Who you are</h2><p>A bearer token, or the three headers of a signature.</p>")
    schemes = OPENAPI["components"]["securitySchemes"].values()
    parts.append(_list((each.get("name", "Authorization: Bearer"), each["description"]) for each in schemes))
    head = f"<meta charset=utf-8><title>{title}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>"


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f"<h2><code>{method.upper()} {escape(path)}</code></h2><p>{escape(operation['summary'])}.</p>"
    if "description" in operation:
        yield f"<p>{escape(operation['description'])}</p>"
    yield _list((f"?{each['name']}=", each["description"]) for each in operation.get("parameters", ()))
    yield _list((status, answer["description"]) for status, answer in operation["responses"].items())


def _list(entries: Iterator[tuple[str, str]]) -> str:
    listed = "".join(f"<dt><code>{escape(name)}</code></dt><dd>{escape(text)}</dd>" for name, text in entries)
    return f"<dl>{listed}</dl>" if listed else ""


DOCS_PAGE = _page()
