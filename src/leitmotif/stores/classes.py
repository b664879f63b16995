"""The classes that a file may name: nothing else is ever imported for one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

__all__ = ["FITTED", "OURS", "UNFITTED", "named_class", "public_path"]

OURS: frozenset[str] = frozenset(
    {
        "leitmotif.backend.BaseEmbedder",
        "leitmotif.backend.LsaEmbedder",
        "leitmotif.backend.StaticEmbedder",
        "leitmotif.cluster.BaseCluster",
        "leitmotif.cluster.Communities",
        "leitmotif.cluster.HDBSCAN",
        "leitmotif.dimensionality.BaseDimensionalityReduction",
        "leitmotif.dimensionality.UMAP",
        "leitmotif.representation.BaseRepresentation",
        "leitmotif.representation.KeyBERTInspired",
        "leitmotif.representation.MaximalMarginalRelevance",
        "leitmotif.representation.PartOfSpeech",
        "leitmotif.representation.TopicWords",
        "leitmotif.vectorizers.ClassTfidfTransformer",
        "leitmotif.vectorizers.CountVectorizer",
        "leitmotif.vectorizers.OnlineCountVectorizer",
        "leitmotif.vectorizers.WordVectorizer",
    }
)
"""Classes of ours; they write and read what they have learned themselves."""

FITTED: Mapping[str, frozenset[str]] = {
    "sklearn.cluster.KMeans": frozenset({"cluster_centers_"}),
    "sklearn.cluster.MiniBatchKMeans": frozenset({"cluster_centers_"}),
    "sklearn.decomposition.IncrementalPCA": frozenset({"components_", "mean_"}),
    "sklearn.decomposition.PCA": frozenset({"components_", "mean_"}),
    "sklearn.decomposition.TruncatedSVD": frozenset({"components_"}),
    "sklearn.linear_model.LogisticRegression": frozenset({"coef_"}),
    "sklearn.naive_bayes.GaussianNB": frozenset({"theta_", "var_"}),
    "sklearn.preprocessing.Normalizer": frozenset(),
    "sklearn.preprocessing.StandardScaler": frozenset(),
}
"""Estimators of scikit-learn's of numbers alone, which come back as fitted; what each needs: arrays with a column a feature."""

UNFITTED: frozenset[str] = frozenset(FITTED) | {
    "hdbscan.HDBSCAN",
    "sklearn.cluster.AffinityPropagation",
    "sklearn.cluster.AgglomerativeClustering",
    "sklearn.cluster.Birch",
    "sklearn.cluster.BisectingKMeans",
    "sklearn.cluster.DBSCAN",
    "sklearn.cluster.FeatureAgglomeration",
    "sklearn.cluster.HDBSCAN",
    "sklearn.cluster.MeanShift",
    "sklearn.cluster.OPTICS",
    "sklearn.cluster.SpectralClustering",
    "sklearn.decomposition.FactorAnalysis",
    "sklearn.decomposition.FastICA",
    "sklearn.decomposition.KernelPCA",
    "sklearn.decomposition.NMF",
    "sklearn.decomposition.SparsePCA",
    "sklearn.manifold.Isomap",
    "sklearn.manifold.LocallyLinearEmbedding",
    "sklearn.manifold.MDS",
    "sklearn.manifold.SpectralEmbedding",
    "sklearn.manifold.TSNE",
    "sklearn.mixture.BayesianGaussianMixture",
    "sklearn.mixture.GaussianMixture",
    "sklearn.neighbors.KNeighborsClassifier",
    "sklearn.random_projection.GaussianRandomProjection",
    "sklearn.random_projection.SparseRandomProjection",
    "umap.UMAP",
}
"""Estimators of others that come back with their parameters, ready to be fitted again."""

PUBLIC = {"hdbscan.hdbscan_.HDBSCAN": "hdbscan.HDBSCAN", "umap.umap_.UMAP": "umap.UMAP"}
"""Names of classes whose modules are not private by their names."""


def public_path(kind: type) -> str:
    """The name under which a class is imported by people: ``package.sub.Class`` without private modules."""
    own = f"{kind.__module__}.{kind.__qualname__}"
    parts = [part for part in kind.__module__.split(".") if not part.startswith("_")]
    short = PUBLIC.get(own, ".".join([*parts[:2], kind.__qualname__]))
    return short if short in OURS or short in UNFITTED else own


def named_class(path: str) -> Any:
    """The class of a name in the tables.

    Raises
    ------
    KeyError
        The name is in no table.
    ImportError
        Its library is not installed.
    """
    if path not in OURS and path not in UNFITTED:
        raise KeyError(path)
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)
