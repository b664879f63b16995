"""Particles and clitics: what comes off by the corpus's own evidence, and what stays."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leitmotif.kernels.affixes import stem_of, stems
from leitmotif.vectorizers import WordVectorizer

KOREAN = [
    "정부는 경제 정책을 발표했다",
    "정부가 경제를 살리는 정책",
    "정책은 정부의 책임",
    "서울에서 회의가 열렸다",
    "서울로 가는 고양이",
    "고양이가 물을 마신다",
    "회의에서는 서울의 물가를 다뤘다",
]
ARABIC = [
    "قال الوزير إن الحكومة تدرس القانون",
    "وقال وزير آخر إن حكومة جديدة في العراق",
    "هذا كتاب عن العراق والقانون",
    "تاب الرجل في بلد بعيد من العراق",
    "قانون وقانون للحكومة وبالقانون",
    "قال في كتاب إن كتاب الله في بلد",
]


def counted(texts: list[str]) -> Counter[str]:
    return Counter(word for text in texts for word in text.split())


def test_korean_particles_by_hand() -> None:
    known = stems(counted(KOREAN), arabic=False)
    forms = {
        "정부는": "정부",  # 는 and 가 and 의
        "정부의": "정부",
        "정책을": "정책",  # stands without, too
        "경제를": "경제",
        "서울에서": "서울",
        "서울로": "서울",  # 로 after ㄹ
        "회의가": "회의",
        "회의에서는": "회의",  # not 회 + 의, nor 회의에서 + 는
        "고양이가": "고양이",
        "고양이": "고양이",  # 고양 stands with 이 alone
        "물가를": "물가를",  # once, and never without
        "물을": "물을",  # a single syllable would be left
        "news": "news",
    }
    assert {word: stem_of(word, known) for word in forms} == forms


def test_a_particle_has_to_suit_the_syllable_before_it() -> None:
    words = {"나라": 3, "나라은": 1, "나라는": 1, "사람": 3, "사람는": 1, "사람은": 1, "서울": 2, "서울으로": 1}
    known = stems(words, arabic=False)
    assert stem_of("나라는", known) == "나라"
    assert stem_of("사람은", known) == "사람"
    assert stem_of("나라은", known) == "나라은"
    assert stem_of("사람는", known) == "사람는"


def test_arabic_clitics_by_hand() -> None:
    known = stems(counted(ARABIC), arabic=True)
    forms = {
        "الوزير": "وزير",
        "وقال": "قال",
        "الحكومة": "حكومة",
        "للحكومة": "حكومة",
        "والقانون": "قانون",
        "وبالقانون": "قانون",
        "وزير": "وزير",
        "كتاب": "كتاب",  # تاب stands there, but is rarer than what would be ك and it
        "العراق": "العراق",  # never without
        "الله": "الله",
        "بلد": "بلد",
    }
    assert {word: stem_of(word, known) for word in forms} == forms
    assert not stems(counted(ARABIC), arabic=False)


@given(st.dictionaries(st.text(alphabet="가나다라정부는은이가의에서로도", min_size=1, max_size=7), st.integers(1, 5)))
def test_a_stem_is_a_beginning_and_has_no_stem_of_its_own(words: dict[str, int]) -> None:
    known = stems(words, arabic=False)
    for word in words:
        stem = stem_of(word, known)
        assert word.startswith(stem) and stem_of(stem, known) == stem
        assert stem == word or (len(stem) >= 2 and stem in known)


def test_counts_are_those_of_the_stems() -> None:
    vectorizer = WordVectorizer(language="korean")
    matrix = vectorizer.fit_transform(KOREAN)
    terms = vectorizer.get_feature_names_out().tolist()
    assert {"정부", "정책", "서울", "회의", "고양이"} <= set(terms)
    assert not {"정부는", "정부가", "정책을", "서울에서"} & set(terms)
    assert matrix[:, terms.index("정부")].toarray().ravel().tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert (vectorizer.transform(KOREAN) != matrix).nnz == 0
    new = vectorizer.transform(["정부도 회의를 서울에서만 한다"])
    assert {terms[column] for column in new.indices} == {"정부", "회의", "서울"}
    again = WordVectorizer.from_state(vectorizer.get_state())
    assert (again.transform(KOREAN) != matrix).nnz == 0
    assert vectorizer.build_tokenizer()("정부는 서울로") == ["정부", "서울"]


def test_arabic_in_the_vectorizer() -> None:
    vectorizer = WordVectorizer(language="arabic")
    vectorizer.fit(ARABIC)
    terms = set(vectorizer.get_feature_names_out())
    assert {"وزير", "حكومة", "قانون", "العراق", "كتاب"} <= terms
    assert not {"الوزير", "الحكومة", "والقانون"} & terms


@pytest.mark.parametrize("texts", [["the government of seoul", "governments in seoul"], ["правительство", "дом дома"]])
def test_other_languages_are_left_alone(texts: list[str]) -> None:
    assert stems(counted(texts), arabic=True) == frozenset()
