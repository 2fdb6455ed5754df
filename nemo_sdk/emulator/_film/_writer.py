"""Encoding and muxing: frames and sound in, a file out."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av import AudioFrame, VideoFrame
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from ._picture import PIXELS, on_frame
from ._sound import LAYOUT, RATE
from ._strip import Mark, draw

FORMATS = {
    "mp4": ("mp4", {"movflags": "+faststart"}),
    "mov": ("mov", {"movflags": "+faststart"}),
    "mkv": ("matroska", {}),
    # Without this the encoder's lead-in of sound moves the pictures, and AVI counts one more.
    "avi": ("avi", {"avoid_negative_ts": "disabled"}),
    "webm": ("webm", {}),
}
"""What a film can be written as, by the name that an export gives: a muxer and its options."""

QUALITIES = {"low": 36, "medium": 29, "high": 23}
"""Quantisers of x264, by the name that an export gives; a rate factor would cost a third more."""

_H264 = {"preset": "ultrafast", "threads": "2"}
_VP9 = {"deadline": "realtime", "cpu-used": "8", "row-mt": "1", "threads": "2", "b": "0"}
_BT709 = _LIMITED = 1


class Writer:
    """Writes one film from `picture`, which is painted on again for every frame.

    The encoder copies it. Fixed thread counts keep the same film the same bytes.
    """

    def __init__(
        self,
        path: Path,
        container: str,
        quality: str,
        size: tuple[int, int],
        fps: int,
        sound: Iterator[AudioFrame] | None,
        comment: str,
    ) -> None:
        muxer, options = FORMATS[container]
        self._file = av.open(str(path), "w", muxer, {"fflags": "+bitexact", **options})
        self._file.metadata["comment"] = comment
        self._frame = VideoFrame(*size, PIXELS)
        self._frame.time_base = Fraction(1, fps)
        self._fps, self._frames, self._samples = fps, 0, 0
        self.picture = on_frame(self._frame)
        self._video = self._add_video(QUALITIES[quality], in_webm=container == "webm")
        self._sound, self._audio = iter(sound or ()), None
        if sound is not None:
            codec = "libopus" if container == "webm" else "aac"
            self._audio = cast("AudioStream", self._file.add_stream(codec, rate=RATE))
            self._audio.layout, self._audio.bit_rate = LAYOUT, 96_000

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def add(self, mark: Mark) -> None:
        """Write the picture as the next frame, with its strip."""
        draw(self.picture.planes[0], mark)
        self._frame.pts = self._frames
        self._file.mux(self._video.encode(self._frame))
        self._frames += 1
        self._add_sound(self._frames * RATE / self._fps)

    def finish(self) -> None:
        """Write what is still held back; the file is whole after that."""
        self._add_sound(float("inf"))
        self._file.mux(self._video.encode(None))
        if self._audio:
            self._file.mux(self._audio.encode(None))

    def _add_sound(self, until: float) -> None:
        while self._audio and self._samples < until and (block := next(self._sound, None)):
            block.pts, block.time_base = self._samples, Fraction(1, RATE)
            self._samples += block.samples
            self._file.mux(self._audio.encode(block))

    def _add_video(self, factor: int, *, in_webm: bool) -> VideoStream:
        codec = "libvpx-vp9" if in_webm else "libx264"
        options = {**_VP9, "crf": f"{factor + 9}"} if in_webm else {**_H264, "qp": f"{factor}"}
        stream = cast("VideoStream", self._file.add_stream(codec, self._fps, options))
        stream.width, stream.height = self._frame.width, self._frame.height
        stream.pix_fmt, context = PIXELS, stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED
        return stream
