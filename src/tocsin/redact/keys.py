"""Names of attributes whose whole value is a secret, whatever it looks like.

Source: OpenTelemetry's `http.request.header.<name>` and `rpc.*.metadata.<name>` conventions, and the environment
variables that some exporters copy into metadata.
"""

# The end of an attribute's name, in lower case with `_` for `-`; it must be the whole name or follow `.`, `_` or `-`.
SECRET_KEYS: tuple[str, ...] = (
    "access_token",
    "api_key",
    "apikey",
    "auth_token",
    "authorization",
    "bearer_token",
    "client_secret",
    "connection_string",
    "cookie",
    "credential",
    "credentials",
    "id_token",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "private_token",
    "refresh_token",
    "secret",
    "secret_access_key",
    "secret_key",
    "security_token",
    "session_token",
    "set_cookie",
    "subscription_key",
    "x_auth_token",
)

_ENDINGS = "|".join(key.replace("_", "[_-]") for key in SECRET_KEYS)
# For RE2, on the attribute's name as sent.
SECRET_KEY_PATTERN = rf"(?i)(?:^|[._-])(?:{_ENDINGS})$"
SECRET_VALUE = "[redacted:value]"  # noqa: S105 - what stands in a secret's place
