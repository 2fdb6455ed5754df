"""The service for tests: an emulator beside the test's own event loop, clients of it, films read.

pytest users get the emulator as the fixtures `nemo_emulator` and `nemo_client`, which come with the
package; here is what the fixtures give, what other test frameworks can use in their place, and
`assert_film`, which looks into the films that come of it.
"""

from .film_check import FilmCheck, assert_film
from .local_emulator import LocalEmulator

__all__ = ["FilmCheck", "LocalEmulator", "assert_film"]
