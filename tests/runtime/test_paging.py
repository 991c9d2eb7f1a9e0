"""Page sizes and tokens."""

import base64

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.errors import ValidationError
from services.runtime.paging import decode_token, encode_token, next_start, page_limit


@pytest.mark.parametrize(("asked", "applied"), [(0, 50), (1, 1), (100, 100), (101, 100), (2**31 - 1, 100)])
def test_sizes_are_lowered_to_the_maximum(asked, applied):
    assert page_limit(asked) == applied


def test_a_negative_size_is_refused():
    with pytest.raises(ValidationError) as caught:
        page_limit(-1)
    assert caught.value.violations[0].field == "limit"


@given(st.text(), st.integers(-(2**53), 2**53), st.text())
def test_a_token_comes_back_as_it_went(name, number, scope):
    assert decode_token(encode_token([name, number], scope), 2, scope) == [name, number]


def test_no_token_is_the_first_page():
    assert decode_token("", 1) is None


@pytest.mark.parametrize("token", ["x", "!!!!", "e30", "WzFd", "é", "A" * 5000])
def test_a_made_up_token_is_refused(token):
    with pytest.raises(ValidationError) as caught:
        decode_token(token, 1, "ws_a")
    assert caught.value.violations[0].field == "cursor"


def test_a_token_of_other_filters_is_refused():
    with pytest.raises(ValidationError):
        decode_token(encode_token(["p1"], "ws_a"), 1, "ws_b")


@pytest.mark.parametrize("position", [{"a": 1}, "p2", None, 2**63, 1.5, [], True, "\0"])
def test_a_token_whose_position_was_changed_is_refused(position):
    token = encode_token(["p1"], "ws_a")
    seal, _ = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    changed = base64.urlsafe_b64encode(orjson.dumps([seal, position])).decode().rstrip("=")

    with pytest.raises(ValidationError) as caught:
        decode_token(changed, 1, "ws_a")
    assert caught.value.violations[0].field == "cursor"


@pytest.mark.parametrize(
    ("found", "growing", "start"),
    [
        ([], False, None),
        ([], True, 4),
        ([5, 6], False, None),
        ([5, 6], True, 6),
        ([5, 6, 7], False, 6),
        ([5, 6, 7], True, 6),
    ],
)
def test_a_list_that_grows_always_has_a_next_page(found, growing, start):
    assert next_start(found, 2, 4, growing=growing) == start
