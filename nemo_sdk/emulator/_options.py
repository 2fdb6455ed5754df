"""What can be chosen about an emulator."""

from collections.abc import Collection
from pathlib import Path
from typing import get_args

from attrs import Factory, define, field, validators

from ._choices import one_of
from ._clock import Clock
from ._dialects import Keys, StreamShape
from ._envelopes import Shapes
from ._film import Look
from ._renders import Renderer
from ._turns import OnDisconnect


@define(eq=False, kw_only=True)
class Options:
    """The options of an emulator, checked when it is made."""

    host: str = "127.0.0.1"
    port: int = 0
    speed: float = 100.0
    seed: int = 0
    shapes: Shapes = field(default="A", validator=one_of(*get_args(Shapes)))
    stream: StreamShape = field(default="adk", validator=one_of(*get_args(StreamShape)))
    keys: Keys = field(default="camel", validator=one_of(*get_args(Keys)))
    credits: float = field(default=100, validator=validators.ge(0))
    generation_cost: float = field(default=100, validator=validators.ge(0))
    edit_cost: float = field(default=50, validator=validators.ge(0))
    film_size: tuple[int, int] = (1920, 1080)
    fps: int = field(default=24, validator=validators.ge(1))
    look: Look = field(default="scene", validator=one_of(*get_args(Look)))
    anonymous_limit: bool = True
    attribution_required: bool = True
    on_disconnect: OnDisconnect = field(
        default="continue", validator=one_of(*get_args(OnDisconnect))
    )
    clock: Clock = field(
        default=Factory(lambda options: Clock(options.speed), takes_self=True), repr=False
    )
    silent: float = field(default=0.3, validator=[validators.ge(0), validators.le(1)])
    hosts: Collection[str] = ()
    upload_limit: int = field(default=500_000_000, validator=validators.ge(1))
    film_url_lifetime: float | None = None
    renderer: Renderer | None = None
    replay: str | Path | None = None
