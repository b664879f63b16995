"""Texts and images in one space, by CLIP or models like it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from leitmotif.backend.embedder import BaseEmbedder, checked
from leitmotif.errors import EmbeddingsError, InvalidInputError
from leitmotif.progress import stage
from leitmotif.typing import FloatMatrix

__all__ = ["MultiModalBackend"]

CLIP_TOKENS = 77


class MultiModalBackend(BaseEmbedder):
    """Embeddings of texts, of images, and of both together.

    Parameters
    ----------
    embedding_model : str or SentenceTransformer
        Embeds texts, and images too if there is no ``image_model``; such as ``"clip-ViT-B-32"``.
    image_model : str or SentenceTransformer, optional
        Embeds images, in the space of ``embedding_model``.
    batch_size : int
        Images opened at a time.

    Raises
    ------
    InvalidInputError
        Neither a name nor a model.
    """

    def __init__(self, embedding_model: Any, image_model: Any = None, batch_size: int = 32) -> None:
        self._hf_model: str | None = embedding_model if isinstance(embedding_model, str) else None
        super().__init__(_loaded(embedding_model, "embedding_model"))
        self.image_model = None if image_model is None else _loaded(image_model, "image_model")
        self.batch_size = batch_size
        self.tokenizer = _clip_tokenizer(self.embedding_model)

    def embed(  # type: ignore[override]  # BERTopic's order: images stand before verbose
        self, documents: Sequence[str] | None, images: Sequence[Any] | None = None, verbose: bool = False
    ) -> FloatMatrix:
        """Embeddings of texts, of images, or the mean of both row by row: shape (n, d).

        Raises
        ------
        InvalidInputError
            Another number of images than of documents, or neither.
        """
        if documents is None and images is None:
            raise InvalidInputError("there is nothing to embed: pass documents, images, or both")
        if images is None:
            assert documents is not None
            return self.embed_documents(documents, verbose)
        if documents is None:
            return self.embed_images(images, verbose)
        if len(images) != len(documents):
            raise InvalidInputError(
                f"there are {len(documents)} documents and {len(images)} images: pass one image a document"
            )
        texts, pictures = self.embed_documents(documents, verbose), self.embed_images(images, verbose)
        if texts.shape != pictures.shape:
            raise EmbeddingsError(
                f"texts have {texts.shape[1]} dimensions and images {pictures.shape[1]}: embedding_model and image_model "
                "must share one space"
            )
        return (texts + pictures) / 2

    def embed_documents(self, document: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of texts, shape (n, d); cut to what the model can read."""
        texts = [self._cut(text) for text in document]
        found = self.embedding_model.encode(texts, show_progress_bar=verbose)
        return checked(found, len(texts), "the multi-modal model")

    def embed_words(self, words: Sequence[str], verbose: bool = False) -> FloatMatrix:
        """Embeddings of words, shape (n, d)."""
        return self.embed_documents(words, verbose)

    def embed_images(self, images: Sequence[Any], verbose: bool = False) -> FloatMatrix:
        """Embeddings of images, shape (n, d).

        Parameters
        ----------
        images : sequence of str, Path or PIL.Image
        verbose : bool
        """
        from PIL import Image

        model = self.image_model if self.image_model is not None else self.embedding_model
        blocks = []
        with stage("embed images", total=len(images)) as work:
            for start in range(0, len(images), self.batch_size):
                batch = images[start : start + self.batch_size]
                opened = [Image.open(i).convert("RGB") if isinstance(i, str | Path) else i for i in batch]
                blocks.append(checked(model.encode(opened, show_progress_bar=False), len(opened), "the image model"))
                for image, given in zip(opened, batch, strict=True):
                    if image is not given:
                        image.close()
                work.advance(len(opened))
        return np.concatenate(blocks) if blocks else np.empty((0, 0), dtype=np.float32)

    def _cut(self, text: str) -> str:
        """The text's beginning that has no more tokens than CLIP reads."""
        text = text or " "
        while self.tokenizer is not None:
            tokens = self.tokenizer.encode(text)
            if len(tokens) <= CLIP_TOKENS:
                break
            # Decoded text may have more tokens than it was made of, but fewer each time.
            shorter = self.tokenizer.decode(tokens[1 : CLIP_TOKENS - 1])
            text = shorter if len(shorter) < len(text) else text[: len(text) // 2]
        return text


def _loaded(model: Any, name: str) -> Any:
    if isinstance(model, str):
        return SentenceTransformer(model)
    if callable(getattr(model, "encode", None)):
        return model
    raise InvalidInputError(
        f'{name} is a {type(model).__name__}: pass a SentenceTransformer or its name, such as "clip-ViT-B-32"'
    )


def _clip_tokenizer(model: Any) -> Any:
    """The tokenizer of a CLIP model, which refuses long texts; None where the model cuts them itself."""
    first = model._first_module() if hasattr(model, "_first_module") else None
    tokenizer = getattr(getattr(first, "processor", None), "tokenizer", None)
    return tokenizer if tokenizer is not None and hasattr(tokenizer, "decode") else None
