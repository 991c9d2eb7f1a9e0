"""Server interceptors: what happens around every RPC, in this order from the outside in.

observe (request id, log line, metrics) → errors (one status with one ErrorInfo) → deadline → auth → streams (how many
at once) → texts (none with U+0000) → the handler.
"""

from services.runtime.interceptors.around import Around, AroundInterceptor
from services.runtime.interceptors.auth import AuthAround
from services.runtime.interceptors.deadline import DeadlineAround
from services.runtime.interceptors.errors import ErrorsAround
from services.runtime.interceptors.observe import ObserveAround
from services.runtime.interceptors.streams import StreamsAround
from services.runtime.interceptors.texts import TextsAround

__all__ = [
    "Around",
    "AroundInterceptor",
    "AuthAround",
    "DeadlineAround",
    "ErrorsAround",
    "ObserveAround",
    "StreamsAround",
    "TextsAround",
]
