"""Forms of words, in several languages."""

import pytest

from leitmotif.kernels.forms import alike

SAME = """
network networks|city cities|plan planned|stop stopping|model modeling|car cars|box boxes|study studied|train trained|gene genes
Regierung Regierungen|élection élections|político políticos|выборы выборов|economic economist|neural_network neural_networks
"""
OTHER = """
plan planet|car care|contract contrast|form firm|2019 2018|neural_network neural_model|ban bank|art arm
"""


def pairs(text):
    return [
        [word.replace("_", " ") for word in pair.lower().split()] for pair in text.strip().replace("\n", "|").split("|")
    ]


@pytest.mark.parametrize(("one", "other"), pairs(SAME))
def test_forms_of_one_word(one, other) -> None:
    assert alike(one, other) and alike(other, one)


@pytest.mark.parametrize(("one", "other"), pairs(OTHER))
def test_other_words(one, other) -> None:
    assert not alike(one, other) and not alike(other, one)
