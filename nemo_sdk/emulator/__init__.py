"""The NemoVideo service on this machine, for tests, demos and work without the network.

```python
async with Emulator() as emulator:
    print(emulator.base_url)
```
"""

from . import wire
from ._accounts import Account
from ._agent import Controls
from ._answers import ENDPOINTS
from ._clock import Clock
from ._faults import Fault, Faults
from ._recorder import Recorder
from ._records import Call, Charge
from ._renders import FilmInfo, Render, Renderer
from ._server import Emulator
from ._sessions import Session

__all__ = [
    "ENDPOINTS",
    "Account",
    "Call",
    "Charge",
    "Clock",
    "Controls",
    "Emulator",
    "Fault",
    "Faults",
    "FilmInfo",
    "Recorder",
    "Render",
    "Renderer",
    "Session",
    "wire",
]
