"""Write examples/arxiv_sample.jsonl.gz: a few thousand arXiv abstracts, taken evenly and always the same.

    python scripts/make_sample.py arxiv20k.jsonl.gz --documents 3000

The source is a file of JSON lines (id, title, text, label, date) of arXiv metadata, which is CC0. Documents are ranked by
the SHA-256 of their id and the first ones are kept, so that the choice depends on nothing but the ids; they are written in
the order of their ids, with a fixed time stamp, so that the same source gives the same file, byte for byte.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "examples" / "arxiv_sample.jsonl.gz"
COLUMNS = ("id", "title", "text", "label", "date")


def sample(lines: list[str], n_documents: int) -> list[dict[str, str]]:
    """The documents whose ids have the smallest hashes, ordered by id."""
    documents = [json.loads(line) for line in lines]
    documents.sort(key=lambda document: hashlib.sha256(document["id"].encode()).digest())
    return sorted(documents[:n_documents], key=lambda document: str(document["id"]))


def main() -> None:
    """Read the arguments and write the sample."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="gzip'd JSON lines of arXiv metadata")
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()
    with gzip.open(arguments.source, "rt", encoding="utf-8") as file:
        documents = sample(file.readlines(), arguments.documents)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, filename="", mtime=0) as file:
        for document in documents:
            row = {name: document[name] for name in COLUMNS}
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8"))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(packed.getvalue())


if __name__ == "__main__":
    main()
