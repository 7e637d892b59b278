"""OTLP's own messages, as the engine reads them.

The numbers are those of opentelemetry-proto 1.x (trace.proto, metrics.proto, logs.proto, common.proto). A field that is
not named here is skipped by the parser. Each request is wrapped in an `Envelope` that says whose it is and when it
came; see `ingest/envelope.py`.
"""

from tocsin.model.received import Signal

_COMMON = """
syntax = "proto3";
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; string version = 2; }
message KeyValue { string key = 1; AnyValue value = 2; }
"""

# Values are scalars and lists of scalars. A map, or a list in a list, is taken as the bytes that it is on the wire, so
# nothing is lost; in log records it is written as a text before (`nested.py`). Small on purpose: the engine plans its
# views anew for every insert, and that time grows with the size of the type that each expression carries (measured: 31
# ms against 13 ms for spans, 229 against 42 for log records).
_VALUE = """
message AnyValue { oneof value {
  string text = 1; bool flag = 2; int64 whole = 3; double real = 4; List list = 5; bytes map = 6; bytes raw = 7; } }
message List { repeated Item items = 1; }
message Item { oneof value {
  string text = 1; bool flag = 2; int64 whole = 3; double real = 4; bytes list = 5; bytes map = 6; } }
"""

_TRACES = """
message Event { fixed64 time_unix_nano = 1; string name = 2; repeated EventValue attributes = 3; }
message EventValue { string key = 1; Scalar value = 2; }
message Scalar { oneof value {
  string text = 1; bool flag = 2; int64 whole = 3; double real = 4; bytes list = 5; bytes map = 6; } }
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  repeated Event events = 11; Status status = 15; }
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; }
message Body { repeated ResourceSpans resource_spans = 1; }
"""

_METRICS = """
message NumberPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; } repeated KeyValue attributes = 7; }
message HistogramPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated KeyValue attributes = 9; }
message Buckets { sint32 offset = 1; repeated uint64 bucket_counts = 2; }
message ExponentialPoint {
  repeated KeyValue attributes = 1; fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4;
  double sum = 5; sint32 scale = 6; fixed64 zero_count = 7; Buckets positive = 8; }
message Gauge { repeated NumberPoint data_points = 1; }
message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message ExponentialHistogram { repeated ExponentialPoint data_points = 1; int32 aggregation_temporality = 2; }
message Metric {
  string name = 1; string unit = 3; Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9;
  ExponentialHistogram exponential_histogram = 10; }
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message Body { repeated ResourceMetrics resource_metrics = 1; }
"""

_LOGS = """
message LogRecord {
  fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; bytes trace_id = 9; bytes span_id = 10; fixed64 observed_time_unix_nano = 11;
  string event_name = 12; }
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message Body { repeated ResourceLogs resource_logs = 1; }
"""

_ENVELOPE = "message Envelope { Body body = 1; string project = 2; fixed64 received_unix_nano = 3; }"

PROTO: dict[Signal, str] = {
    Signal.TRACES: _COMMON + _VALUE + _TRACES + _ENVELOPE,
    Signal.METRICS: _COMMON + _VALUE + _METRICS + _ENVELOPE,
    Signal.LOGS: _COMMON + _VALUE + _LOGS + _ENVELOPE,
}

# Column types of the same messages.
_SCALAR = "text Nullable(String), flag Nullable(Bool), whole Nullable(Int64), real Nullable(Float64)"
_OPAQUE = "list Nullable(String), map Nullable(String)"
SCALAR_TYPE = f"Tuple({_SCALAR}, {_OPAQUE})"
FLAT_TYPE = f"Tuple({_SCALAR}, map Nullable(String), raw Nullable(String), list Tuple(items Array({SCALAR_TYPE})))"


def _pairs(value: str) -> str:
    return f"Array(Tuple(key String, value {value}))"


_KV = _pairs(FLAT_TYPE)
_HEAD = f"resource Tuple(attributes {_KV})"
_SCOPE = "scope Tuple(name String, version String)"
_NUMBER = (
    "Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, as_double Nullable(Float64), "
    f"as_int Nullable(Int64), attributes {_KV}))"
)

BODY_TYPE: dict[Signal, str] = {
    Signal.TRACES: (
        f"Tuple(resource_spans Array(Tuple({_HEAD}, scope_spans Array(Tuple({_SCOPE}, spans Array(Tuple("
        "trace_id String, span_id String, parent_span_id String, name String, kind Int32, "
        f"start_time_unix_nano UInt64, end_time_unix_nano UInt64, attributes {_KV}, "
        f"events Array(Tuple(time_unix_nano UInt64, name String, attributes {_pairs(SCALAR_TYPE)})), "
        "status Tuple(message String, code Int32))))))))"
    ),
    Signal.METRICS: (
        f"Tuple(resource_metrics Array(Tuple({_HEAD}, scope_metrics Array(Tuple({_SCOPE}, metrics Array(Tuple("
        f"name String, unit String, gauge Tuple(data_points {_NUMBER}), "
        f"sum Tuple(data_points {_NUMBER}, aggregation_temporality Int32, is_monotonic Bool), "
        "histogram Tuple(data_points Array(Tuple(start_time_unix_nano UInt64, time_unix_nano UInt64, count UInt64, "
        f"sum Float64, bucket_counts Array(UInt64), explicit_bounds Array(Float64), attributes {_KV})), "
        "aggregation_temporality Int32), "
        f"exponential_histogram Tuple(data_points Array(Tuple(attributes {_KV}, start_time_unix_nano UInt64, "
        "time_unix_nano UInt64, count UInt64, sum Float64, scale Int32, zero_count UInt64, "
        "positive Tuple(offset Int32, bucket_counts Array(UInt64)))), aggregation_temporality Int32))))))))"
    ),
    Signal.LOGS: (
        f"Tuple(resource_logs Array(Tuple({_HEAD}, scope_logs Array(Tuple({_SCOPE}, log_records Array(Tuple("
        f"time_unix_nano UInt64, severity_number Int32, severity_text String, body {FLAT_TYPE}, "
        f"attributes {_KV}, trace_id String, span_id String, observed_time_unix_nano UInt64, "
        "event_name String)))))))"
    ),
}


def null_table(signal: Signal) -> str:
    """Return the statement that makes the table into which raw bodies go; it keeps nothing, its views do."""
    return (
        f"CREATE TABLE IF NOT EXISTS otlp_{signal} (body {BODY_TYPE[signal]}, project String, "
        "received_unix_nano UInt64) ENGINE = Null"
    )
