"""What calls can be grouped and filtered by: a closed list, so that no caller's text ever becomes a column name."""

from enum import StrEnum


class Dimension(StrEnum):
    """A property of a call. The value is the column's name in the store and the word used in URLs and JSON."""

    SERVICE = "service"
    ENVIRONMENT = "environment"
    RELEASE = "release"
    PROVIDER = "provider"
    # The requested model where known, else the served one: a call that fails never learns which model was served, and
    # has to stand beside those that did not fail.
    MODEL = "model"
    REQUEST_MODEL = "request_model"
    RESPONSE_MODEL = "response_model"
    OPERATION = "operation"
    FEATURE = "feature"
    TENANT = "tenant"
    USER = "user"
    SESSION = "session"
    AGENT = "agent"
    # One of `ErrorType`, or empty for a call that did not fail.
    ERROR_TYPE = "error_type"
    FINISH_REASON = "finish_reason"
    STREAMING = "streaming"
    MAPPING = "mapping"


# The minute and hour rollups keep these; a question about any other dimension reads the settled calls.
ROLLED: frozenset[Dimension] = frozenset(
    {
        Dimension.SERVICE,
        Dimension.ENVIRONMENT,
        Dimension.RELEASE,
        Dimension.PROVIDER,
        Dimension.MODEL,
        Dimension.OPERATION,
        Dimension.ERROR_TYPE,
    }
)


class ErrorType(StrEnum):
    """The classes that every emitter's errors are brought to (semantic-conventions notes, section 6)."""

    RATE_LIMIT = "rate_limit"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    SERVER_ERROR = "server_error"
    AUTH = "auth"
    INVALID_REQUEST = "invalid_request"
    CONTEXT_LENGTH = "context_length"
    CONTENT_FILTER = "content_filter"
    CONNECTION = "connection"
    STREAM_INTERRUPTED = "stream_interrupted"
    CANCELLED = "cancelled"
    OTHER = "other"


# Failures that are the caller's own doing or a policy at work; they are shown, and no alarm counts them.
NOT_A_FAULT: frozenset[ErrorType] = frozenset({ErrorType.CANCELLED, ErrorType.CONTENT_FILTER})
