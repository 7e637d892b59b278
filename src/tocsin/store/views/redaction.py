"""The redaction profile as SQL: nothing that a detector matches reaches a table.

A prefilter over all patterns at once (Vectorscan) runs once a row, over all its texts joined; only a row that it stops
is rewritten, text by text and pattern by pattern (RE2). One place in the statement, since the engine plans a view anew
for every insert and each pattern costs planning time.

A value that is kept as the bytes it came in (a map, a list in a list) can't be rewritten. It goes whole if there is a
secret in it, or a member whose name says that it is one.
"""

from tocsin.model.profile import Profile
from tocsin.store.literal import text, texts
from tocsin.store.views.values import OPAQUE

# Where such bytes stand in a text, as base64.
_OPAQUE = f"{OPAQUE}([A-Za-z0-9+/=]+)"
# In a message of a map, a member's name stands before the tag of its value.
_NAMES = r"([\x20-\x7e]+)\x12"
# A text stands behind its tag and one or two bytes of its length, which may look like a letter of its first word.
_LENGTHS = (r"\n[^\n]", r"\n[^\n][^\n]")


def redacted(array: str, profile: Profile) -> str:
    """Return the expression that writes an array of texts with every secret in it replaced."""
    if not profile.detectors:
        return array
    rewritten = "v"
    for detector in profile.detectors:
        rewritten = f"replaceRegexpAll({rewritten}, {text(detector.pattern)}, {text(detector.replacement)})"
    joined = f"arrayStringConcat({array}, '\\n')"
    stopped = f"multiMatchAny({joined}, {texts(profile.first_looks)})"
    shown = f"if(position({joined}, {text(OPAQUE)}) = 0, {array}, {_without_opaque_secrets(array, profile)})"
    return f"if({stopped}, arrayMap(v -> {rewritten}, {shown}), {shown})"


def _without_opaque_secrets(array: str, profile: Profile) -> str:
    bytes_of = "arrayMap(b -> toValidUTF8(tryBase64Decode(b)), extractAll(v, " + text(_OPAQUE) + "))"
    cut = ", '\\n', ".join(f"replaceRegexpAll(b, {text(length)}, '\\n ')" for length in _LENGTHS)
    secret = f"multiMatchAny(concat(b, '\\n', {cut}), {texts(profile.first_looks)})"
    named = f"arrayExists(k -> match(k, {text(profile.secret_key_pattern)}), extractAll(b, {text(_NAMES)}))"
    held = f"arrayExists(b -> {secret} OR {named}, {bytes_of})"
    return f"arrayMap(v -> if(position(v, {text(OPAQUE)}) > 0 AND {held}, {text(profile.secret_value)}, v), {array})"


def hidden(keys: str, values: str, profile: Profile) -> str:
    """Return the expression that hides the values whose key says that they are secret as a whole."""
    # `(?m)`: the first look is at all names at once, one a line.
    by_line = text("(?m)" + profile.secret_key_pattern)
    named = f"multiMatchAny(arrayStringConcat({keys}, '\\n'), [{by_line}])"
    secret = f"match(k, {text(profile.secret_key_pattern)})"
    hide = f"arrayMap((k, v) -> if({secret} AND v != '', {text(profile.secret_value)}, v), {keys}, {values})"
    return f"if({named}, {hide}, {values})"
