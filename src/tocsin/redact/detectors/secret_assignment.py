"""Detector `secret-assignment`: keys and tokens of unknown shape by the name before them."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import ASSIGN, END, QUOTE, replaced

_NAME = (
    r"(?:(?:api|access|auth|account|private|signing|encryption|master|shared|storage|service|subscription)[_ -]?key"
    r"|secret(?:[_ -]?(?:access)?[_ -]?key)?|token|credentials?)"
)
# At least fifteen signs in all, with a digit: a word or a name in code has none, and a count is shorter.
_SIGN = r"[a-z0-9+/_~%|=-]"
_VALUE = (
    rf"(?:[a-z+/_~%|-]{{0,3}}[0-9]{_SIGN}{{14,}}|[a-z+/_~%|-]{{4,15}}[0-9]{_SIGN}{{11,}}"
    rf"|[a-z+/_~%|-]{{16,}}[0-9]{_SIGN}*)"
)

DETECTOR = Detector(
    name="secret-assignment",
    what="A value of fifteen signs or more, with a digit, after a name such as api_key, secret, token or credential.",
    pattern=(
        rf"(?i)((?:{_NAME}(?:{ASSIGN}|\s(?:is|was)\s{{1,2}})|--[a-z0-9_-]*(?:token|secret|key|bearer)\s{{1,2}})"
        rf"(?:{QUOTE})?){_VALUE}({END})"
    ),
    first_look=(
        rf"(?i)(?:{_NAME}(?:{ASSIGN}|\s(?:is|was)\s{{1,2}})|--[a-z0-9_-]*(?:token|secret|key|bearer)\s{{1,2}})"
        rf"(?:{QUOTE})?{_SIGN}{{15}}"
    ),
    replacement=r"\1" + replaced("secret-assignment") + r"\2",
    matches=(
        Example(f"aws_secret_access_key = {letters(20)}/{letters(19)}", letters(19)),
        Example(f'"apiKey": "{hexes(32)}"', hexes(32)),
        Example(f"client_secret={letters(32)}&grant_type=client_credentials", letters(32)),
        Example(f"ACCESS_TOKEN: '{letters(40)}'", letters(40)),
        Example(f'{{\\"auth_token\\": \\"{hexes(24)}\\"}}', hexes(24)),
        Example(f"my API key is {letters(20)}.\\n", letters(20)),
        Example(f"tool --access-token {hexes(40)} run", hexes(40)),
        Example(f"?token={letters(22)}", letters(22)),
    ),
    misses=(
        '"max_tokens": 4096, "total_tokens": 1234567890123456',
        '{"token": "Hello", "logprob": -0.31, "bytes": [72, 101]}',
        "token = tokenizer_v2.encode_something_long(text)",
        "api_key = os.environ['OPENAI_API_KEY']",
        "api_key=settings.openai_api_key_2",
        'api_key: "<your key>"',
        "the secret: meet at 10",
        "gen_ai.usage.output_tokens=1234567890123456789",
        "token: 1234567",
        "secret_key: str = Field(default=None)",
        "idempotency_key=3f9a7c1e5b0d86423f9a7c1e5b0d8642",
    ),
    source="recorded configuration, logs and prompts",
    by_name=True,
)
