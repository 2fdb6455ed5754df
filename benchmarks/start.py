"""From a cold start to the first answer, and the command line's first words: CPU of programs."""

import sys
from collections.abc import Iterator
from functools import partial

from ._peer_server import small_answers
from ._peers import PEERS
from ._programs import cpu_of
from ._rows import MILLISECONDS, OURS, Row, Size, in_turns, warm
from ._server import served

ROUNDS = 9
FIRST = "import sys; from benchmarks._peers import from_cold; from_cold(*sys.argv[1:])"
BARE = [sys.executable, "-c", "pass"]
NEMO = [sys.executable, "-m", "nemo_sdk"]
TYPED = {"COMP_WORDS": "nemo-sdk\nex", "COMP_CWORD": "1"}
COMPLETION = {"_NEMO_SDK_COMPLETE": "complete_bash", **TYPED}


def run(size: Size) -> Iterator[Row]:
    """Start each program in turn."""
    rounds = size.rounds(ROUNDS)
    with served(small_answers) as url:
        cold = {name: partial(cpu_of, [sys.executable, "-c", FIRST, name, url]) for name in PEERS}
        warm(cold, rounds)
        subject = "a program with one small call, from its start to its end"
        yield Row(subject, MILLISECONDS, in_turns(cold, rounds))
    for words in ("--version", "--help", "generate --help"):
        ours = partial(cpu_of, [*NEMO, *words.split()])
        commands = {OURS: ours, "a bare Python": partial(cpu_of, BARE)}
        yield Row(f"nemo-sdk {words}", MILLISECONDS, in_turns(commands, rounds))
    completion = {
        OURS: partial(cpu_of, NEMO, COMPLETION),
        "a bare Python": partial(cpu_of, BARE),
    }
    yield Row("completion of 'nemo-sdk ex'", MILLISECONDS, in_turns(completion, rounds))
