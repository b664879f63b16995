"""``leitmotif label``: names for the topics of a saved model, from a language model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from leitmotif.cli.results import (
    DOCUMENTS,
    MARK,
    MODEL,
    REPORT,
    TOPICS,
    model_path,
    new_directory,
    read_results,
    write_topics,
)
from leitmotif.cli.terminal import command, print_topics, stderr
from leitmotif.errors import InvalidInputError

if TYPE_CHECKING:
    from leitmotif.llm import Estimate, Naming, TopicFacts, Usage
    from leitmotif.state import TopicState

__all__ = ["label"]

LABELS, LEDGER = "labels.json", "ledger.sqlite"


@command
def label(
    directory: Annotated[Path, typer.Argument(help="What `leitmotif fit` wrote.")],
    model: Annotated[str, typer.Option("--model", "-m", help="Name of the language model.")],
    base_url: Annotated[
        str | None,
        typer.Option(help="Server that speaks the provider's protocol: vLLM, llama.cpp, Ollama, LM Studio …"),
    ] = None,
    provider: Annotated[
        str, typer.Option(help="openai (or any server like it), anthropic, cohere or litellm.")
    ] = "openai",
    language: Annotated[str | None, typer.Option(help="Language of the names; default: that of the texts.")] = None,
    context: Annotated[str | None, typer.Option(help="What the collection is, in a few words.")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--option", help="Sent with each prompt: temperature=0, max_tokens=200 …")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would cost and send nothing.")] = False,
    max_calls: Annotated[int | None, typer.Option(min=0, help="Most requests.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=0, help="Most tokens of all prompts and replies.")] = None,
    max_cost: Annotated[float | None, typer.Option(min=0.0, help="Most money; needs --price.")] = None,
    price: Annotated[str | None, typer.Option(help='Price of a million tokens, in and out: "0.15,0.60".')] = None,
    window: Annotated[int | None, typer.Option(min=200, help="Most tokens of a prompt.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, help="Most requests at once.")] = 8,
    retries: Annotated[int, typer.Option(min=0, help="Further tries of a request that may yet succeed.")] = 4,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which a request is given up.")] = 60.0,
    hedge: Annotated[
        bool, typer.Option("--hedge", help="Send late requests at the end a second time; the first reply counts.")
    ] = False,
    ledger: Annotated[
        Path | None, typer.Option(help=f"Where replies are kept, to be paid for once; default: {LEDGER} in DIRECTORY.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no table.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="More messages; errors with a traceback.")] = False,
) -> None:
    """Let a language model name the topics.

    The names go into the model, topics.csv, documents.parquet and report.html; labels.json has descriptions too, and says which
    topics have none and why. Keys come from the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, CO_API_KEY). A second run
    sends only what is missing.

    **Examples**

    `leitmotif label topics --model gpt-4o-mini --dry-run --price 0.15,0.60`

    `leitmotif label topics --model llama3.2 --base-url http://localhost:11434/v1`

    `leitmotif label topics --model claude-haiku-4-5 --provider anthropic --language German --max-calls 200`
    """
    from leitmotif import BERTopic
    from leitmotif.console import show_progress
    from leitmotif.llm import Budget, ChatClient, Ledger, connect, name_topics, topic_prompt
    from leitmotif.llm.providers import FunctionProvider

    parameters, prices = _options(option or []), _prices(model, price)
    topic_model = BERTopic.load(model_path(directory))
    topics = _facts(topic_model.state)
    settings: dict[str, Any] = {"language": language, "window": window, "context": context}
    place = directory / LEDGER if ledger is None else ledger
    kept = Ledger(place) if place.exists() or not dry_run else None
    budget = Budget(calls=max_calls, tokens=max_tokens, money=max_cost, prices=prices)
    if dry_run:
        asking = ChatClient(FunctionProvider(model=model, parameters=parameters), ledger=kept, budget=budget)
        prompts = [topic_prompt(facts, count=asking.count_tokens, **settings) for facts in topics]
        typer.echo(_estimated(asking.estimate(prompts)))
        return
    with show_progress(not quiet, stderr()):
        chosen = connect(None, model, provider=provider, base_url=base_url, parameters=parameters, timeout_s=timeout)
        client = ChatClient(chosen, concurrency=concurrency, retries=retries, ledger=kept, budget=budget, hedge=hedge)
        naming = name_topics(client, topics, **settings)
        if topics and not naming.labels:
            raise InvalidInputError(f"no topic got a name: {next(iter(naming.failures.values()))}")
        topic_model.set_topic_labels(naming.labels)
        _write(directory, topic_model, naming)
    if not quiet:
        print_topics(topic_model.state, n=30)
        failed = f", {len(naming.failures)} kept their words" if naming.failures else ""
        stderr().print(
            f"\n[green]✓[/green] {len(naming.labels)} topics named{failed}  [dim]({_spent(naming.usage)})[/dim]"
        )


def _facts(state: TopicState) -> list[TopicFacts]:
    """What is told of each topic but the outliers: words by c-TF-IDF and typical documents."""
    from leitmotif.llm import TopicFacts

    found = []
    for topic in state.inner_ids.tolist():
        words = state.base_words.get(topic) or state.words.get(topic, [])
        found.append(
            TopicFacts(
                topic=topic,
                keywords=[word for word, _ in words if word][:12],
                documents=state.representative_docs.get(topic, []),
            )
        )
    return found


def _options(given: Sequence[str]) -> dict[str, Any]:
    """``name=value`` pairs; a value is JSON where it can be read as such, else a text."""
    options: dict[str, Any] = {}
    for pair in given:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise typer.BadParameter(f"{pair!r} is not NAME=VALUE", param_hint="--option")
        try:
            options[name] = json.loads(value)
        except json.JSONDecodeError:
            options[name] = value
    return options


def _prices(model: str, price: str | None) -> dict[str, tuple[float, float]] | None:
    if price is None:
        return None
    try:
        into, out = (float(part) for part in price.split(","))
    except ValueError:
        raise typer.BadParameter(
            f'{price!r} is not a pair of numbers such as "0.15,0.60"', param_hint="--price"
        ) from None
    return {model: (into, out)}


def _write(directory: Path, model: Any, naming: Naming) -> None:
    """Everything that holds names, new; a saved model alone is written anew in its place."""
    from leitmotif.progress import stage

    with stage("write the results"):
        if not (directory / MODEL).is_dir():
            model.save(directory, serialization="safetensors")
            return
        with new_directory(directory) as part:
            model.save(part / MODEL, serialization="safetensors")
            write_topics(part / TOPICS, model.state)
            (part / LABELS).write_text(
                json.dumps(_record(naming), ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
            )
            if (directory / DOCUMENTS).is_file():
                _rename_documents(directory / DOCUMENTS, part / DOCUMENTS, naming.labels)
            if (directory / REPORT).is_file():
                corpus, positions = read_results(directory)
                model.report(
                    part / REPORT,
                    title=_title(directory),
                    documents=corpus.texts,
                    titles=corpus.titles,
                    timestamps=corpus.dates,
                    classes=corpus.labels,
                    positions=positions,
                )


def _title(directory: Path) -> str:
    """The heading that `leitmotif fit` gave the page: the name of what it read."""
    try:
        source = json.loads((directory / MARK).read_text(encoding="utf-8"))["source"]
    except (OSError, ValueError, KeyError):
        source = directory.resolve().name
    return Path(str(source)).name.split(".")[0].replace("_", " ")


def _rename_documents(source: Path, target: Path, labels: Mapping[int, str]) -> None:
    """The table of documents with the new names in ``topic_label``."""
    import pyarrow
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(source)
    if "topic_label" in table.column_names:
        pairs = zip(table.column("topic").to_pylist(), table.column("topic_label").to_pylist(), strict=True)
        names = pyarrow.array([labels.get(topic, name) for topic, name in pairs])
        table = table.set_column(table.column_names.index("topic_label"), "topic_label", names)
    pyarrow.parquet.write_table(table, target, compression="zstd")


def _record(naming: Naming) -> dict[str, Any]:
    return {
        "labels": {str(topic): name for topic, name in sorted(naming.labels.items())},
        "descriptions": {str(topic): text for topic, text in sorted(naming.descriptions.items())},
        "dropped_keywords": {str(topic): words for topic, words in sorted(naming.dropped_keywords.items()) if words},
        "failures": {str(topic): str(failure) for topic, failure in sorted(naming.failures.items())},
    }


def _estimated(estimate: Estimate) -> str:
    known = f" ({estimate.recalled:,} of {estimate.prompts:,} prompts are in the ledger)" if estimate.recalled else ""
    return f"{_spent(estimate)}{known}; nothing was sent"


def _spent(usage: Usage) -> str:
    money = "" if usage.money is None else f", {usage.money:.4f} in the currency of --price"
    calls = f"{usage.calls:,} call{'' if usage.calls == 1 else 's'}"
    return f"{calls}, {usage.input_tokens:,} tokens in, {usage.output_tokens:,} out{money}"
