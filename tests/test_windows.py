"""What Windows refuses, simulated: files that somebody has open, and signals that it has not.

No such machine is here: what is shown is that the library lives with the refusals, not the system.
"""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import AnonymousToken, Checkpoint, FileTokenStore, file_name
from nemo_sdk._cli.running import polite_kills
from nemo_sdk.jobs import FileStore, Record

TOKEN = AnonymousToken("nmv_usr_1")
CHECKPOINT = Checkpoint("message", "a fox", "1", mark="x")


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


@pytest.mark.parametrize("name", ["replace", "read_text"])
def test_a_job_that_is_read_elsewhere_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Another process that looks at a job at this moment costs nothing of it."""
    store = FileStore()
    store.save(Record("film-1", words="a fox"))
    store.claim("film-1", CHECKPOINT)
    monkeypatch.setattr(Path, name, refusing(getattr(Path, name), 2))
    store.save(Record("film-1", words="a fox", status="failed"))
    record = store.load("film-1")
    assert record is not None
    assert (record.status, record.checkpoint) == ("failed", CHECKPOINT)


def test_a_lock_that_is_held_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process works on is forgotten all the same: its lock's file stays behind."""
    store, unlink = FileStore(), Path.unlink

    def only_what_is_free(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".lock":
            raise PermissionError(13, "The process cannot access the file")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", only_what_is_free)
    store.save(Record("film-1"))
    store.claim("film-1", CHECKPOINT)
    with store.hold("film-1") as mine:
        assert mine
        store.remove("film-1")
    assert [file.name for file in store.folder.iterdir()] == ["film-1.lock"]
    assert store.list() == []


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
