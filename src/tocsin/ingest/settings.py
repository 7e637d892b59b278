"""What the doors may be told: addresses, keys and limits, with units in the names."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from tocsin.model.problem import SettingFault

MIB = 1024 * 1024
DEFAULT_PROJECT = "default"


def _no_keys() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Settings:
    """Addresses, keys and limits of the OTLP doors. Raises ValueError when the limits contradict each other."""

    # Loopback unless there are keys, see `refuse_open_door`.
    host: str = "127.0.0.1"
    # 0 takes any free port.
    http_port: int = 4318
    grpc_port: int = 4317
    # Ingest key to project. Empty: no key is asked for and everything goes to the project "default".
    keys: Mapping[str, str] = field(default_factory=_no_keys, repr=False)
    # One request, after decompression.
    body_bytes_max: int = 16 * MIB
    # One JSON request; lower, because a parsed JSON document takes many times its text in memory. The limit above holds
    # for it too.
    json_bytes_max: int = 8 * MIB
    # Lists and objects inside each other in a JSON body; the engine reads far fewer.
    json_depth_max: int = 64
    # Everything that is being read, waits or is being stored, over all doors.
    queue_bytes_max: int = 64 * MIB
    queue_requests_max: int = 1024
    # What one insert may take together.
    group_bytes_max: int = 32 * MIB
    # How long the hash of a stored body is remembered, and how many of them.
    repeat_window_s: int = 600
    repeats_max: int = 65_536
    # A sender that is slower than this with one body is cut off.
    body_read_s_max: float = 30.0
    # What a refused sender is told; exporters give up after about ten seconds, so it must be short.
    retry_after_s: float = 1.0
    # Messages that the gRPC door reads at one time; further ones wait in the sender.
    grpc_reads_max: int = 8
    # Threads that decompress and read JSON; each may hold one body outside the queue's budget.
    decode_threads: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.body_bytes_max <= self.queue_bytes_max:
            raise ValueError(
                f"body_bytes_max must lie in 1..queue_bytes_max ({self.queue_bytes_max}); found {self.body_bytes_max}"
            )
        at_least_one = ("json_bytes_max", "json_depth_max", "queue_requests_max", "grpc_reads_max", "decode_threads")
        for name in at_least_one:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1; found {getattr(self, name)}")


def refuse_open_door(settings: Settings) -> SettingFault | None:
    """Say why these settings must not be served, or None when they may.

    A door that others than this machine can reach needs an ingest key; an empty key is no key.
    """
    if any(not key.strip() for key in settings.keys):
        return SettingFault("ingest.keys", "found an empty ingest key; write a long random one or remove it")
    if settings.keys or _is_loopback(settings.host):
        return None
    return SettingFault(
        "ingest.host",
        f'"{settings.host}" can be reached from outside this machine and no ingest key is set, so anyone could write; '
        'set ingest.keys, or write host = "127.0.0.1"',
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
