"""A local HTTP server that speaks the chat protocols of OpenAI, Anthropic and Cohere, with faults on order."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What a request gets instead of an answer."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    hang_s: float = 0.0


def rate_limit(retry_after: str | None = "0.05") -> Fault:
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(429, headers, {"error": {"message": "slow down", "type": "rate_limit_exceeded", "code": "rate_limit"}})


def quota() -> Fault:
    message = "You exceeded your current quota, please check your plan and billing details."
    return Fault(429, {}, {"error": {"message": message, "type": "insufficient_quota", "code": "insufficient_quota"}})


def text_of(request: dict[str, Any]) -> str:
    return "\n".join(str(message["content"]) for message in request["messages"])


def topic_of(request: dict[str, Any]) -> str:
    """The number that the tests put into the keywords of a topic: ``word17``."""
    found = re.search(r"word(\d+)", text_of(request))
    return found.group(1) if found else "?"


class Server:
    """What the server does and what it was asked. ``answer(request, n)`` gives a text, a :class:`Fault`, or a reply's body."""

    def __init__(self, answer: Callable[[dict[str, Any], int], Any], latency_s: float) -> None:
        self.answer = answer
        self.latency_s = latency_s
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        self.url = ""

    def handle(self, path: str, headers: dict[str, str], request: dict[str, Any]) -> Fault:
        with self.lock:
            self.requests.append(request)
            self.headers.append(headers)
            self.paths.append(path)
            number = len(self.requests)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            time.sleep(self.latency_s)
            found = self.answer(request, number)
            if isinstance(found, Fault):
                time.sleep(found.hang_s)
                return found
            if isinstance(found, dict):
                return Fault(body=found)
            return Fault(body=self._reply(path.split("?")[0], request["model"], found))
        finally:
            with self.lock:
                self.at_once -= 1

    @staticmethod
    def _reply(path: str, model: str, text: str) -> dict[str, Any]:
        if path.endswith("/chat/completions"):
            message = {"role": "assistant", "content": text}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
            return {
                "id": "x",
                "object": "chat.completion",
                "created": 1,
                "model": model,
                "choices": [choice],
                "usage": usage,
            }
        if path.endswith("/messages"):
            return {
                "id": "x",
                "type": "message",
                "role": "assistant",
                "model": model,
                "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn",
                "stop_sequence": None,
                "usage": {"input_tokens": 100, "output_tokens": 20},
            }
        return {
            "id": "x",
            "finish_reason": "COMPLETE",
            "message": {"role": "assistant", "content": [{"type": "text", "text": text}]},
            "usage": {"tokens": {"input_tokens": 100, "output_tokens": 20}},
        }


@contextmanager
def serve(answer: Callable[[dict[str, Any], int], Any], latency_s: float = 0.0) -> Iterator[Server]:
    """Run a server on a free port of this machine for the length of the block."""
    state = Server(answer, latency_s)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else head and body of a reply go out 40 ms apart

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = state.handle(self.path, {k.lower(): v for k, v in self.headers.items()}, request)
            body = found.body if isinstance(found.body, bytes) else json.dumps(found.body or {}).encode()
            try:
                self.send_response(found.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):  # the client has given up
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            if not isinstance(sys.exc_info()[1], ConnectionError):  # a client that was killed
                super().handle_error(request, client_address)

    server = Quiet(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
