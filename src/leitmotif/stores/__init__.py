"""Models on disk and on the Hub: data only, written whole, read without running anything."""

from __future__ import annotations

from leitmotif._lazy import attach

__getattr__, __all__ = attach(
    __name__,
    {
        "EmbedderNote": ".records",
        "Part": ".parts",
        "SavedModel": ".records",
        "SavedParts": ".records",
        "explain_difference": ".difference",
        "is_model": ".reading",
        "load": ".estimators",
        "locate": ".hub",
        "model_card": ".card",
        "push_to_hf_hub": ".hub",
        "read_model": ".reading",
        "read_pickle": ".pickles",
        "restore": ".estimators",
        "save": ".estimators",
        "sub_models": ".restoring",
        "write_model": ".directory",
        "write_pickle": ".pickles",
    },
)
