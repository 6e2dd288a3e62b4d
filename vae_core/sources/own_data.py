"""A visitor's own pictures on the command line: a data set for as long as a command takes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..config import PictureConfig
from .own_images import bring, clean, refused
from .own_sets import LONGEST_TITLE, OwnSets


@contextmanager
def own_data(path: Path, pictures: PictureConfig) -> Iterator[str]:
    """The name of the data set that a zip, a folder or a file becomes; the same whenever the same images come. Raises Refused.

    It is deleted at the end, as the page deletes what visitors bring.
    """
    if not path.exists():
        raise refused(f"{path}, which is not there,", "a zip or a folder of pictures")
    found = bring([path], pictures)
    skipped = sum(map(len, found.skipped.values()))
    told = f"; {skipped:,} files were skipped" if skipped else ""
    print(f"{len(found.images):,} images of {len(found.classes)} classes: {', '.join(found.classes)}{told}", file=sys.stderr)
    sets = OwnSets(lambda name: None, grace=float("inf"))
    try:
        sets.propose("", *found.proposal(found.fingerprint()))
        yield sets.keep("", clean(path.resolve().stem)[:LONGEST_TITLE] or "own").name
    finally:
        sets.close()
