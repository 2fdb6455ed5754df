"""NemoVideo for Python programs: one prompt in, one finished video out.

from nemo_sdk import NemoClient

async with NemoClient() as client:
    video = await client.generate("a cat walking through a snowy forest")
    await video.save("cat.mp4")
"""

import importlib
import sys
import typing

from ._version import __version__ as __version__

if typing.TYPE_CHECKING:
    from . import events as events
    from . import exceptions as exceptions
    from . import models as models
    from . import timeline as timeline
    from ._public import *  # noqa: F403
    from ._public import __all__ as __all__
else:

    def __getattr__(name: str) -> typing.Any:
        """Load the library when one of its names is asked for the first time (PEP 562)."""
        if name == "__all__" or not name.startswith("_"):  # what Python itself asks for does not
            public = importlib.import_module("nemo_sdk._public")
            globals().update({each: getattr(public, each) for each in ("__all__", *public.__all__)})
        return object.__getattribute__(sys.modules["nemo_sdk"], name)

    def __dir__() -> list[str]:
        return sorted({*globals(), *__getattr__("__all__")})
