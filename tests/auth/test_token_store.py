"""What is kept between two runs: for its owner only, whole or not at all, and never in the way."""

import asyncio
import fcntl
import json
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import filelock
import pytest
from conftest import FAST

from nemo_sdk import AnonymousToken, FileTokenStore, MemoryTokenStore, NemoClient
from nemo_sdk._auth import config_folder
from nemo_sdk._auth.config_folder import ConfigFolder
from nemo_sdk._protocol.endpoints import expired
from nemo_sdk.emulator import Emulator

TOKEN = AnonymousToken("nmv_usr_1", "anon_1", "2999-01-01T00:00:00Z")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def kept_in(home: Path) -> Path:
    return home / ".config" / "nemovideo"


@pytest.mark.parametrize("store", [FileTokenStore(), MemoryTokenStore()], ids=["file", "memory"])
def test_a_token_is_kept_under_its_key(home: Path, store: Any) -> None:
    """What is saved under a key is loaded from it, and from no other."""
    store.save("a", TOKEN)
    assert store.load("a") == TOKEN
    assert store.load("b") is None


def test_another_process_finds_it(tmp_path: Path) -> None:
    """A second store of the same folder, given as text or path, loads what the first saved."""
    FileTokenStore(tmp_path / "kept").save("a", TOKEN)
    assert FileTokenStore(str(tmp_path / "kept")).load("a") == TOKEN


def test_only_the_owner_can_read_it(home: Path) -> None:
    """Folder and files are for their owner, whatever the umask."""
    FileTokenStore().save("a", TOKEN)
    ConfigFolder().client_id()
    assert mode(kept_in(home)) == 0o700
    assert mode(kept_in(home) / "tokens.json") == 0o600
    assert mode(kept_in(home) / "client_id") == 0o600


def test_a_file_that_others_could_read_is_closed_to_them(home: Path) -> None:
    """A token file made readable for all is for its owner again once it is saved."""
    store = FileTokenStore()
    store.save("a", TOKEN)
    (kept_in(home) / "tokens.json").chmod(0o644)
    store.save("b", TOKEN)
    assert mode(kept_in(home) / "tokens.json") == 0o600


def test_nothing_else_is_left_in_the_folder(home: Path) -> None:
    """No temporary file stays behind."""
    FileTokenStore().save("a", TOKEN)
    assert [file.name for file in kept_in(home).iterdir()] == ["tokens.json"]


def test_saving_keeps_the_others_and_forgets_the_expired(home: Path) -> None:
    """Several services share the file; what has long expired leaves it."""
    store = FileTokenStore()
    lately = (datetime.now(UTC) - timedelta(days=8)).isoformat()
    store.save("lately", AnonymousToken("nmv_usr_2", None, lately))
    store.save("old", AnonymousToken("nmv_usr_0", None, "2001-01-01T00:00:00Z"))
    store.save("other", TOKEN)
    store.save("mine", TOKEN)
    assert set(json.loads((kept_in(home) / "tokens.json").read_text())) == {
        *("lately", "other", "mine")
    }


DAMAGED = {
    "empty": b"",
    "cut": b'{"k": {"token": "nmv',
    "list": b"[]",
    "null": b"null",
    "text": b'{"k": "nmv_usr_1"}',
    "number": b'{"k": {"token": 5}}',
    "no token": b'{"k": {"user_id": "x"}}',
    "wrong types": b'{"k": {"token": "t", "expires_at": 5, "user_id": []}}',
    "line break": b'{"k": {"token": "a\\r\\nX-Evil: 1"}}',
    "not ascii": '{"k": {"token": "tök"}}'.encode(),
    "binary": b"\xff\xfe\x00",
    "deep": b"[" * 100_000,
    "endless number": b'{"k": ' + b"1" * 10_000 + b"}",
}


@pytest.mark.parametrize("raw", DAMAGED.values(), ids=DAMAGED)
async def test_a_damaged_file_is_no_error(emulator: Emulator, home: Path, raw: bytes) -> None:
    """Whatever is in the file, a client gets a token and puts the file right."""
    kept_in(home).mkdir(parents=True)
    key = f"{emulator.base_url} me".encode()
    (kept_in(home) / "tokens.json").write_bytes(raw.replace(b'"k"', b'"' + key + b'"'))
    async with NemoClient(base_url=emulator.base_url, client_id="me", timing=FAST) as client:
        assert (await client.credits()).available
    kept = FileTokenStore().load(key.decode())
    assert kept is not None
    assert kept.token.startswith("nmv_usr_")
    assert len(emulator.calls_of("anonymous_token")) == 1


@pytest.mark.parametrize("raw", [b"", b"\n", b"x" * 65, b"a b", b"\xff", b"\x00"])
async def test_a_damaged_client_id_is_made_anew(emulator: Emulator, home: Path, raw: bytes) -> None:
    """A client id that is none is replaced by one that is kept."""
    kept_in(home).mkdir(parents=True)
    (kept_in(home) / "client_id").write_bytes(raw)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
    (call,) = emulator.calls_of("anonymous_token")
    assert (kept_in(home) / "client_id").read_text().strip() == call.headers["X-Client-Id"]


async def test_a_kept_client_id_is_used(emulator: Emulator, home: Path) -> None:
    """The client id of an earlier run, or of another program, is gone on with."""
    kept_in(home).mkdir(parents=True)
    (kept_in(home) / "client_id").write_text("from-before\n")
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
    assert emulator.calls_of("anonymous_token")[0].headers["X-Client-Id"] == "from-before"


