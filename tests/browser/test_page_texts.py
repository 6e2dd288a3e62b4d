"""The texts of the page's scripts: parts are filled in as they are, and a key or part that is missing is an error."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page

TEXT = """async ([url, key, parts]) => {
    const { text } = await import(new URL('vae/static/page/i18n.js', url));
    return text(key, parts);
}"""


def text(page: Page, key: str, parts: dict[str, object]) -> object:
    return page.evaluate(TEXT, [page.url, key, parts])


def test_parts_are_filled_in_also_where_they_look_like_a_pattern(page: Page) -> None:
    assert text(page, "test_image", {"n": 3, "class": "$& $1 {n}"}) == "test image 3, $& $1 {n}"


@pytest.mark.parametrize(("key", "parts"), [("no_such_text", {}), ("test_image", {"n": 3}), ("toString", {})])
def test_a_missing_key_or_part_is_an_error(key: str, parts: dict[str, object], page: Page) -> None:
    with pytest.raises(Error, match=f"page.{key}"):
        text(page, key, parts)
