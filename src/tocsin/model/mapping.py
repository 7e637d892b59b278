"""How the spans of one instrumentation become ours: a table, and the small tables that all of them share."""

from collections.abc import Mapping as Table
from dataclasses import dataclass
from enum import StrEnum

from tocsin.model.dimension import ErrorType


class Kind(StrEnum):
    """What a span is to us; the value stands in the store."""

    MODEL_CALL = "model_call"
    EMBEDDING_CALL = "embedding_call"
    TOOL_CALL = "tool_call"
    AGENT = "agent"
    # Anything else: a chain, a workflow, a web request. Never a call, whatever it carries.
    OTHER = "other"


class Operation(StrEnum):
    """What a span does, in the words of the official convention where it has one; the value stands in the store."""

    # Every kind of generation: chat completions, responses, messages, generate_content, converse.
    CHAT = "chat"
    TEXT_COMPLETION = "text_completion"
    EMBEDDINGS = "embeddings"
    EXECUTE_TOOL = "execute_tool"
    INVOKE_AGENT = "invoke_agent"
    CREATE_AGENT = "create_agent"
    # Wrappers: they repeat what their children say.
    WORKFLOW = "workflow"
    STEP = "step"
    RETRIEVAL = "retrieval"
    GUARDRAIL = "guardrail"
    EVALUATION = "evaluation"


KIND_OF: Table[Operation, Kind] = {
    Operation.CHAT: Kind.MODEL_CALL,
    Operation.TEXT_COMPLETION: Kind.MODEL_CALL,
    Operation.EMBEDDINGS: Kind.EMBEDDING_CALL,
    Operation.EXECUTE_TOOL: Kind.TOOL_CALL,
    Operation.INVOKE_AGENT: Kind.AGENT,
    Operation.CREATE_AGENT: Kind.OTHER,
    Operation.WORKFLOW: Kind.OTHER,
    Operation.STEP: Kind.OTHER,
    Operation.RETRIEVAL: Kind.OTHER,
    Operation.GUARDRAIL: Kind.OTHER,
    Operation.EVALUATION: Kind.OTHER,
}


class Field(StrEnum):
    """What is looked up in a span's attributes. Counts are as the emitter counts; the rules below make them ours."""

    # Says which operation it is, in the emitter's own words.
    OPERATION = "operation"
    # A URL or host of the endpoint: tells the provider where the client library's own name does not.
    HOST = "host"
    PROVIDER = "provider"
    REQUEST_MODEL = "request_model"
    RESPONSE_MODEL = "response_model"
    # A model's name that may be either: the served one where an answer came and named itself, else the requested one.
    MODEL = "model"
    RESPONSE_ID = "response_id"
    INPUT_TOKENS = "input_tokens"
    CACHED_TOKENS = "cached_tokens"
    CACHE_WRITE_TOKENS = "cache_write_tokens"
    CACHE_WRITE_1H_TOKENS = "cache_write_1h_tokens"
    OUTPUT_TOKENS = "output_tokens"
    REASONING_TOKENS = "reasoning_tokens"
    # Only a check of the others.
    TOTAL_TOKENS = "total_tokens"
    STREAMING = "streaming"
    # Time to the first token, by unit.
    TTFT_S = "ttft_s"
    TTFT_MS = "ttft_ms"
    FINISH_REASON = "finish_reason"
    # A class, a code or a number in text; any of them means that the span failed.
    ERROR_TYPE = "error_type"
    # Says nothing about failure by itself: a retried call may carry one.
    HTTP_STATUS = "http_status"
    SESSION = "session"
    USER = "user"
    TENANT = "tenant"
    FEATURE = "feature"
    AGENT = "agent"
    # What the span itself is called; names the agent on an agent's own span.
    ENTITY = "entity"
    REPORTED_USD = "reported_usd"


@dataclass(frozen=True, slots=True)
class Inside:
    """A member of the JSON object in an attribute."""

    key: str
    member: str


