"""Pictures of topics: BERTopic's ``images/<topic>.jpg``."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leitmotif.errors import ModelFileError
from leitmotif.stores.sources import Source

__all__ = ["IMAGE_ASPECT", "image_files", "read_images"]

logger = logging.getLogger(__name__)

IMAGE_ASPECT = "Visual_Aspect"
MAX_IMAGE_BYTES = 64 << 20
MAX_PIXELS = 64 << 20


def image_files(aspects: Mapping[str, Mapping[int, Any]]) -> Iterator[tuple[str, list[bytes]]]:
    """Name and contents of one JPEG a topic, for aspects whose values are Pillow images."""
    for by_topic in aspects.values():
        for topic, image in by_topic.items():
            if hasattr(image, "convert") and hasattr(image, "save"):
                out = io.BytesIO()
                image.convert("RGB").save(out, "JPEG", quality=95)
                yield f"images/{int(topic)}.jpg", [out.getvalue()]


def read_images(source: Source, topics: Sequence[int]) -> dict[int, Any]:
    """Pictures by topic; none where there are none or Pillow is not installed.

    Raises
    ------
    ModelFileError
        A picture is not a JPEG, or of an absurd size.
    """
    names = {f"images/{topic}.jpg": topic for topic in topics}
    present = {name: topic for name, topic in names.items() if name in source.names()}
    if not present:
        return {}
    try:
        from PIL import Image
    except ImportError:
        logger.warning("the model's pictures are left out: they need the library 'pillow' (pip install pillow)")
        return {}
    images: dict[int, Any] = {}
    for name, topic in present.items():
        data = source.read(name, max_bytes=MAX_IMAGE_BYTES)
        try:
            image = Image.open(io.BytesIO(data), formats=["JPEG"])
            if image.width * image.height > MAX_PIXELS:
                raise ModelFileError(
                    f"{source.path / name}: {image.width} x {image.height} pixels; that is no topic's picture"
                )
            image.load()
        except ModelFileError:
            raise
        except Exception as error:  # whatever Pillow makes of damaged bytes
            raise ModelFileError(f"{source.path / name}: not a JPEG picture: {error}") from error
        images[topic] = image
    return images
