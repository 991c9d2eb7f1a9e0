"""docs/rules.md lists every rule id of the code, and no other."""

import ast
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/rules.md").read_text(encoding="utf-8")
ID = re.compile(r"[a-z]+(?:Group)?\.[a-z][a-z0-9_]*")
LISTED = re.findall(r"^\| `([^`]+)` \|", PAGE, re.MULTILINE)


def strings_of(path):
    """Whole strings of a module, and those that a field or a state completes: "*.unknown", "category.*"."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    pieces = {id(value): value for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
    whole = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in pieces
    }
    patterns = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and len(node.values) == 2:
            texts = [value.value if isinstance(value, ast.Constant) else "*" for value in node.values]
            if (texts[0] == "*" and texts[1].startswith(".")) or (texts[1] == "*" and texts[0].endswith(".")):
                patterns.add("".join(texts))
    return whole, patterns


@pytest.fixture(scope="module")
def in_code():
    whole, patterns = set(), set()
    for path in (ROOT / "services/silver/rules").glob("*.py"):
        of_module, patterns_of_module = strings_of(path)
        whole |= of_module
        patterns |= patterns_of_module
    return {text for text in whole if ID.fullmatch(text)}, patterns


def test_every_rule_of_the_code_is_on_the_page(in_code):
    ids, _ = in_code
    assert sorted(ids - set(LISTED)) == []


def test_every_rule_on_the_page_is_in_the_code(in_code):
    ids, patterns = in_code
    made = {rule for rule in LISTED if any(fnmatchcase(rule, pattern) for pattern in patterns)}
    assert sorted(set(LISTED) - ids - made) == []


def test_no_rule_is_listed_twice():
    assert len(LISTED) == len(set(LISTED))
