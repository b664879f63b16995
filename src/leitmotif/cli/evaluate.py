"""``leitmotif evaluate``: numbers on the quality of a saved model's topics."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leitmotif.cli.readers import read_embeddings
from leitmotif.cli.results import model_path, read_results, topic_rows
from leitmotif.cli.terminal import command, stderr, stdout

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["evaluate"]

MEANINGS = {
    "npmi": "words of a topic stand in the same documents: -1 never, 0 as by chance, 1 always",
    "c_npmi": "the same within ten words",
    "c_v": "words of a topic have the same company within 110 words: 0 to 1",
    "u_mass": "a word's documents hold the better words too: 0 at best",
    "word_embedding": "vectors of a topic's words are close: cosine",
    "diversity": "share of distinct words among all topics' words",
    "distance": "from a topic to its nearest: cosine distance of their mean embeddings",
    "n_topics": "topics, outliers not counted",
    "outlier_fraction": "share of the documents without a topic",
    "ami": "agreement with the labels: 1 the same, 0 as by chance",
    "ari": "the same, by pairs of documents",
    "v_measure": "the same, 0 to 1; grows with the number of topics",
    "fmi": "pairs together in both, as a share; 0 to 1",
    "purity": "documents with their topic's most frequent label; grows with the number of topics",
    "n_labels": "distinct labels",
    "topic_count_error": "|topics - labels| / labels",
    "stability_ari": "agreement of fits with each other",
    "survival": "topics that a further fit finds again, as a share",
    "overlap": "documents shared with the most similar topic of a further fit, as a share of both",
    "survivors": "topics that every further fit finds again",
    "n_clusters_spread": "(most - fewest) / mean number of topics of the further fits",
}


@command
def evaluate(
    directory: Annotated[Path, typer.Argument(help="What `leitmotif fit` wrote.")],
    measure: Annotated[
        list[str] | None,
        typer.Option(
            "--measure", "-m", help="npmi, c_npmi, c_v, u_mass or word_embedding; several times. Default: npmi, c_v."
        ),
    ] = None,
    top_n: Annotated[int, typer.Option(min=2, help="So many words of each topic.")] = 10,
    labels: Annotated[bool, typer.Option("--labels/--no-labels", help="Compare with the column of labels.")] = True,
    runs: Annotated[
        int, typer.Option("--stability", min=0, help="Fit so many times again and compare; at least 2.")
    ] = 0,
    by: Annotated[
        str, typer.Option(help="What differs between those: seeds, or samples of the documents.")
    ] = "samples",
    embeddings: Annotated[
        Path | None, typer.Option(help="Embeddings of the documents, (N, d), as .npy; for --stability.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, each topic included, as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """Say how good the topics are, in numbers.

    Labels are compared where the documents have any. None of the numbers replaces reading the topics: the guide says what each
    does not tell.

    **Examples**

    `leitmotif evaluate topics`

    `leitmotif evaluate topics --stability 5 --by samples`

    `leitmotif evaluate topics -m npmi -m word_embedding --json | jq .overall`
    """
    if runs == 1:
        raise typer.BadParameter("fits are compared with each other: at least 2", param_hint="--stability")
    from leitmotif import BERTopic
    from leitmotif.console import show_progress
    from leitmotif.evaluate import evaluate as numbers

    corpus, _ = read_results(directory)
    classes = corpus.labels if labels else None
    with show_progress(not quiet, stderr()):
        model = BERTopic.load(model_path(directory))
        result = numbers(model, corpus.texts, classes, measures=measure or ("npmi", "c_v"), top_n=top_n)
        overall, table = dict(result.overall), result.to_frame()
        if runs:
            again = _stability(model, corpus.texts, embeddings, by, runs)
            overall |= {"stability_ari" if name == "ari" else name: value for name, value in again.overall.items()}
            table = table.assign(overlap=again.overlap, survival=again.survival)
    names = {row["topic"]: row["label"] for row in topic_rows(model.state)}
    if as_json:
        rows = [{"topic": row.pop("Topic"), "count": row.pop("Count"), **row} for row in table.to_dict("records")]
        rows = [{**row, "label": names[row["topic"]]} for row in rows]
        typer.echo(json.dumps(_plain({"overall": overall, "topics": rows}), ensure_ascii=False, indent=2))
    else:
        _print(overall, table, names)


def _stability(model: Any, texts: list[str], embeddings: Path | None, by: str, runs: int) -> Any:
    from leitmotif.building.embedding import embed
    from leitmotif.evaluate import stability

    if embeddings is not None:
        vectors = read_embeddings(embeddings, len(texts), None)
    else:
        vectors = embed(model.components.embedder, texts, None, False)
    return stability(model, vectors, by=by, runs=runs)  # type: ignore[arg-type]


def _print(overall: Mapping[str, float], table: pd.DataFrame, names: Mapping[int, str]) -> None:
    """The overall numbers with what they mean, and the topics that come off worst in the first of the measures."""
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column(justify="right", no_wrap=True)
    shown.add_column(style="dim")
    for name, value in overall.items():
        shown.add_row(
            name,
            f"{value:.0f}" if name in ("n_topics", "n_labels", "survivors") else f"{value:.3f}",
            MEANINGS.get(name, ""),
        )
    console = stdout()
    console.print(shown)
    measure = table.columns[2]
    weakest = table.dropna(subset=[measure]).nsmallest(5, measure, keep="first")
    if len(weakest):
        console.print(f"\nlowest {measure}:", style="dim")
    for row in weakest.to_dict("records"):
        line = f"{row[measure]:7.3f}  {row['Count']:,} documents  {names[row['Topic']]}"
        console.print(Text(line))


def _plain(value: Any) -> Any:
    """Without NaN, which JSON lacks."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value
