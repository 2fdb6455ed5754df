"""What the agent asks is its answer, in whatever form the stream tells it."""

from collections.abc import Mapping
from typing import Any

import pytest
from scripted import NEW, call, text

from nemo_sdk import NemoClient, NothingToExportError, Question, Reply
from nemo_sdk.emulator import Emulator

RATIO = Question("Which aspect ratio?", ("16:9", "9:16"))
ASKED = {"question": "Which aspect ratio?", "options": ["16:9", "9:16"]}
COST = {"hint": "This costs 100 credits. Go on?"}


def asks(name: str, **args: Any) -> dict[str, Any]:
    """An event in which the agent calls one of its tools that ask."""
    return {"content": {"parts": [{"functionCall": {"id": "q", "name": name, "args": args}}]}}


async def reply_to(client: NemoClient, emulator: Emulator, *events: Mapping[str, Any]) -> Reply:
    """What a turn that tells these events is answered with."""
    emulator.script(*events)
    session = await client.create_session()
    return await session.ask("a film of my holiday")


@pytest.mark.parametrize(
    "event",
    [
        asks("ask_question", **ASKED),
        asks("ask_question", questions=[ASKED]),
        asks("ask_question", **{**ASKED, "options": [{"label": "16:9"}, {"value": "9:16"}]}),
        asks("ask_question", **{**ASKED, "options": {"wide": "16:9", "tall": {"label": "9:16"}}}),
        asks("ask_question", **{**ASKED, "options": {"16:9": True, "9:16": None}}),
        asks("awaiting_input", prompt="Which aspect ratio?", choices=["16:9", "9:16"]),
        {"type": "awaiting_input", **ASKED},
        {"awaiting_input": ASKED},
        {"actions": {"stateDelta": {"awaiting_input": ASKED}}},
        {"type": "tool_call", "name": "ask_question", "args": ASKED},
    ],
)
async def test_a_question_is_the_reply(
    client: NemoClient, emulator: Emulator, event: dict[str, Any]
) -> None:
    """`questions` has it with its options, and `text` says both."""
    reply = await reply_to(client, emulator, event)
    assert reply.questions == (RATIO,)
    assert reply.text == "Which aspect ratio?\n1. 16:9\n2. 9:16"
    assert (reply.raw_text, reply.silent) == ("", False)


@pytest.mark.parametrize(
    "event",
    [
        asks("adk_request_confirmation", **COST),
        asks("adk_request_confirmation", toolConfirmation=COST),
        {"actions": {"requestedToolConfirmations": {"c1": COST}}},
        {"actions": {"requested_tool_confirmations": {"c1": COST}}},
    ],
)
async def test_a_confirmation_is_a_question(
    client: NemoClient, emulator: Emulator, event: dict[str, Any]
) -> None:
    """What a tool wants to be allowed is asked with its hint."""
    reply = await reply_to(client, emulator, event)
    assert reply.questions == (Question("This costs 100 credits. Go on?", confirms=True),)
    assert reply.text == "This costs 100 credits. Go on?"


async def test_a_question_that_is_said_as_well_stands_there_once(
    client: NemoClient, emulator: Emulator
) -> None:
    """Words and tool call are one question; options that were not said follow."""
    asked = asks("ask_question", **ASKED)
    reply = await reply_to(client, emulator, text("Nice idea! Which aspect ratio?"), asked, asked)
    assert reply.text == "Nice idea! Which aspect ratio?\n\n1. 16:9\n2. 9:16"
    assert reply.questions == (RATIO,)


