"""A running product, and real clients."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "support"))

from serve import Serve  # noqa: E402


@pytest.fixture(scope="session")
def serve():
    """A run with the demo provider, shared by tests that leave it as it was."""
    run = Serve()
    yield run
    run.remove()
