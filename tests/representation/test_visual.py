"""Collages and captions of images."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PIL")
from PIL import Image

from leitmotif.errors import InvalidInputError
from leitmotif.representation import VisualRepresentation


@pytest.fixture
def images(tmp_path):
    made = [Image.new("RGB", (10 * (i + 1), 20), (i * 20, 0, 0)) for i in range(7)]
    made[0].save(tmp_path / "0.png")
    return [str(tmp_path / "0.png"), *made[1:3], None, *made[4:]]


def test_collages_have_rows_of_three_on_white(make_evidence, words, images) -> None:
    found = VisualRepresentation(image_height=40).represent(make_evidence(images=images), words)
    assert sorted(found) == [-1, 0, 1]
    # topic 0: images 0, 1, 5, 6 at double size: widths 20, 40, 120 in the first row, 140 in the second
    assert found[0].size == (180, 80)
    pixels = np.asarray(found[0])
    assert pixels[10, 10].tolist() == [0, 0, 0] and pixels[50, 5].tolist() == [120, 0, 0]
    assert pixels[50, 150].tolist() == [255, 255, 255]
    assert found[1].size == (60, 40)  # image 2 alone: topic 1's other has none
    squares = VisualRepresentation(image_height=30, image_squares=True, nr_repr_images=2).represent(
        make_evidence(images=images), words
    )
    assert squares[0].size == (60, 30)


def test_without_images_the_words_stay(evidence, words) -> None:
    assert VisualRepresentation().represent(evidence, words) == words


def test_captions_of_typical_images(images) -> None:
    import pandas as pd

    frame = pd.DataFrame({"Topic": [0, 0, 1], "Image": [images[1], images[2], images[4]]})
    model = VisualRepresentation(
        image_to_text_model=lambda some: [[{"generated_text": f"width {image.width}"}] for image in some], batch_size=1
    )
    found = model.image_to_text(frame, np.eye(3))
    assert found.to_dict("list") == {"Document": ["width 20 width 30", "width 50"], "Topic": [0, 1]}
    with pytest.raises(InvalidInputError, match="image_to_text_model"):
        VisualRepresentation().image_to_text(frame, np.eye(3))
