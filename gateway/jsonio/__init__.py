"""JSON ⇄ messages, compiled once per message type from its descriptor.

`decode` (decoder.py) is strict and names every violation at once; `encode` (encoder.py) follows our FieldJson options.
"""

from gateway.jsonio.decoder import Decoder, decoder_of
from gateway.jsonio.encoder import as_json, dumps, member_as_json
from gateway.jsonio.parsing import MalformedJsonError, parse_json
from gateway.jsonio.violations import Violation

__all__ = [
    "Decoder",
    "MalformedJsonError",
    "Violation",
    "as_json",
    "decoder_of",
    "dumps",
    "member_as_json",
    "parse_json",
]
