"""Words, aspects and typical documents of topics that are weighed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from leitmotif.building.exemplify import typical_documents
from leitmotif.building.represent import base_words, evidence_for, pad, run_chain
from leitmotif.protocols import Components
from leitmotif.state import TopicState
from leitmotif.typing import Words

__all__ = ["describe"]


def describe(
    before: TopicState,
    state: TopicState,
    components: Components,
    kept: Mapping[int, int],
    *,
    represent: bool = True,
    images: Sequence[Any] | None = None,
) -> TopicState:
    """Words, aspects and representative documents of a state that has its c-TF-IDF.

    ``kept`` gives the topics that take theirs over from the state before: new id -> old id.
    """
    vocabulary, ctfidf = state.need_vocabulary("describing topics")
    fresh = np.array([topic for topic in state.topic_ids.tolist() if topic not in kept], dtype=np.int64)
    n_words = components.top_n_words
    start = base_words(ctfidf[state.rows(fresh)], vocabulary.terms, fresh, n_words)
    main: dict[int, Words] = {topic: pad(words, n_words) for topic, words in start.items()}
    aspects: dict[str, dict[int, Any]] = {name: dict(main) for name in components.aspects}
    if represent and len(fresh) and (components.main or components.aspects):
        evidence = evidence_for(state, components, fresh, images)
        if components.main:
            found = run_chain(components.main, evidence, start)
            main |= {topic: words for topic, words in found.items() if words}  # none: c-TF-IDF's, mere padding perhaps
        for name, chain in components.aspects.items():
            if chain:
                aspects[name] |= run_chain(chain, evidence, start)
    typical = typical_documents(state, components, fresh)
    ids = state.topic_ids.tolist()

    def gathered(new: Mapping[int, Any], old: Mapping[int, Any]) -> dict[int, Any]:
        found = {topic: old.get(kept[topic]) if topic in kept else new.get(topic) for topic in ids}
        return {topic: value for topic, value in found.items() if value is not None}

    rows = gathered(typical, before.representative_rows)
    documents = state.documents
    return replace(
        state,
        base_words=gathered(start, before.base_words),
        words=gathered(main, before.words),
        aspects={name: gathered(values, before.aspects.get(name, {})) for name, values in aspects.items()},
        representative_rows=rows,
        representative_docs={topic: [documents[row] for row in found.tolist()] for topic, found in rows.items()}
        if documents is not None
        else gathered({}, before.representative_docs),
    )
