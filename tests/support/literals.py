"""Find sentences that are written in the code and not in `i18n/`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

CODE = re.compile(r"<|import |from [\w.]+ import |\(\) =>|/\* \{\} \*/|new URL|vae-|attachment; |public, |system-ui, ")
LETTER = r"[^\W\d_]"
WORDS = re.compile(rf"{LETTER}{{3,}}[,;:]? {LETTER}{{2,}}|{LETTER}{{2,}}[,;:]? {LETTER}{{3,}}")  # two words and a space
LOGS = {"debug", "info", "warning", "error", "exception"}


def literal_sentences(source: str) -> list[str]:
    """The literals of a Python module with two words or more, without docstrings, log lines, patterns, HTML and code.

    An f-string counts as one literal, its holes as no words. What is not found: a single word, and a sentence
    that is put together from single words.
    """
    tree = ast.parse(source)
    skipped = {id(node) for node in _not_shown(tree)}
    return [text for node, text in _texts(tree, skipped) if WORDS.search(text) and not CODE.match(text)]


def _texts(node: ast.AST, skipped: set[int]) -> Iterator[tuple[ast.AST, str]]:
    """Every string below a node, f-strings as a whole."""
    if id(node) in skipped:
        return
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
        yield node, "".join(str(part) for part in parts)
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _texts(part.value, skipped)
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node, node.value
    for child in ast.iter_child_nodes(node):
        yield from _texts(child, skipped)


def _not_shown(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, types, and the arguments of log calls and of regular expressions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        elif isinstance(node, ast.arg | ast.AnnAssign) and node.annotation:
            yield node.annotation
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            is_log = node.func.attr in LOGS and not (isinstance(owner, ast.Name) and owner.id == "gr")
            if is_log or (isinstance(owner, ast.Name) and owner.id == "re"):
                yield from node.args


TEXT_SINKS = re.compile(
    r"""(?:\.(?:textContent|innerText|innerHTML|title|placeholder|ariaLabel|alt)\s*=
        |setAttribute\(\s*["'](?:aria-label|title|alt|placeholder)["']\s*,
        |\b(?:alert|fillText|createTextNode|notify|announce|append)\()\s*""",
    re.X,
)
HOLE = re.compile(r"\$\{[^{}]*\}")
LITERAL = re.compile(r"""("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)""")


def shown_literals(script: str) -> list[str]:
    """The literals with two words or more in a statement of JavaScript that writes text, a label or a title
    to the page.
    """
    literals = []
    for sink in TEXT_SINKS.finditer(script):
        statement = re.split(r";\s*\n", script[sink.end() :], maxsplit=1)[0]
        literals += [text for text in LITERAL.findall(statement) if WORDS.search(HOLE.sub("{}", text))]
    return literals
