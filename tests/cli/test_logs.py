import subprocess
import sys

PROGRAM = """
import logging
import structlog
from tocsin.cli import logs
from tocsin.config import parse

file = '[channels.x]\\ntype = "webhook"\\nurl = { env = "HOOK" }\\n[ingest.keys]\\ndefault = { env = "KEY" }'
logs.set_up(parse(file, "tocsin.toml", {"HOOK": "https://h.example/xq7token77", "KEY": "abc12key"}).secrets)
try:
    raise ValueError("no answer from https://h.example/xq7token77")
except ValueError as fault:
    structlog.get_logger().exception("a round failed", fault=str(fault), key="abc12key")
logging.getLogger("urllib3").warning("retrying /xq7token77")
logging.getLogger("urllib3").info("connected")
structlog.get_logger().info("pages at http://127.0.0.1:4319/incidents")
"""


def test_no_secret_of_the_configuration_is_in_a_log_line_whoever_writes_it() -> None:
    """Our own lines with their stacks, and those of libraries that nobody asked to keep quiet."""
    said = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stderr
    assert "xq7token77" not in said
    assert "abc12key" not in said
    assert "no answer from ***" in said
    assert "ValueError: no answer from ***" in said
    assert "retrying ***" in said
    assert "connected" not in said
    assert "http://127.0.0.1:4319/incidents" in said
