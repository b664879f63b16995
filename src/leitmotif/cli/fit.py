"""``leitmotif fit``: from a file of documents to a directory of topics."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from leitmotif.cli.readers import Corpus, read_documents, read_embeddings
from leitmotif.cli.recipe import Recipe, make_model, read_ngram, read_number_or_auto
from leitmotif.cli.results import (
    DOCUMENTS,
    MARK,
    MODEL,
    REPORT,
    TOPICS,
    check_target,
    new_directory,
    write_documents,
    write_topics,
)
from leitmotif.cli.terminal import command, print_topics, stderr
from leitmotif.errors import InvalidInputError

__all__ = ["fit"]

logger = logging.getLogger(__name__)


@command
def fit(
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSON lines or text (each also .gz), Parquet, or a folder of .txt files.")
    ],
    text_column: Annotated[str | None, typer.Option("--text-column", "-t", help="Column of the texts.")] = None,
    title_column: Annotated[str | None, typer.Option(help="Column of titles, for the page and the tables.")] = None,
    date_column: Annotated[str | None, typer.Option(help="Column of dates, for topics over time.")] = None,
    label_column: Annotated[str | None, typer.Option(help="Column of a category, for topics by class.")] = None,
    id_column: Annotated[str | None, typer.Option(help="Column of identifiers.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Directory of the results; default: the file's name + _topics.")
    ] = None,
    min_topic_size: Annotated[
        int | None,
        typer.Option(min=2, help="Smallest topic, by HDBSCAN; default: communities of the documents' neighbours."),
    ] = None,
    max_topic_share: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="With --min-topic-size: split topics larger than this share; 1: none."),
    ] = 0.1,
    nr_topics: Annotated[str | None, typer.Option(help='Merge to this many topics, or "auto".')] = None,
    top_n_words: Annotated[int, typer.Option(min=1, help="Words a topic.")] = 10,
    embedding_model: Annotated[
        str | None, typer.Option(help="A sentence-transformers name or path; default: the embedded model.")
    ] = None,
    embeddings: Annotated[Path | None, typer.Option(help="Embeddings of the documents, (N, d), as .npy.")] = None,
    chunking: Annotated[
        str | None, typer.Option(help='Find topics of passages of long documents: words of one at most, or "auto".')
    ] = None,
    language: Annotated[str, typer.Option(help='Language of the texts, or "multilingual".')] = "english",
    ngram: Annotated[str, typer.Option(help='Longest word group of the topic words, or a range: "2", "1-3".')] = "2",
    stop_words: Annotated[
        Literal["english", "frequent", "none"] | None,
        typer.Option(
            help="Words to leave out, and plain c-TF-IDF of the others; default: stop words of the texts' languages."
        ),
    ] = None,
    title_in_text: Annotated[bool, typer.Option("--title-in-text", help="Read the title as part of the text.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Every random choice follows from it.")] = 42,
    outliers: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of the documents that may stay without a topic; the others get the most similar one. 1: all stay.",
        ),
    ] = 0.1,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first documents.")] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html.")] = True,
    force: Annotated[bool, typer.Option("--force", help="Write into a directory that holds other files.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """Find the topics of a file of documents.

    Writes a directory with the saved model, topics.csv, documents.parquet and report.html. Columns with usual names (text,
    abstract, title, date, label, id, …) are found without being named.

    **Examples**

    `leitmotif fit reviews.csv --text-column review --date-column date`

    `leitmotif fit abstracts.jsonl.gz --title-column title --label-column category --out topics`

    `leitmotif fit notes/ --language german --min-topic-size 5`

    `leitmotif fit papers.parquet --embeddings papers.npy --nr-topics 50`
    """
    from leitmotif.console import show_progress

    began = time.perf_counter()
    target = out if out is not None else Path(f"{_stem(file)}_topics")
    check_target(target, force)
    recipe = Recipe(
        language=language,
        ngram_range=read_ngram(ngram),
        stop_words=stop_words,
        nr_topics=read_number_or_auto(nr_topics),
        min_topic_size=min_topic_size,
        max_topic_share=max_topic_share,
        top_n_words=top_n_words,
        embedding_model=embedding_model,
        chunking=read_number_or_auto(chunking, "--chunking"),
        seed=seed,
    )
    corpus = read_documents(
        file,
        text_column,
        title_column=title_column,
        date_column=date_column,
        label_column=label_column,
        id_column=id_column,
    )
    corpus = corpus if limit is None else corpus.head(limit)
    vectors = None if embeddings is None else read_embeddings(embeddings, len(corpus), limit)
    if not quiet:
        used = ", ".join(role if role == column else f"{role}: {column}" for role, column in corpus.columns.items())
        count = f"{len(corpus):,} document{'' if len(corpus) == 1 else 's'}"
        stderr().print(f"{count} from {corpus.source}  [dim]({used})[/dim]")
    texts = _texts(corpus, title_in_text)
    with show_progress(not quiet, stderr()):
        model = make_model(recipe, texts)
        _, probabilities = model.fit_transform(texts, embeddings=vectors)
        if outliers < 1:
            model.assign_outliers(outliers)
        _name(model, texts)
        _write(target, model, corpus, probabilities, report, _record(file, corpus, model, recipe))
    if quiet:
        return
    print_topics(model.state, n=30)
    _say_where(target, report, time.perf_counter() - began)


def _stem(file: Path) -> str:
    """The name without its endings: ``a/reviews.csv.gz`` -> ``reviews``."""
    name = file.resolve().name if file.name in {"", ".", ".."} else file.name
    return name.removesuffix(".gz").rsplit(".", 1)[0] if "." in name.lstrip(".") else name


def _texts(corpus: Corpus, title_in_text: bool) -> list[str]:
    if not title_in_text:
        return corpus.texts
    if corpus.titles is None:
        raise InvalidInputError("--title-in-text needs titles: name their column with --title-column")
    return [f"{title}. {text}" if title else text for title, text in zip(corpus.titles, corpus.texts, strict=True)]


def _name(model: Any, texts: list[str]) -> None:
    """Keep a key phrase with every topic, so that tables, pages and later commands call it the same."""
    if model.state.ctfidf is None:
        return
    from leitmotif.editing import in_place
    from leitmotif.operations.keyphrases import with_keyphrases
    from leitmotif.representation.keyphrases import noun_phrases

    in_place(with_keyphrases)(model, texts, is_phrase=noun_phrases(texts))


def _record(file: Path, corpus: Corpus, model: Any, recipe: Recipe) -> dict[str, Any]:
    from leitmotif import __version__

    return {
        "leitmotif": __version__,
        "source": file.name,
        "columns": dict(corpus.columns),
        "documents": len(corpus),
        **asdict(recipe),
        "min_topic_size": model.min_topic_size,
    }


def _write(target: Path, model: Any, corpus: Corpus, probabilities: Any, report: bool, record: dict[str, Any]) -> None:
    from leitmotif.operations.map import document_map
    from leitmotif.progress import stage

    with new_directory(target) as part:
        positions = document_map(model)
        with stage("write the results"):
            model.save(part / MODEL, serialization="safetensors")
            write_topics(part / TOPICS, model.state)
            write_documents(part / DOCUMENTS, corpus, model.state, probabilities, positions)
            if report:
                model.report(
                    part / REPORT,
                    title=_stem(Path(corpus.source)).replace("_", " "),
                    documents=corpus.texts,
                    titles=corpus.titles,
                    timestamps=corpus.dates,
                    classes=corpus.labels,
                    positions=positions,
                )
            (part / MARK).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def _say_where(target: Path, report: bool, seconds: float) -> None:
    console = stderr()
    console.print(f"\n[green]✓[/green] {target}/ in {seconds:.1f} s  [dim]({MODEL}/, {TOPICS}, {DOCUMENTS})[/dim]")
    if report:
        console.print(f"  open [bold]{target / REPORT}[/bold] in a browser to explore the topics")