# An attribute's name, or a member of an attribute.
Source = str | Inside
# For each field its sources; the first that holds a value wins. Empty text and "None" are no values.
Sources = Table[Field, tuple[Source, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """How an instrumentation is told from others. The scope's name is asked first, then attributes."""

    # Whole names of instrumentation scopes.
    scopes: tuple[str, ...] = ()
    # Beginnings of scope names; asked when no whole name fits, the longest first.
    scope_prefixes: tuple[str, ...] = ()
    # Any of these attributes on a span of an unknown scope; names, or beginnings of names.
    attributes: tuple[str, ...] = ()
    attribute_prefixes: tuple[str, ...] = ()
    # Of several that fit by attributes the highest is chosen.
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Flattened:
    """Names of requested tools, one attribute each, in order of the attributes; `*` stands for any text."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Messages:
    """Names of requested tools inside a JSON list of messages with `parts` of type tool_call."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One instrumentation: how to recognise it and where it puts what."""

    recognise: Recognise
    sources: Sources
    # The emitter's word (lower case) for what a span is. A word that is not here makes it other.
    operations: Table[str, Operation]
    # What a span is that says no word at all but names a model. None: no call.
    unsaid: Operation | None = None
    # Names by which whoever wrote the application knows things stand under these prefixes, and in these JSON objects.
    property_prefixes: tuple[str, ...] = ()
    property_objects: tuple[str, ...] = ()
    # Providers (our names) whose cached tokens this emitter does not include in the input tokens. Whatever is said
    # here, input less than its parts, or a total that counts them apart, is taken as a sign of the same.
    cached_outside: frozenset[str] = frozenset()
    # Providers that never name the model that served: a name that may be either is the requested one.
    served_unnamed: frozenset[str] = frozenset()
    # Providers whose reasoning tokens appear only in the total, neither in the output nor by themselves.
    reasoning_in_total_only: frozenset[str] = frozenset()
    tool_names: tuple[Flattened | Messages, ...] = ()
    # Span events of which the first marks the first token.
    first_chunk_events: tuple[str, ...] = ()
    # Names of library classes that the emitter gives as agents or workflows.
    not_names: frozenset[str] = frozenset()
    # It always says when it streams, so that no word on it means no.
    streaming_always_said: bool = False
    # Names of spans that stream.
    streamed_names: frozenset[str] = frozenset()
    # A stream that ends without a finish reason was cut, though the span says nothing of it.
    cut_without_finish: bool = False
    # Of several spans that tell of one call the highest is believed: 3 the provider's own library, 2 an instrumentation
    # of it, 1 a framework around it, 0 anything else.
    trust: int = 1


@dataclass(frozen=True, slots=True)
class ErrorSigns:
    """One class of failures, by any of three signs. They are asked in order; a class may stand there several times."""

    error: ErrorType
    # RE2, without regard to case: of the exception's class or the error's code.
    names: str = ""
    # HTTP status codes.
    numbers: tuple[int, ...] = ()
    # RE2, without regard to case: of the message.
    texts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conventions:
    """Everything that is known about other people's spans."""

    mappings: Table[str, Mapping]
    # Read on every span after its own mapping's sources, known scope or not.
    everywhere: Sources
    # Read on spans that no mapping fits, so that a web request's facts reach the calls inside it.
    unrecognised: Sources
    # Names of the application's own properties: bare, under the prefixes and in the objects of a mapping.
    properties: Table[Field, tuple[str, ...]]
    # Resource attributes; the same fields, where a process serves one tenant or one session.
    resource: Sources
    # Endpoints: whole host names, and ends of host names.
    hosts: Table[str, str]
    host_suffixes: Table[str, str]
    # Other spellings (lower case) of providers; empty for what is no provider.
    providers: Table[str, str]
    # Beginnings of model names (RE2), for spans that name no provider.
    model_makers: Table[str, str]
    finish_reasons: Table[str, str]
    errors: tuple[ErrorSigns, ...]
