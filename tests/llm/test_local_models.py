"""Models that run in this process: pipelines of transformers and llama.cpp, with tiny random models made here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leitmotif.llm import ChatClient, Prompt, TopicFacts, connect, name_topics, topic_prompt
from leitmotif.llm.providers import PipelineProvider
from leitmotif.representation import LlamaCPP

SIZE = 16  # of the hidden states
PROMPT = Prompt(user="What is it about?", system="Be brief.")


@pytest.fixture(scope="module")
def pipeline():
    """A transformer of one layer with random weights whose tokens are bytes."""
    torch = pytest.importorskip("torch", reason="torch is not installed")
    transformers = pytest.importorskip("transformers", reason="transformers is not installed")
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")

    letters = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate([*letters, "<end>"])}
    bytewise = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    bytewise.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = tokenizers.decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=bytewise, eos_token="<end>", pad_token="<end>")
    end = vocabulary["<end>"]
    config = transformers.GPT2Config(
        vocab_size=len(vocabulary),
        n_layer=1,
        n_head=2,
        n_embd=SIZE,
        n_positions=4096,
        eos_token_id=end,
        bos_token_id=end,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = transformers.GPT2LMHeadModel(config).eval()
    return transformers.pipeline("text-generation", model=model, tokenizer=tokenizer, device="cpu")


def test_a_pipeline_gives_what_its_model_adds_to_the_prompt(pipeline) -> None:
    torch = pytest.importorskip("torch")
    before = torch.random.get_rng_state()
    provider = connect(pipeline, parameters={"max_new_tokens": 12, "do_sample": False})
    reply = ChatClient(provider).complete([PROMPT])[0]
    text = "Be brief.\n\nWhat is it about?"
    ids = torch.tensor([pipeline.tokenizer.encode(text)])
    for _ in range(12):  # the likeliest byte, twelve times
        ids = torch.cat([ids, pipeline.model(ids).logits[:, -1].argmax(-1, keepdim=True)], dim=1)
    expected = pipeline.tokenizer.decode(ids[0, len(text) :], skip_special_tokens=True)
    assert reply.failure is None and reply.text == expected
    assert torch.equal(torch.random.get_rng_state(), before)


def test_chance_in_a_pipeline_is_seeded_and_left_alone(pipeline) -> None:
    torch = pytest.importorskip("torch")

    def answer(seed: int) -> str:
        options = {"max_new_tokens": 20, "do_sample": True}
        return PipelineProvider(model="m", parameters=options, client=pipeline, random_state=seed).send(PROMPT).text

    before = torch.random.get_rng_state()
    assert answer(1) == answer(1) != answer(2)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_chat_model_gets_messages_in_its_own_form(pipeline) -> None:
    tokenizer, seen = pipeline.tokenizer, []
    tokenizer.chat_template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
    apply = tokenizer.apply_chat_template

    def noting(messages, *arguments, **options):
        seen.append(apply(messages, tokenize=False))
        return apply(messages, *arguments, **options)

    try:
        tokenizer.apply_chat_template = noting
        options = {"max_new_tokens": 5, "do_sample": False}
        reply = ChatClient(connect(pipeline, parameters=options)).complete([PROMPT])[0]
        assert reply.failure is None and seen[0] == "<system>Be brief.<user>What is it about?<assistant>"
        plain = PipelineProvider(model="m", parameters=options, client=pipeline).send(PROMPT)
        assert len(seen) == 1 and plain.text  # BERTopic's TextGeneration lets the model go on with a text
    finally:
        del tokenizer.apply_chat_template
        tokenizer.chat_template = None


def test_what_a_random_model_says_costs_no_fit(pipeline) -> None:
    client = ChatClient(connect(pipeline, parameters={"max_new_tokens": 10}), concurrency=3)
    topics = [TopicFacts(topic=i, keywords=[f"word{i}"]) for i in range(3)]
    naming = name_topics(client, topics)
    assert set(naming.labels) | set(naming.failures) == {0, 1, 2}
    assert naming.usage.calls >= 3


# -- llama.cpp -------------------------------------------------------------------------------------


def write_gguf(gguf, path: Path) -> None:
    """A llama of one layer with random weights whose tokens are bytes."""
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256]
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_feed_forward_length(64)
    writer.add_head_count(2)
    writer.add_head_count_kv(2)
    writer.add_rope_dimension_count(16)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types([int(kind) for kind in kinds])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>")
    dice = np.random.default_rng(0)
    shapes = {
        "token_embd": (len(tokens), 32), "output": (len(tokens), 32), "blk.0.attn_q": (32, 32), "blk.0.attn_k": (32, 32),
        "blk.0.attn_v": (32, 32), "blk.0.attn_output": (32, 32), "blk.0.ffn_gate": (64, 32), "blk.0.ffn_up": (64, 32),
        "blk.0.ffn_down": (32, 64),
    }  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", dice.normal(0, 0.3, shape).astype(np.float32))
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        writer.add_tensor(f"{name}.weight", np.ones(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    llama_cpp = pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    gguf = pytest.importorskip("gguf", reason="gguf is not installed")
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(gguf, path)
    return llama_cpp.Llama(model_path=str(path), n_ctx=2048, verbose=False)


def test_llama_answers_and_counts(llama) -> None:
    options = {"max_tokens": 12, "temperature": 0.0}
    reply = ChatClient(connect(llama, parameters=options, structured=False)).complete([PROMPT])[0]
    direct = llama.create_chat_completion(messages=PROMPT.messages(), **options)
    assert reply.failure is None and reply.text == direct["choices"][0]["message"]["content"]
    text = "<system>Be brief.<user>What is it about?<assistant>"
    assert reply.input_tokens == direct["usage"]["prompt_tokens"] >= len(text)
    assert reply.is_cut == (reply.output_tokens == 12)


def test_a_model_given_by_its_path_has_room_for_documents(llama) -> None:
    opened = LlamaCPP(llama.model_path).model
    assert opened.n_ctx() == 4096
    question = [{"role": "user", "content": "x" * 1500}]  # a byte is a token
    assert opened.create_chat_completion(messages=question, max_tokens=1)["usage"]["prompt_tokens"] > 1500


def test_llama_is_held_to_the_schema(llama) -> None:
    """A grammar made of the schema lets even random weights write JSON."""
    options = {"max_tokens": 400, "temperature": 1.0, "seed": 1}
    topics = [TopicFacts(topic=i, keywords=[f"word{i}"]) for i in range(2)]
    client = ChatClient(connect(llama, parameters=options), concurrency=4)
    naming = name_topics(client, topics)
    assert set(naming.labels) | set(naming.failures) == {0, 1}
    question = topic_prompt(topics[0])
    assert client.complete([question])[0].text.lstrip().startswith("{")
