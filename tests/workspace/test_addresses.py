import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workspace.addresses import is_address


@pytest.mark.parametrize(
    "text",
    [
        "ops@example.com",
        "first.last+tag@mail.example.co.uk",
        "o'neil_{x}@xn--bcher-kva.example",
        "root@localhost",
        f"{'a' * 64}@example.com",
    ],
)
def test_addresses(text):
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ops",
        "ops@",
        "@example.com",
        "ops@example",
        "ops@@example.com",
        "a..b@example.com",
        ".a@example.com",
        "a@example..com",
        "a@-example.com",
        "a@example.com.",
        "a b@example.com",
        " a@example.com",
        "a@example.com\n",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com,b@example.com",
        "Ops <ops@example.com>",
        "<ops@example.com>",
        "a(comment)@example.com",
        '"a b"@example.com',
        "a@[127.0.0.1]",
        "müller@example.com",
        "a@müller.example",
        "=?utf-8?q?a?=@example.com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 64}.example",
        f"a@{'.'.join(['b' * 60] * 5)}",
    ],
)
def test_what_is_none(text):
    assert not is_address(text)


@given(st.text(st.characters(max_codepoint=127)) | st.from_regex(r"[!-~]+@[!-~]+", fullmatch=True) | st.text())
def test_any_text_is_one_or_is_none(text):
    assert is_address(text) in (True, False)
