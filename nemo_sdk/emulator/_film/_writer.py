"""Encoding and muxing: frames and sound in, a file out."""

from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import av
from attrs import frozen
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from ._planes import PIXELS, Planes
from ._sound import LAYOUT, RATE

_BT709 = 1
_LIMITED = 1
_AHEAD = 4


@frozen
class Format:
    """A container, and the codecs that players expect in it."""

    muxer: str
    video: str = "libx264"
    audio: str = "aac"
    options: Mapping[str, str] = {}


FORMATS = {
    "mp4": Format("mp4", options={"movflags": "+faststart"}),
    "mov": Format("mov", options={"movflags": "+faststart"}),
    "mkv": Format("matroska"),
    # Without this the encoder's lead-in of sound moves the pictures, and AVI counts one more.
    "avi": Format("avi", options={"avoid_negative_ts": "disabled"}),
    "webm": Format("webm", video="libvpx-vp9", audio="libopus"),
}
"""What a film can be written as, by the name that an export gives."""

QUALITIES = {"low": 34, "medium": 27, "high": 21}
"""Constant rate factors of x264, by the name that an export gives."""

_X264 = {"preset": "ultrafast", "threads": "2"}
_VP9 = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "tile-columns": "2", "threads": "2"}


class Writer:
    """Writes one film, on a thread of its own so that the next pictures are painted meanwhile.

    Fixed thread counts keep the same film the same bytes.
    """

    def __init__(
        self,
        path: Path,
        form: Format,
        factor: int,
        size: tuple[int, int],
        fps: int,
        sound: Iterator[av.AudioFrame] | None,
    ) -> None:
        options = {"fflags": "+bitexact", **form.options}
        self._file: OutputContainer = av.open(str(path), "w", format=form.muxer, options=options)
        self._fps = fps
        self._video = self._add_video(form, factor, size)
        self._sound = sound
        self._audio = self._add_audio(form) if sound is not None else None
        self._frames = 0
        self._samples = 0
        self._worker = ThreadPoolExecutor(1, "film-writer")
        self._waiting: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._worker.shutdown(cancel_futures=True)
        self._file.close()

    def add(self, picture: Planes) -> None:
        """Take the next picture; it must not be painted on any more.

        Waits where the encoder is behind, so that no more than a few pictures are held.
        """
        if len(self._waiting) >= _AHEAD:
            self._waiting.popleft().result()
        self._waiting.append(self._worker.submit(self._write, picture))

    def finish(self) -> None:
        """Write what is still held back; the file is whole after that."""
        self._waiting.append(self._worker.submit(self._flush))
        while self._waiting:
            self._waiting.popleft().result()

    def _write(self, picture: Planes) -> None:
        frame = picture.frame()
        frame.pts = self._frames
        frame.time_base = Fraction(1, self._fps)
        self._file.mux(self._video.encode(frame))
        self._frames += 1
        self._add_sound(self._frames * RATE / self._fps)

    def _flush(self) -> None:
        self._add_sound(float("inf"))
        self._file.mux(self._video.encode(None))
        if self._audio is not None:
            self._file.mux(self._audio.encode(None))

    def _add_sound(self, until: float) -> None:
        while self._sound is not None and self._audio is not None and self._samples < until:
            block = next(self._sound, None)
            if block is None:
                break
            block.pts = self._samples
            block.time_base = Fraction(1, RATE)
            self._samples += block.samples
            self._file.mux(self._audio.encode(block))

    def _add_video(self, form: Format, factor: int, size: tuple[int, int]) -> VideoStream:
        stream = cast("VideoStream", self._file.add_stream(form.video, rate=self._fps))
        stream.width, stream.height = size
        stream.pix_fmt = PIXELS
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        if form.video == "libx264":
            stream.options = {**_X264, "crf": str(factor)}
        else:
            stream.bit_rate = 0
            stream.options = {**_VP9, "crf": str(factor + 12)}
        return stream

    def _add_audio(self, form: Format) -> AudioStream:
        stream = cast("AudioStream", self._file.add_stream(form.audio, rate=RATE))
        stream.layout = LAYOUT
        stream.bit_rate = 128_000
        return stream
