"""How events are written: server-sent events, or one JSON object per line."""

from __future__ import annotations

NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"


def ndjson_line(name: str, value: bytes, event_id: str = "") -> bytes:
    """One object with one member, named after the event; the id, where there is one, goes before it as `id`."""
    told = b'"id":"%s",' % event_id.encode() if event_id else b""
    return b'{%s"%s":%s}\n' % (told, name.encode(), value)


def server_sent_event(name: str, value: bytes, event_id: str = "") -> bytes:
    """One event (HTML standard, 9.2). The value is JSON without line breaks."""
    told = b"id: %s\n" % event_id.encode() if event_id else b""
    return b"%sevent: %s\ndata: %s\n\n" % (told, name.encode(), value)


FRAMES = {NDJSON: ndjson_line, EVENT_STREAM: server_sent_event}
SILENCE = {NDJSON: b"\n", EVENT_STREAM: b":\n\n"}
"""What says nothing and keeps a connection open: an empty line, a comment."""
