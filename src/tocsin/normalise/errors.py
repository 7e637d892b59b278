"""Failures: from classes, codes, numbers and words of many libraries to the closed list of `ErrorType`.

Source: recorded failures of 20 instrumentations (tests/golden/mappings); the error pages of OpenAI, Anthropic, Google
        and AWS, read 2026-11-24.
Gaps:   a library that says only "connection error" for a stream that broke is told by the first token that came.
"""

from tocsin.model.dimension import ErrorType
from tocsin.model.mapping import ErrorSigns

_SERVER = (500, 501, 502, 503, 505, 506, 507, 508, 509, 510, 520, 521, 522, 523, 525, 526, 527, 530)

ERRORS: tuple[ErrorSigns, ...] = (
    # Some libraries give Anthropic's 529 the class of an internal server error: the number comes first.
    ErrorSigns(ErrorType.OVERLOADED, names="overloaded", numbers=(529,)),
    # Both come as 400, as a bad request: the words tell.
    ErrorSigns(
        ErrorType.CONTEXT_LENGTH,
        names="context_?length|context_?window",
        texts="context_length_exceeded|maximum context length|context window|prompt is too long|input is too long",
    ),
    ErrorSigns(
        ErrorType.CONTENT_FILTER,
        names="content_?filter|content_?policy|responsibleai",
        texts="content_filter|content management policy|content policy|blocked by safety",
    ),
    ErrorSigns(
        ErrorType.RATE_LIMIT,
        names="rate_?limit|throttl|resource_?exhausted|too_?many_?requests|quota",
        numbers=(429,),
        texts="resource_exhausted|throttlingexception|rate_limit_exceeded",
    ),
    ErrorSigns(ErrorType.TIMEOUT, names="time_?d?_?out|deadline_?exceeded", numbers=(408, 504, 524)),
    ErrorSigns(ErrorType.CANCELLED, names="cancell?ed|abort|generatorexit|keyboardinterrupt", numbers=(499,)),
    ErrorSigns(
        ErrorType.STREAM_INTERRUPTED,
        names="remoteprotocol|incomplete_?read|chunkedencoding|stream_?(cut|interrupted|error)|readerror",
        texts="incomplete chunked read|peer closed connection|response ended prematurely",
    ),
    ErrorSigns(
        ErrorType.AUTH,
        names="authentication|unauthori[sz]ed|permission|forbidden|accessdenied|expiredtoken|invalid_?api_?key",
        numbers=(401, 403),
    ),
    ErrorSigns(
        ErrorType.INVALID_REQUEST,
        names="bad_?request|invalid_?(request|argument|prompt)|validation|not_?found|unprocessable|conflicterror",
        numbers=(400, 402, 404, 405, 409, 410, 413, 415, 422, 424),
    ),
    ErrorSigns(ErrorType.CONNECTION, names="connection|connect_?error|network|dns|socket|ssl|proxyerror"),
    ErrorSigns(
        ErrorType.SERVER_ERROR,
        names="server_?error|internal_?server|service_?unavailable|bad_?gateway|\\bapi_error\\b|modelerror|internalfailure",
        numbers=_SERVER,
    ),
    # Only words are left.
    ErrorSigns(ErrorType.RATE_LIMIT, texts="rate limit|too many requests|quota"),
    ErrorSigns(ErrorType.OVERLOADED, texts="overloaded"),
    ErrorSigns(ErrorType.TIMEOUT, texts="timed out|timeout|deadline exceeded"),
    ErrorSigns(ErrorType.CONNECTION, texts="connection (error|reset|refused|aborted)|name resolution|unreachable"),
    ErrorSigns(ErrorType.SERVER_ERROR, texts="internal server error|server_error|service unavailable|bad gateway"),
    ErrorSigns(ErrorType.AUTH, texts="unauthori[sz]ed|invalid api key|incorrect api key|permission denied"),
    ErrorSigns(ErrorType.INVALID_REQUEST, texts="invalid_request|bad request|not found"),
    ErrorSigns(ErrorType.CANCELLED, texts="cancell?ed|aborted"),
)
