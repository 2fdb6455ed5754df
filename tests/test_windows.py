"""What Windows refuses, simulated: files that somebody has open, and signals that it has not.

No such machine is here: what is shown is that the library lives with the refusals, not the system.
"""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import AnonymousToken, Checkpoint, FileTokenStore, file_name
from nemo_sdk._cli.journal import Entry, Journal
from nemo_sdk._cli.running import polite_kills

TOKEN = AnonymousToken("nmv_usr_1")
ENTRY = Entry(Checkpoint(prompt="a fox"), "fox.mp4", id="abc123")


def refusing(act: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The act, refused so many times first as by another process that has the file open."""
    left = iter(range(times))

    def tried(*args: Any, **options: Any) -> Any:
        if next(left, None) is not None:
            raise PermissionError(13, "The process cannot access the file")
        return act(*args, **options)

    return tried


@pytest.mark.parametrize("name", ["replace", "read_text"])
def test_a_file_that_is_open_elsewhere_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Another process that reads or replaces the tokens at this moment costs none of them."""
    FileTokenStore().save("a", TOKEN)
    monkeypatch.setattr(Path, name, refusing(getattr(Path, name), 2))
    FileTokenStore().save("b", TOKEN)
    assert [FileTokenStore().load(key) for key in ("a", "b")] == [TOKEN, TOKEN]


def test_a_file_that_stays_open_is_no_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the token is in memory alone, and nothing half stays in the folder."""
    monkeypatch.setattr(Path, "replace", refusing(Path.replace, 99))
    store = FileTokenStore()
    store.save("a", TOKEN)
    assert store.load("a") == TOKEN
    assert list(store.folder.iterdir()) == []


def test_a_lock_that_is_held_cannot_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generation that ends well is no error: its lock's file goes once it is free."""
    unlink = Path.unlink
    journal = Journal()

    def only_what_is_free(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".lock" and _is_locked(path):
            raise PermissionError(13, "The process cannot access the file")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", only_what_is_free)
    with journal.running(ENTRY):
        assert journal.is_running(ENTRY)
    assert not journal.is_running(ENTRY)
    assert list(journal.place.glob("*.lock")) == []


def _is_locked(path: Path) -> bool:
    import fcntl

    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
    return False


def test_there_is_no_hang_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no SIGHUP: SIGTERM alone ends a command."""
    kills = [kill for kill in signal.Signals if kill.name != "SIGHUP"]
    monkeypatch.setattr(signal, "Signals", kills)
    assert polite_kills() == [signal.SIGTERM]


@pytest.mark.parametrize("text", ["CON", "nul.tar.gz", "Aux ", "com1.a b", "LPT\u00b9", "conout$"])
def test_no_film_is_a_device(text: str) -> None:
    """Windows looks at what stands before the first dot, without spaces at its end."""
    first = f"{file_name(text)}.mp4".partition(".")[0].rstrip().upper()
    assert first.endswith("_")
