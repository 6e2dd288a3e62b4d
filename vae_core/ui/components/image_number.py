"""The number of a held-out image, as a visitor types it."""

from __future__ import annotations

from ...datasets.registry import held_out_images
from ...rules import Range, SettingError, check
from ...runs.run import Run


def image_number(run: Run, number: object) -> int:
    """Return `number` if the run's data set has a held-out image of that number. Raises SettingError."""
    count = len(held_out_images(run.config.data.dataset))
    return check("image", Range(0, count - 1, whole=True), number)


def image_number_or_zero(run: Run, number: object) -> int:
    """Return `number` if the run's data set has a held-out image of that number, else 0."""
    try:
        return image_number(run, number)
    except SettingError:
        return 0