def _file(home: Path) -> None:
    home.rmdir()
    home.write_text("a file")


def _config_is_a_file(home: Path) -> None:
    (home / ".config").write_text("a file")


def _folders_in_place_of_files(home: Path) -> None:
    for name in ("client_id", "tokens.json", "tokens.lock"):
        (kept_in(home) / name).mkdir(parents=True)


def _dangling_link(home: Path) -> None:
    (home / ".config").symlink_to(home / "nowhere" / "at all")


def _device(home: Path) -> None:
    (home / ".config").symlink_to("/dev/null")


@pytest.mark.parametrize(
    "spoil", [_file, _config_is_a_file, _folders_in_place_of_files, _dangling_link, _device]
)
async def test_a_home_that_cannot_be_written_is_no_error(
    emulator: Emulator, home: Path, spoil: Any
) -> None:
    """Without a place to keep anything, one client still asks for one token."""
    spoil(home)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
        await client.credits()
    assert len(emulator.calls_of("anonymous_token")) == 1


async def test_a_home_that_is_not_there_is_no_error(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no home can be found at all, things are kept in memory."""
    monkeypatch.setattr(Path, "home", _no_home)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
        await client.credits()
    assert len(emulator.calls_of("anonymous_token")) == 1


def _no_home() -> Path:
    raise RuntimeError("Could not determine home directory.")


async def test_a_full_disk_is_no_error(
    emulator: Emulator, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes nothing leaves no half file, and the client works."""

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        await client.credits()
        await client.credits()
    assert len(emulator.calls_of("anonymous_token")) == 1
    assert {file.name for file in kept_in(home).iterdir()} <= {"tokens.lock"}


@pytest.mark.parametrize("where", ["open", "flock"])
async def test_a_network_home_that_never_answers_is_not_waited_for(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """The lock is taken beside the loop, and given up after a short time."""
    release = threading.Event()

    def hang(*_: Any, **__: Any) -> None:
        release.wait()

    if where == "open":
        monkeypatch.setattr(filelock.FileLock, "acquire", hang)
    else:
        monkeypatch.setattr(fcntl, "flock", hang)
    monkeypatch.setattr(config_folder, "LOCK_LIMIT", 0.2)
    try:
        async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
            balance = asyncio.create_task(client.credits())
            for _ in range(10):  # the loop goes on meanwhile
                await asyncio.sleep(0.01)
            assert (await balance).available
    finally:
        release.set()


async def test_a_lock_that_is_never_released_is_not_waited_for(
    emulator: Emulator, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds it only asks for a token, which is soon done."""
    monkeypatch.setattr(config_folder, "LOCK_LIMIT", 0.2)
    kept_in(home).mkdir(parents=True)
    with filelock.FileLock(kept_in(home) / "tokens.lock"):
        async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
            assert (await client.credits()).available
        while threads():  # the one that waited goes by itself
            await asyncio.sleep(0)


async def test_who_waits_for_a_lock_can_be_cancelled(emulator: Emulator, home: Path) -> None:
    """A cancelled call takes no lock with it."""
    kept_in(home).mkdir(parents=True)
    lock = filelock.FileLock(kept_in(home) / "tokens.lock")
    async with NemoClient(base_url=emulator.base_url, timing=FAST) as client:
        with lock:
            waiting = asyncio.create_task(client.credits())
            while not threads():
                await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await client.credits()
    assert len(emulator.calls_of("anonymous_token")) == 1


def threads() -> list[threading.Thread]:
    """The threads that take or hold a lock now."""
    return [thread for thread in threading.enumerate() if thread.name == "nemo_sdk lock"]


AN_HOUR = timedelta(hours=1)
ENDS: dict[str, tuple[Callable[[datetime], str | None], bool]] = {
    "none": (lambda _: None, False),
    "empty": (lambda _: "", False),
    "no date": (lambda _: "some day", False),
    "ISO 8601, to come": (lambda now: (now + AN_HOUR).isoformat(), False),
    "ISO 8601, just over": (lambda now: (now - timedelta(seconds=1)).isoformat(), True),
    "Z": (lambda now: (now - AN_HOUR).isoformat().replace("+00:00", "Z"), True),
    "no zone, over": (lambda now: (now - AN_HOUR).replace(tzinfo=None).isoformat(), True),
    "no zone, to come": (lambda now: (now + AN_HOUR).replace(tzinfo=None).isoformat(), False),
    "a zone": (lambda now: (now + AN_HOUR).isoformat().replace("+00:00", "+23:00"), True),
    "a day": (lambda _: "2001-01-01", True),
    "seconds, over": (lambda now: str(int(now.timestamp()) - 5), True),
    "seconds, to come": (lambda now: str(int(now.timestamp()) + 500), False),
    "milliseconds, over": (lambda now: str((int(now.timestamp()) - 5) * 1000), True),
    "milliseconds, to come": (lambda now: str((int(now.timestamp()) + 500) * 1000), False),
    "endless": (lambda _: "9" * 400, False),
    "another digit": (lambda _: "٣", False),
}


@pytest.mark.parametrize(("end", "over"), ENDS.values(), ids=ENDS)
def test_the_end_of_a_token_is_read(end: Callable[[datetime], str | None], *, over: bool) -> None:
    """ISO 8601 with or without a zone, and seconds or milliseconds since 1970, are understood."""
    assert expired(AnonymousToken("t", None, end(datetime.now(UTC)))) is over
