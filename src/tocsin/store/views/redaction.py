"""The redaction profile as SQL: nothing that a detector matches reaches a table.

A prefilter over all patterns at once (Vectorscan) runs once a row, over all its texts joined; only a row that it stops
is rewritten, text by text and pattern by pattern (RE2). One place in the statement, since the engine plans a view anew
for every insert and each pattern costs planning time.
"""

from tocsin.model.profile import Profile
from tocsin.store.literal import text, texts


def redacted(array: str, profile: Profile) -> str:
    """Return the expression that writes an array of texts with every secret in it replaced."""
    if not profile.detectors:
        return array
    rewritten = "v"
    for detector in profile.detectors:
        rewritten = f"replaceRegexpAll({rewritten}, {text(detector.pattern)}, {text(detector.replacement)})"
    stopped = f"multiMatchAny(arrayStringConcat({array}, '\\n'), {texts(profile.first_looks)})"
    return f"if({stopped}, arrayMap(v -> {rewritten}, {array}), {array})"


def hidden(keys: str, values: str, profile: Profile) -> str:
    """Return the expression that hides the values whose key says that they are secret as a whole."""
    # `(?m)`: the first look is at all names at once, one a line.
    by_line = text("(?m)" + profile.secret_key_pattern)
    named = f"multiMatchAny(arrayStringConcat({keys}, '\\n'), [{by_line}])"
    secret = f"match(k, {text(profile.secret_key_pattern)})"
    hide = f"arrayMap((k, v) -> if({secret} AND v != '', {text(profile.secret_value)}, v), {keys}, {values})"
    return f"if({named}, {hide}, {values})"
