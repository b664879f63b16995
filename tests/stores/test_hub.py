"""The Hub: against a server on this machine that speaks as much of its protocol as a model needs."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import leitmotif.stores.hub as hub_module
from leitmotif.building.adaptation import CorpusAdaptation
from leitmotif.dimensionality import UMAP
from leitmotif.errors import MissingDependencyError, ModelFileError
from leitmotif.protocols import Components
from leitmotif.stores import locate, model_card, push_to_hf_hub

from .conftest import SETTINGS, make_state

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    files: dict[str, bytes]
    messages: list[str]

    def log_message(self, *args: Any) -> None:
        pass

    def answer(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), "X-Repo-Commit": COMMIT, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
        if self.path == "/api/repos/create":
            self.answer({"url": f"http://{self.headers['Host']}/user/model", "name": "user/model"})
        elif self.path == "/api/validate-yaml":
            self.answer({"warnings": [], "errors": []})
        elif "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            self.answer({"files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in asked]})
        elif "/commit/" in self.path:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    self.files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
                elif entry["key"] == "header":
                    self.messages.append(entry["value"]["summary"])
            self.answer({"commitUrl": f"http://{self.headers['Host']}/user/model/commit/{COMMIT}", "commitOid": COMMIT})
        else:
            self.answer({}, 404)

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/api/models/user/model/tree/"):
            self.answer(
                [
                    {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                    for name, data in self.files.items()
                ]
            )
            return
        if path.startswith("/api/models/user/model"):
            siblings = [{"rfilename": name} for name in self.files]
            self.answer({"id": "user/model", "sha": COMMIT, "siblings": siblings, "private": False, "tags": []})
            return
        name = path.split("/resolve/")[-1].split("/", 1)[-1] if path.startswith("/user/model/resolve/") else None
        if name in self.files:
            data = self.files[name]
            self.answer(data, headers={"ETag": f'"{hashlib.sha1(data).hexdigest()}"'})
        else:
            code = "EntryNotFound" if path.startswith("/user/model") else "RepoNotFound"
            self.answer({"error": code}, 404, {"X-Error-Code": code, "X-Error-Message": code})

    def do_HEAD(self) -> None:
        self.do_GET()


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[tuple[type[Hub], dict[str, str]]]:
    pytest.importorskip("huggingface_hub")
    kind = type("OneHub", (Hub,), {"files": {}, "messages": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield (
        kind,
        os.environ
        | {
            "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_XET": "1",
            "NO_PROXY": "127.0.0.1",
            "PYTHONPATH": str(Path(__file__).parent),
        },
    )
    server.shutdown()
    server.server_close()


CLIENT = """
from types import SimpleNamespace
from conftest import SETTINGS, assert_same_state, make_state, without_texts
from leitmotif.protocols import Components
from leitmotif.stores import locate, push_to_hf_hub, read_model
from dataclasses import replace

state = make_state()
components = Components(embedder=None, reducer=None, clusterer=None, vectorizer=None, weighting=None)
model = SimpleNamespace(state=state, components=components, get_params=lambda: SETTINGS)
push_to_hf_hub(model, "user/model", token="hf_x", commit_message="Say it", quality={"coherence": 0.5})
place = locate("user/model", token="hf_x")
found = read_model(place).state
assert_same_state(replace(without_texts(state), representative_docs={}, reduced_embeddings=None), found)
try:
    locate("user/other", token="hf_x")
except Exception as error:
    print(type(error).__name__, str(error).splitlines()[0])
"""


def test_a_model_goes_to_the_hub_and_comes_back(tmp_path: Path, hub: tuple[type[Hub], dict[str, str]]) -> None:
    kind, environment = hub
    done = subprocess.run(
        [sys.executable, "-c", CLIENT], capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("ModelFileError user/other exists neither on this machine nor on the Hub")
    assert kind.messages == ["Say it"]
    card = kind.files["README.md"].decode()
    assert card.startswith("---\ntags:\n- bertopic")
    assert "coherence | 0.5000" in card
    assert not any(b"Document 1" in data for data in kind.files.values())  # no texts unless asked for


@pytest.mark.parametrize("asked", [{}, {"include_fitted": False}, {"include_fitted": True}])
def test_what_the_parts_have_learned_is_published_when_asked_for(
    monkeypatch: pytest.MonkeyPatch, asked: dict[str, Any]
) -> None:
    published: list[bytes] = []

    class Api:
        def create_repo(self, repo_id: str, **_: Any) -> Any:
            return SimpleNamespace(repo_id=repo_id)

        def upload_folder(self, folder_path: Path, **_: Any) -> None:
            published.extend(path.read_bytes() for path in folder_path.rglob("*") if path.is_file())

    monkeypatch.setattr(hub_module, "_hub", lambda what: SimpleNamespace(HfApi=lambda token: Api()))
    reducer = UMAP(n_neighbors=3, n_components=2, n_epochs=2).fit(np.random.default_rng(0).normal(size=(20, 8)))
    components = Components(embedder=None, reducer=reducer, clusterer=None, vectorizer=None, weighting=None)
    rng = np.random.default_rng(1)
    adaptation = CorpusAdaptation(
        hashes=np.sort(rng.choice(2**32, 30, replace=False)).astype(np.uint32),
        idf=rng.uniform(1, 5, 30),
        directions=rng.normal(size=(30, 4)).astype(np.float16),
    )
    state = make_state()
    state = replace(state, extras={**state.extras, "adaptation": adaptation})
    model = SimpleNamespace(state=state, components=components, get_params=lambda: SETTINGS)
    push_to_hf_hub(model, "user/model", model_card=False, **asked)
    for learned in (reducer.embedding_, state.reduced_embeddings, adaptation.hashes, adaptation.directions):
        assert any(learned.tobytes() in data for data in published) is asked.get("include_fitted", False)


def test_the_card_says_what_is_in_the_model() -> None:
    state = make_state()
    card = model_card(state, SETTINGS | {"seed_topic_list": "x" * 500, "umap_model": object()}, "user/model")
    lines = card.splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert len(rows) == 2 + len(state.topic_ids)
    assert f"| {state.sizes[1]} | Name, given |" in rows[3]
    assert "- random_state: 7" in lines
    assert "xxxx" not in card
    assert any(line.startswith("- leitmotif: ") for line in lines)


def test_a_card_does_not_let_words_out_of_their_cell() -> None:
    state = replace(make_state(), zeroshot_names={0: "a | b\n<script>"})
    card = model_card(state, {}, "user/model")
    assert "a \\| b &lt;script>" in card


def test_what_exists_here_is_never_looked_for_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "user").mkdir()
    (tmp_path / "user" / "model").mkdir()
    assert locate("user/model") == Path("user/model")
    with pytest.raises(ModelFileError, match="does not exist"):
        locate("user/typo")
    with pytest.raises(ModelFileError, match="does not exist"):
        locate(tmp_path / "somebody" / "model")
    with pytest.raises(MissingDependencyError, match=r"leitmotif\[hub\]"):
        locate("somebody/model")
