import pytest
from typer.testing import CliRunner

from expansion_kit.cli import app


@pytest.fixture
def run():
    return lambda *words: CliRunner().invoke(app, list(map(str, words)))
