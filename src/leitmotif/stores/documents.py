"""The texts of a model, one Parquet file with the column ``document``."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from leitmotif.errors import ModelFileError
from leitmotif.stores.sources import Source

__all__ = ["DOCUMENTS", "document_chunks", "read_documents"]

DOCUMENTS = "documents.parquet"


def document_chunks(documents: Sequence[str]) -> Iterator[bytes]:
    """The bytes of the file. Lone surrogates are no Unicode text and are replaced."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        column = pa.array(documents, type=pa.large_string())
    except UnicodeEncodeError:
        column = pa.array([text.encode("utf-8", "replace").decode() for text in documents], type=pa.large_string())
    out = io.BytesIO()
    parquet.write_table(pa.table({"document": column}), out, compression="zstd")
    yield out.getvalue()


def read_documents(source: Source) -> list[str]:
    """All texts, in the order of the fit.

    Raises
    ------
    ModelFileError
        Not such a file.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    data = source.read(DOCUMENTS)
    try:
        table = parquet.read_table(pa.BufferReader(pa.py_buffer(data)), columns=["document"])
        texts = table.column("document").to_pylist()
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        raise ModelFileError(f"{source.path / DOCUMENTS}: not a table of documents: {error}") from error
    if not all(type(text) is str for text in texts):
        raise ModelFileError(f"{source.path / DOCUMENTS}: a document is not a text")
    return texts
