"""What tests of turns share."""

import pytest
from scripted import QUICK

from nemo_sdk import NemoClient, Session, Timing


@pytest.fixture
def timing() -> Timing:
    """A clock that gives up soon."""
    return QUICK


@pytest.fixture
async def session(client: NemoClient) -> Session:
    """A session just made."""
    return await client.create_session()
