"""E-mail addresses, as far as they can be told from their form."""

from __future__ import annotations

import re
from email.errors import MessageError
from email.headerregistry import Address
from typing import Final

ADDRESS_LIMIT_CHARS: Final = 254
"""RFC 5321: a path has at most 256 octets, brackets included."""
_LOCAL_LIMIT_CHARS: Final = 64
# Without quotes, comments and domain literals, which the grammar has and nobody's mailbox; other alphabets would need
# servers with SMTPUTF8.
_PLAIN: Final = re.compile(r"""[!#-'*+\-./0-9=?A-Z^_`a-z{|}~]+@[A-Za-z0-9.\-]+""")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?")


def is_address(text: str) -> bool:
    """Whether mail can be sent to it: one address as RFC 5322 has it, of ASCII, in a domain with a dot or localhost."""
    if len(text) > ADDRESS_LIMIT_CHARS or not _PLAIN.fullmatch(text):
        return False
    try:
        address = Address(addr_spec=text)
    except (MessageError, ValueError, IndexError):
        return False
    labels = address.domain.split(".")
    return (
        len(address.username) <= _LOCAL_LIMIT_CHARS
        and all(_LABEL.fullmatch(label) for label in labels)
        and (len(labels) > 1 or address.domain.lower() == "localhost")
    )
