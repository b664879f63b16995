"""The estimator: BERTopic's interface, as a table of contents of the library.

A verb that reads is attached by plain assignment; an edit gives the next state and is attached with ``in_place``.
Their signatures and docstrings stand where they are defined; the first argument, ``fitted``, is the estimator.
How the estimator holds its parts is told in ``parts.py``, how it edits and takes back in ``editing.py``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from leitmotif import learning, operations, plotting, registry
from leitmotif._lazy import LazyValues
from leitmotif.attributes import LearnedAttributes
from leitmotif.editing import Editing, in_place
from leitmotif.errors import InvalidInputError
from leitmotif.history import History, summarised
from leitmotif.learning.fit import FitSettings
from leitmotif.parameters import Parameters
from leitmotif.parts import BY_SIMILARITY, Parts
from leitmotif.passages import Passages
from leitmotif.private_calls import PrivateCalls
from leitmotif.state import TopicState
from leitmotif.typing import FloatMatrix, FloatVector
from leitmotif.validation import as_documents, as_embeddings, as_targets, as_topics, check_fitted

__all__ = ["BERTopic"]


class BERTopic(Parameters, Parts, Editing, LearnedAttributes, PrivateCalls):
    """Topics of documents, by embeddings, clusters and c-TF-IDF.

    Parameters
    ----------
    language : str
        Chooses the default embedding model: "english" the embedded one, "multilingual" or another language a multilingual
        sentence-transformer where that is installed.
    top_n_words : int
        Words a topic.
    n_gram_range : (int, int)
        Shortest and longest term of the default vectorizer, in words; longer ones than a word are phrases.
    min_topic_size : int or "auto"
        A size: HDBSCAN with that ``min_cluster_size``, as in BERTopic. "auto": communities of the neighbour graph
        (:class:`leitmotif.cluster.Communities`), a number of topics that follows from the documents.
    nr_topics : int, "auto" or None
        Merge the most similar topics until so many are left, the outlier topic counted; "auto" merges what is alike.
    low_memory : bool
        Passed to the default reducer.
    calculate_probabilities : bool
        ``probabilities_`` of every topic, not only of a document's own.
    seed_topic_list : list of list of str, optional
        Words of topics that documents shall be drawn to.
    zeroshot_topic_list : list of str, optional
        Names of topics that documents near them get.
    zeroshot_min_similarity : float
        Cosine from which on a document counts as near.
    embedding_model : str or object, optional
        A sentence-transformers name or path, a model of one of the supported libraries, or any object with
        ``encode`` or ``embed``.
    umap_model, hdbscan_model : object, optional
        Reducer and clusterer with scikit-learn's methods.
    vectorizer_model, ctfidf_model : object, optional
    representation_model : object, list or dict, optional
        A model, a chain of models, or a dict of aspect to either.
    verbose : bool
        Show stages and progress.
    n_topics : int, optional
        Exactly so many topics, the outlier topic not counted, by another cut of the cluster tree: up or down.
    random_state : int
        Every random choice of the default components follows from it.
    outliers : {"keep", "assign"}
        "assign": documents that the clusterer leaves out get the topic that they come nearest to; the words of a topic stay
        those of its dense core (:meth:`assign_outliers`).
    target_fraction : float
        With "assign" this share of all documents, those that are nearest to no topic, may stay outliers.
    chunking : "auto", int or None
        Divide documents longer than so many words at ends of sentences, find topics of the passages, and report on the
        documents (``docs/long-documents.md``). "auto": 128 words, or fewer where the embedding model reads fewer. None: documents
        stay whole, and a warning says how many the embedding model did not read to the end.
    corpus_adaptation : bool, optional
        Put beside each embedding what the corpus itself says of the document's words, before reduction and clustering
        (``docs/embeddings.md``). None: where the reducer is our own default, and not with ``compat``.
    compat : "bertopic", optional
        Defaults of BERTopic where ours differ: HDBSCAN with ``min_topic_size=10``, and the heaviest terms of c-TF-IDF as words.

    Examples
    --------
    >>> from leitmotif import BERTopic
    >>> model = BERTopic()
    >>> topics, probabilities = model.fit_transform(docs)  # doctest: +SKIP
    """

    def __init__(
        self,
        language: str | None = "english",
        top_n_words: int = 10,
        n_gram_range: tuple[int, int] = (1, 1),
        min_topic_size: int | Literal["auto"] = "auto",
        nr_topics: int | Literal["auto"] | None = None,
        low_memory: bool = False,
        calculate_probabilities: bool = False,
        seed_topic_list: list[list[str]] | None = None,
        zeroshot_topic_list: list[str] | None = None,
        zeroshot_min_similarity: float = 0.7,
        embedding_model: Any = None,
        umap_model: Any = None,
        hdbscan_model: Any = None,
        vectorizer_model: Any = None,
        ctfidf_model: Any = None,
        representation_model: Any = None,
        verbose: bool = False,
        *,
        n_topics: int | None = None,
        random_state: int = 42,
        outliers: Literal["keep", "assign"] = "keep",
        target_fraction: float = 0.0,
        chunking: int | Literal["auto"] | None = None,
        corpus_adaptation: bool | None = None,
        compat: Literal["bertopic"] | None = None,
    ) -> None:
        self._given = LazyValues()
        self._made = LazyValues()
        self._state: TopicState | None = None
        self._at_fit: dict[str, tuple[Any, Any]] | None = None
        self._log = LazyValues({"edits": History()})
        self._is_recording = False
        self.language = language
        self.top_n_words = top_n_words
        self.n_gram_range = n_gram_range
        self.min_topic_size = min_topic_size
        self.nr_topics = nr_topics
        self.low_memory = low_memory
        self.calculate_probabilities = calculate_probabilities
        self.seed_topic_list = seed_topic_list
        self.zeroshot_topic_list = zeroshot_topic_list
        self.zeroshot_min_similarity = zeroshot_min_similarity
        self.embedding_model = embedding_model
        self.umap_model = umap_model
        self.hdbscan_model = hdbscan_model
        self.vectorizer_model = vectorizer_model
        self.ctfidf_model = ctfidf_model
        self.representation_model = representation_model
        self.verbose = verbose
        self.n_topics = n_topics
        self.random_state = random_state
        self.outliers = outliers
        self.target_fraction = target_fraction
        self.chunking = chunking
        self.corpus_adaptation = corpus_adaptation
        self.compat = compat

    # -- learning -------------------------------------------------------------------------------

    def fit(
        self, documents: Any, embeddings: Any = None, images: Sequence[Any] | None = None, y: Any = None
    ) -> BERTopic:
        """Learn topics from documents; see :meth:`fit_transform`."""
        self.fit_transform(documents, embeddings=embeddings, images=images, y=y)
        return self

    def fit_transform(
        self, documents: Any, embeddings: Any = None, images: Sequence[Any] | None = None, y: Any = None
    ) -> tuple[list[int], FloatMatrix | FloatVector | None]:
        """Learn topics from documents, and give each document's.

        Parameters
        ----------
        documents : sequence of str, length N, or Passages
            List, tuple, NumPy array, or a pandas, Polars or Arrow column. None and NaN are read as empty texts. With
            ``images``, None in place of the whole sequence: there are only images. Of
            :class:`~leitmotif.passages.Passages` the topics are found on the passages and given for their documents.
        embeddings : ndarray of float, shape (N, d), optional
            Made by the embedding model when not given. Never written to. Of passages a row each.
        images : sequence, optional
            One image a document, for a multimodal embedding model.
        y : sequence of int, length N, optional
            Known labels for supervised, semi-supervised (-1 for unknown) or manual topic modelling.

        Returns
        -------
        topics : list of int, length N
        probabilities : ndarray of float64, shape (N,) or (N, T without -1), or None
            Of divided documents: how much of each has its topic, or each topic, by length.

        Raises
        ------
        DocumentsError, EmbeddingsError, InvalidInputError
            Input that cannot be used; raised before any work is done.
        """
        given = documents if isinstance(documents, Passages) else None
        documents = documents if given is None else given.sources
        texts = None if documents is None and images is not None else as_documents(documents)
        n = len(texts if texts is not None else images or ())
        if n == 0:
            raise InvalidInputError("images is empty; pass at least one image")
        if embeddings is not None:
            embeddings = as_embeddings(embeddings, n if given is None else len(given))
        learning.check_chunking(self.chunking)
        if images is not None and given is not None:
            raise InvalidInputError("images go with whole documents: pass the texts in place of their passages")
        if images is not None and len(images) != n:
            raise InvalidInputError(f"images has {len(images)} items for {n} documents")
        targets = as_targets(y, n)
        settings = FitSettings(
            nr_topics=self.nr_topics,
            n_topics=self.n_topics,
            calculate_probabilities=self.calculate_probabilities,
            seed_topic_list=self.seed_topic_list,
            zeroshot_topic_list=self.zeroshot_topic_list,
            zeroshot_min_similarity=self.zeroshot_min_similarity,
            outliers=self.outliers,
            target_fraction=self.target_fraction,
            corpus_adaptation=self._adapts(),
        )
        settings.check()
        self._chains(self._given.get("representation_model"), False)  # one that is none is said before any work
        made, self._made = self._made, LazyValues()  # fresh defaults for a fresh fit
        try:
            with self._showing_progress():
                components = self.components
                if given is None and texts is not None and images is None:
                    given = learning.divided(texts, self.chunking, components.embedder, embeddings)
                if given is not None and targets is not None:
                    targets = targets[given.document]
                self._adopt(
                    learning.fit(texts if given is None else given, embeddings, targets, components, settings, images)
                )
        except BaseException:
            self._made = made
            raise
        self._at_fit = {name: (self._given[name], getattr(self, name)) for name in self._DESCRIBING}
        self._history = History(keep=self._history.keep)
        return list(self.topics_), self.probabilities_

    def at(self, n_topics: int) -> BERTopic:
        """The model with exactly so many topics, outliers not counted, from the same fit; this one stays as it is.

        The tree of clusters is cut elsewhere, and the words are made anew: well under a second, but for representation
        models that take their time. The topics of one number lie within those of a smaller one. Edits made since
        the fit, such as merges, are not in it.

        Parameters
        ----------
        n_topics : int
            See :meth:`resolutions` for what there is.

        Returns
        -------
        BERTopic
            Fitted; new documents get its topics.

        Raises
        ------
        InvalidInputError
            The tree does not hold so many topics, or the clusterer keeps no tree.
        """
        clusterer = learning.cut_at(self, n_topics)
        other = copy.copy(self)
        other._given = LazyValues(self._given)
        other._given["hdbscan_model"] = clusterer
        other._made = LazyValues(self._made)
        other._log = LazyValues({"edits": History()})
        for name in ("vectorizer_model", "ctfidf_model"):  # they are fitted to the words of their model
            parts = other._made if self._given[name] is None else other._given
            parts[name] = copy.copy(getattr(self, name))
        with self._showing_progress():
            other._adopt(learning.state_at(other, clusterer))
        return other

    resolutions = learning.resolutions
    suggest = learning.suggest
    sweep = learning.sweep

    def partial_fit(self, documents: Any, embeddings: Any = None, y: Any = None) -> BERTopic:  # noqa: ARG002
        """Learn from one more batch of documents; see :func:`leitmotif.learning.incremental.partial_fit`.

        Parameters
        ----------
        documents : sequence of str
        embeddings : ndarray of float, shape (n, d), optional
        y : ignored
            As in BERTopic.
        """
        if self.chunking is not None:
            raise InvalidInputError(
                f"partial_fit does not divide documents, and chunking is {self.chunking!r}: set it to None, and pass "
                "split_documents(docs, …).texts to learn from passages"
            )
        texts = as_documents(documents)
        if embeddings is not None:
            embeddings = as_embeddings(embeddings, len(texts))
        with self._showing_progress():
            self._made.pop(BY_SIMILARITY, None)
            self._adopt(learning.partial_fit(self._state, texts, embeddings, self.components))
        self._history = History(keep=self._history.keep)  # components learn in place, which cannot be taken back
        return self

    @classmethod
    def merge_models(
        cls, models: Sequence[BERTopic], min_similarity: float = 0.7, embedding_model: Any = None
    ) -> BERTopic:
        """One model of the documents and topics of several; see :func:`leitmotif.operations.combine.merge_states`.

        Its parameters are those of the first model. New documents get the topic whose embedding is most similar.

        Parameters
        ----------
        models : sequence of BERTopic
            Fitted models whose documents were embedded by the same embedding model.
        min_similarity : float
            Topics whose embeddings have at least this cosine become one.
        embedding_model : str or object, optional
            Instead of the first model's.
        """
        state = operations.merge_states(models, min_similarity)
        parameters = models[0].get_params()
        parameters |= {
            "chunking": None,
            "umap_model": registry.load("reducer.none")(),
            "hdbscan_model": registry.load("clusterer.none")(),
            "embedding_model": parameters["embedding_model"] if embedding_model is None else embedding_model,
        }
        merged = cls(**parameters)
        merged._adopt(state)
        return merged

    # -- using what was learned -----------------------------------------------------------------

    transform = operations.transform
    approximate_distribution = operations.approximate_distribution
    find_topics = operations.find_topics
    reduce_outliers = operations.reduce_outliers

    get_topic = operations.get_topic
    get_topics = operations.get_topics
    get_topic_info = operations.get_topic_info
    get_topic_freq = operations.get_topic_freq
    get_document_info = operations.get_document_info
    get_passage_info = operations.get_passage_info
    get_representative_docs = operations.get_representative_docs
    generate_topic_labels = operations.generate_topic_labels
    evaluate = operations.evaluate
    stability = learning.stability

    topics_over_time = operations.topics_over_time
    topics_per_class = operations.topics_per_class
    hierarchical_topics = operations.hierarchical_topics
    get_topic_tree = staticmethod(operations.get_topic_tree)

    # -- edits ----------------------------------------------------------------------------------

    set_topic_labels = in_place(operations.set_topic_labels)
    merge_topics = in_place(operations.merge_topics)
    delete_topics = in_place(operations.delete_topics)
    assign_outliers = in_place(operations.assign_outliers, returns_self=True)

    def reduce_topics(
        self,
        docs: Any,
        nr_topics: int | Literal["auto"] = 20,
        images: Sequence[Any] | None = None,
        use_ctfidf: bool = False,
    ) -> BERTopic:
        """Merge the most similar topics; see :func:`leitmotif.operations.reduce.reduce_topics`."""
        given = {"docs": docs, "nr_topics": nr_topics, "images": images, "use_ctfidf": use_ctfidf}
        with (
            self._showing_progress(),
            self._recording("reduce_topics", summarised(type(self).reduce_topics, (self,), given)),
        ):
            self._adopt(operations.reduce_topics(self, **given))
            self.nr_topics = nr_topics
        return self

    def update_topics(
        self,
        docs: Any,
        images: Sequence[Any] | None = None,
        topics: Any = None,
        top_n_words: int | None = None,
        n_gram_range: tuple[int, int] | None = None,
        vectorizer_model: Any = None,
        ctfidf_model: Any = None,
        representation_model: Any = None,
        *,
        keep_words: bool = False,
    ) -> None:
        """Make the words anew, with other components or for topics that were changed by hand.

        What is not given stays as it is: unlike in BERTopic, the vectorizer and the other settings of the fit are kept.
        With nothing but ``docs``, words are made with the parts of the fit, whatever this method has changed since.

        Parameters
        ----------
        docs : sequence of str, length N
            The documents of the fit.
        images : sequence, optional
        topics : sequence of int, length N, optional
            A topic a document, such as ``reduce_outliers`` gives. Topics whose documents stay the same keep their words.
        top_n_words : int, optional
        n_gram_range : (int, int), optional
            Count n-grams of these lengths: the vectorizer of the fit with another ``ngram_range``.
        vectorizer_model, ctfidf_model, representation_model : object, optional
        keep_words : bool
            With ``topics``: every topic keeps the words that it has, so that outliers assigned to it do not water it down.
        """
        check_fitted(self._state)
        given = {name: value for name, value in locals().items() if name != "self"}
        texts = as_documents(docs)
        new_topics = None if topics is None else as_topics(topics, len(texts))
        changes = {
            "vectorizer_model": vectorizer_model,
            "ctfidf_model": ctfidf_model,
            "representation_model": representation_model,
        }
        if n_gram_range is not None and vectorizer_model is None:
            changes["vectorizer_model"] = self._with_ngrams(n_gram_range)
        changes = {name: part for name, part in changes.items() if part is not None}
        at_fit = self._at_fit
        back = at_fit is not None and not changes and topics is None and top_n_words is None
        if at_fit is not None and back:
            changes = {name: part for name, (_, part) in at_fit.items()}
        components = self._components_with(changes, top_n_words or self.top_n_words)
        with self._showing_progress():
            state = operations.update_topics(
                self, texts, components, topics=new_topics, images=images, keep_words=keep_words
            )
        with self._recording("update_topics", summarised(type(self).update_topics, (self,), given)):
            for name, part in changes.items():
                setattr(self, name, at_fit[name][0] if at_fit is not None and back else part)
                if back and part is not None:
                    self._made[name] = part
            self._at_fit = at_fit
            if back:
                n_gram_range = getattr(self.vectorizer_model, "ngram_range", None)
            self.top_n_words = top_n_words or self.top_n_words
            self.n_gram_range = n_gram_range or self.n_gram_range
            self._adopt(state)

    # -- pictures -------------------------------------------------------------------------------

    visualize_topics = plotting.visualize_topics
    visualize_documents = plotting.visualize_documents
    visualize_document_datamap = plotting.visualize_document_datamap
    visualize_hierarchical_documents = plotting.visualize_hierarchical_documents
    visualize_term_rank = plotting.visualize_term_rank
    visualize_topics_over_time = plotting.visualize_topics_over_time
    visualize_topics_per_class = plotting.visualize_topics_per_class
    visualize_distribution = plotting.visualize_distribution
    visualize_approximate_distribution = plotting.visualize_approximate_distribution
    visualize_hierarchy = plotting.visualize_hierarchy
    visualize_heatmap = plotting.visualize_heatmap
    visualize_barchart = plotting.visualize_barchart

    def report(self, path: str | Path, **options: Any) -> Path:
        """Write one page that explores the documents and topics, offline.

        See :func:`leitmotif.explorer.write_report` for the options.
        """
        check_fitted(self._state)
        written: Path = registry.load("report.html")(self, path, **options)
        return written

    # -- files ----------------------------------------------------------------------------------

    def save(
        self,
        path: str | Path,
        serialization: Literal["safetensors", "pytorch", "pickle"] = "safetensors",
        save_embedding_model: bool | str = True,
        save_ctfidf: bool = False,
        *,
        include_docs: Literal["none", "representative", "all"] = "representative",
        include_counts: bool | None = None,
        include_embeddings: bool | None = None,
        include_fitted: bool = True,
        include_history: bool | int = True,
        durable: bool = False,
        allow_pickle: bool = False,
    ) -> None:
        """Write the model to a directory that holds data only, or, when allowed in words, to a pickle.

        Parameters
        ----------
        path : str or Path
            The directory (for "pickle" the file). Written beside it and renamed: never half a model.
        serialization : {"safetensors", "pytorch", "pickle"}
            The first two are also read by BERTopic.
        save_embedding_model : bool or str
            A str names the sentence-transformers model that ``load`` shall use.
        save_ctfidf : bool
            Also write c-TF-IDF in BERTopic's own files; ours keep it in any case.
        include_docs : {"none", "representative", "all"}
            Which texts may stand in the files.
        include_counts, include_embeddings : bool, optional
            The document × term counts (edits after loading then need no texts) and the documents' embeddings. Default: with
            ``include_docs="all"``.
        include_fitted : bool
            What reducer and clusterer learned. Without, the loaded model compares with the topics' embeddings.
        include_history : bool or int
            The edits (at most so many of the latest), so that :meth:`undo` goes on after loading. The words of topics that were
            deleted are among them.
        durable : bool
            Wait until the files are on the disk. A process that is killed leaves the old model or the new one in any case; with
            ``durable`` a loss of power does, too.
        allow_pickle : bool
            Needed for "pickle", which runs code when it is read.
        """
        check_fitted(self._state)
        registry.load("store.save")(
            self,
            path,
            serialization=serialization,
            save_embedding_model=save_embedding_model,
            save_ctfidf=save_ctfidf,
            include_docs=include_docs,
            include_counts=include_counts,
            include_embeddings=include_embeddings,
            include_fitted=include_fitted,
            include_history=include_history,
            durable=durable,
            allow_pickle=allow_pickle,
        )

    @classmethod
    def load(
        cls, path: str | Path, embedding_model: Any = None, *, allow_pickle: bool = False, mapped: bool = False
    ) -> BERTopic:
        """Read a model that leitmotif or BERTopic wrote.

        Nothing in the files is run, and the network is only touched for a model of the Hub.

        Parameters
        ----------
        path : str or Path
            A directory, a ``.zip`` of it, ``user/model`` on the Hugging Face Hub where nothing of that name is here, or, with
            ``allow_pickle``, a pickle.
        embedding_model : str or object, optional
            Use this instead of the embedding model that the files name.
        allow_pickle : bool
            Also read a pickle. It can run any code: only for files that you made yourself.
        mapped : bool
            Leave the arrays in the file, read-only, so that processes that serve the same model share their memory. Another
            ``save`` to the path does no harm; a program that writes into the files in place does.

        Raises
        ------
        ModelFileError
            No model, or one that is damaged or was altered.
        """
        model: BERTopic = registry.load("store.load")(
            cls, path, embedding_model, allow_pickle=allow_pickle, mapped=mapped
        )
        return model

    def push_to_hf_hub(
        self,
        repo_id: str,
        commit_message: str = "Add leitmotif model",
        token: str | None = None,
        revision: str | None = None,
        private: bool = False,
        create_pr: bool = False,
        model_card: bool = True,
        serialization: Literal["safetensors", "pytorch"] = "safetensors",
        save_embedding_model: bool | str = True,
        save_ctfidf: bool = False,
        *,
        include_docs: Literal["none", "representative"] = "none",
        include_fitted: bool = False,
        quality: Mapping[str, float] | None = None,
    ) -> Any:
        """Upload the model to the Hugging Face Hub (extra ``hub``), with a card that says what is in it.

        The parameters are those of :func:`leitmotif.stores.push_to_hf_hub`. Texts are only published when asked for, and so is
        what the reducer has learned, which holds the documents' embeddings (``include_fitted=True``).
        """
        check_fitted(self._state)
        return registry.load("store.push_to_hf_hub")(
            self,
            repo_id,
            commit_message=commit_message,
            token=token,
            revision=revision,
            private=private,
            create_pr=create_pr,
            model_card=model_card,
            serialization=serialization,
            save_embedding_model=save_embedding_model,
            save_ctfidf=save_ctfidf,
            include_docs=include_docs,
            include_fitted=include_fitted,
            quality=quality,
        )

    def explain_difference(self, other: Any) -> list[str]:
        """What differs between this model and another, in words; see :func:`leitmotif.stores.explain_difference`."""
        check_fitted(self._state)
        lines: list[str] = registry.load("store.explain_difference")(self, other)
        return lines
