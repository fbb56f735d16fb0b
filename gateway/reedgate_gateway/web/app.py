"""Routes and headers: the page, its live stream, and the same as JSON. Everything is read-only.

Nobody can send this server anything but a request line and headers: a body is refused unread.
"""

import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reedgate_boards.site.language import LANGUAGES
from reedgate_gateway.clock import Clock
from reedgate_gateway.state import State
from reedgate_gateway.view.trend import SPANS
from reedgate_gateway.web.json_view import live_json
from reedgate_gateway.web.page import Page

MAX_STREAMS = 48
Health = Callable[[], dict[str, Any]]
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
}
_ASSETS = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


class Streams:
    """The live streams that are open: bounded, and ended together when the gateway stops."""

    def __init__(self, most: int = MAX_STREAMS):
        self.most = most
        self.open = 0
        self.ending = False


class _Guard:
    """The same headers on every answer; no request with a body gets further."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(key.encode(), value.encode()) for key, value in _HEADERS.items()]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        if headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            refusal = PlainTextResponse("this server takes no request bodies\n", 413)
            refusal.headers["connection"] = "close"
            await refusal(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def create_app(
    page: Page,
    state: State,
    clock: Clock,
    streams: Streams,
    health: Health,
    asked_language: str | None = None,
) -> ASGIApp:
    """asked_language: --lang of the command line, before the site's own."""
    assets = {
        name: files("reedgate_gateway.web").joinpath("static", name).read_bytes()
        for name in _ASSETS
    }

    def language_of(request: Request) -> str:
        wishes = [request.query_params.get("lang"), asked_language, state.catalogue.language]
        wishes += [
            part.split(";")[0].strip()
            for part in request.headers.get("accept-language", "")[:200].split(",")
        ]
        return next((wish[:2] for wish in wishes if wish and wish[:2] in LANGUAGES), "en")

    def span_of(request: Request) -> str:
        span = request.query_params.get("span")
        return span if span in SPANS else next(iter(SPANS))

    async def index(request: Request) -> Response:
        language = language_of(request)
        html = await page.whole(language, span_of(request))
        return Response(
            html,
            media_type="text/html; charset=utf-8",
            headers={"content-language": language, "vary": "accept-language"},
        )

    async def stream(request: Request) -> Response:
        if streams.open >= streams.most or streams.ending:
            return PlainTextResponse("too many live readers, come again\n", 503)
        return _LiveResponse(page, streams, language_of(request), span_of(request))

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in assets:
            return PlainTextResponse("not found\n", 404)
        return Response(assets[name], media_type=_ASSETS[name])

    async def live(_request: Request) -> Response:
        return JSONResponse(live_json(state, clock()))

    async def healthz(_request: Request) -> Response:
        body = health()
        return JSONResponse(body, 200 if body["ok"] else 503)

    routes = [
        Route("/", index),
        Route("/live", stream),
        Route("/static/{name}", asset),
        Route("/api/live", live),
        Route("/healthz", healthz),
    ]
    return _Guard(Starlette(routes=routes))  # around it, so that an error page has them too


class _LiveResponse(StreamingResponse):
    """Each fragment when it differs from what this reader has; something at least every turn."""

    def __init__(self, page: Page, streams: Streams, language: str, span: str):
        self._streams = streams
        super().__init__(
            self._events(page, language, span),
            media_type="text/event-stream",
            headers={"x-accel-buffering": "no"},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._streams.open += 1
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.open -= 1

    async def _events(self, page: Page, language: str, span: str) -> AsyncIterator[str]:
        has: dict[str, str] = {}
        while not self._streams.ending:
            fragments = await page.fragments(language, span)
            news = {name: html for name, html in fragments.items() if has.get(name) != html}
            has = fragments
            yield f"data: {json.dumps(news, ensure_ascii=False)}\n\n"
            await page.turned()
