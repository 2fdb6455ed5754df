"""What tests of generations share."""

import pytest
from scripted import NEW, text

from nemo_sdk import Generation, NemoClient
from nemo_sdk.emulator import Emulator


@pytest.fixture
def generation(emulator: Emulator, client: NemoClient) -> Generation:
    """A generation that takes a moment."""
    emulator.script(text("One."), 30.0, text("Two."), draft=NEW, charge="generation")
    return client.generate("a cat in the snow", language="en")
