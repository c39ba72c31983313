"""A server on this machine that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SECRET = "s3cr3t-of-the-zone"  # noqa: S105


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Server:
    """What is answered, and what was asked. `canned` answers come first, each once."""

    url: str = ""
    answer: Callable[[Asked], Any] = lambda asked: (404, {}, b"")
    canned: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def take(self, asked: Asked) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append(asked)
        told = self.canned.pop(0) if self.canned else self.answer(asked)
        if isinstance(told, tuple):
            return told
        return 200, {"Content-Type": "application/json"}, json.dumps(told).encode()


@pytest.fixture
def server() -> Iterator[Server]:
    """Return a server on this machine."""
    answering = Server()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = answering.take(
                Asked(self.command, parts.path, query, dict(self.headers.items()), body)
            )
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = handle_any

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Say nothing of clients that went away."""

    http = Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    answering.url = f"http://127.0.0.1:{http.server_port}"
    yield answering
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the pauses that were made, none of which is waited for; and know the way in."""
    made: list[float] = []
    monkeypatch.setattr("trustmeter.exchange.pulling.patience.time.sleep", made.append)
    for name in ("ODK_USER", "ODK_PASSWORD", "KOBO_TOKEN", "LIMESURVEY_USER", "LIMESURVEY_PASSWORD"):
        monkeypatch.setenv(f"TRUSTMETER_{name}", SECRET if name.endswith(("PASSWORD", "TOKEN")) else "someone")
    for name in ("ODK", "KOBO", "LIMESURVEY"):
        monkeypatch.delenv(f"TRUSTMETER_{name}_URL", raising=False)
    return made
