from __future__ import annotations

import pytest

from vae_core.export.files import FILES
from vae_core.runs.checkpoint import SHIPPED, load


@pytest.mark.parametrize("ending", sorted(FILES.keys() - {"npz"}))  # images are a file for uploaded sets only
def test_every_file_of_a_run_can_be_written(ending: str) -> None:
    assert FILES[ending](load(SHIPPED / "mnist-vae-2d"))