@pytest.mark.parametrize(
    ("said", "sent"),
    [("mp4", "mp4"), (" MOV ", "mov"), ("2", "mov"), ("2.", "mov"), ("3", "3"), ("a fox", "a fox")],
)
async def test_an_option_is_the_answer_by_its_number_too(
    client: NemoClient, emulator: Emulator, said: str, sent: str
) -> None:
    """What is offered is an answer, whatever it would ask for elsewhere."""
    emulator.script(asks("ask_question", question="Which format?", options=["mp4", "mov"]))
    session = await client.create_session()
    await session.handle("a film of my holiday")
    await session.handle(said)
    asked = [call.body["new_message"]["parts"][0]["text"] for call in emulator.calls_of("run_sse")]
    assert asked == ["a film of my holiday", sent]
    assert session.choose("mp4") is None  # that was answered


def test_a_number_may_come_as_a_number() -> None:
    """Who counts the options does not have to make a text of it."""
    chosen = [Question("Which?", ("mp4", "mov")).choose(number) for number in (1, 2, 3)]  # type: ignore[arg-type]
    assert chosen == ["mp4", "mov", None]


async def test_a_question_without_words_is_told(client: NemoClient, emulator: Emulator) -> None:
    """However little the stream tells, the person hears that it is their turn."""
    assert (await reply_to(client, emulator, {"awaiting_input": True})).text.strip()
    assert (await reply_to(client, emulator, asks("adk_request_confirmation"))).text.strip()


async def test_an_output_that_asks_is_a_question(client: NemoClient, emulator: Emulator) -> None:
    """A node may put out what to ask in place of words."""
    reply = await reply_to(client, emulator, {"output": ASKED})
    assert reply.questions == (RATIO,)
    assert reply.text == "Which aspect ratio?\n\n1. 16:9\n2. 9:16"


async def test_a_generation_that_ends_in_a_question_says_what_was_asked(
    client: NemoClient, emulator: Emulator
) -> None:
    """The error has the question, its options and the code that answers it."""
    emulator.script(asks("ask_question", **ASKED))
    generation = client.generate("a film of my holiday")
    with pytest.raises(NothingToExportError) as caught:
        await generation
    words = str(caught.value)
    assert "Which aspect ratio? 1. 16:9 2. 9:16" in words
    assert caught.value.next == "answer"
    assert f"client.session({generation.checkpoint.session_id!r}).send(" in words
    assert generation.reply is not None and generation.reply.questions == (RATIO,)


async def test_a_question_beside_a_film_is_no_failure(
    client: NemoClient, emulator: Emulator
) -> None:
    """Where there is something to export, the generation goes on to its film."""
    emulator.script(asks("ask_question", question="Do you like it?"), draft=NEW)
    generation = client.generate("a film of my holiday")
    await generation
    assert generation.reply is not None and "Do you like it?" in generation.reply.text


async def test_other_tools_ask_nothing(client: NemoClient, emulator: Emulator) -> None:
    """A tool that is no question stays a silent turn's."""
    reply = await reply_to(client, emulator, call("search_questions"))
    assert (reply.questions, reply.silent, reply.text) == ((), True, "Nothing changed.")


@pytest.mark.parametrize(
    "said",
    [
        {"output": "Your film is ready."},
        {"output": {"text": "Your film is ready."}, "nodeInfo": {"path": "writer"}},
        {"output": ["Your film is ready."]},
        {"content": None, "output": {"result": 1, "message": "Your film is ready."}},
    ],
)
async def test_an_output_alone_is_said(
    client: NemoClient, emulator: Emulator, said: dict[str, Any]
) -> None:
    """An event with nothing but what a node put out has words for the reply."""
    reply = await reply_to(client, emulator, said)
    assert reply.text == reply.raw_text == "Your film is ready."


async def test_an_output_that_was_said_is_not_said_again(
    client: NemoClient, emulator: Emulator
) -> None:
    """A node puts out what its agent has said, whole or in pieces."""
    words = "Your film is ready."
    pieces = [text(piece, partial=True) for piece in ("Your film ", "is ready.")]
    for events in ([text(words)], [*pieces, text(words)], pieces):
        assert (await reply_to(client, emulator, *events, {"output": words})).raw_text == words
