"""Exit with an error unless a film plays to its end: ``check_film.py FILE [--seconds N]``."""

import argparse
from pathlib import Path

import av


def main() -> None:
    """Decode every frame of the film, and compare what came out with what it says of itself."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("film", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    wish = parser.parse_args()
    with av.open(str(wish.film)) as film:
        video = film.streams.video[0]
        size = f"{video.width}x{video.height}"
        codec, rate = video.codec_context.name, float(video.average_rate or 0)
        frames = sum(1 for _ in film.decode(video))
    print(f"{wish.film.name}: {codec} {size}, {frames} frames at {rate:g} a second")
    if codec != "h264" or abs(frames - wish.seconds * rate) > 1:
        raise SystemExit(f"This is no H.264 film of {wish.seconds:g} seconds.")


if __name__ == "__main__":
    main()
