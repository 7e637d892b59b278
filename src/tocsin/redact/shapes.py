"""Pieces that patterns of detectors have in common.

Counted repeats are kept small and classes within ASCII where they can be: RE2 writes every repeat out, and the engine
compiles the replacements anew for every insert.
"""

import re

# What may stand before a secret, as group 1: the start of a word, or the end of an escape, since attributes are often
# JSON in text (`\\n`, `\\u0022`), parts of addresses (`%3D`) or coloured output of a terminal.
EDGE = r"(\b|\\[bfnrt]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2}|\[[0-9;]{1,8}m)"
# What still belongs to a secret of a known shape: whatever goes on without a gap. Were it left, a new word would begin
# there, and redacting a second time could find something in it.
TAIL = r"[A-Za-z0-9_]*"
# A quote, as it stands in plain text, in JSON inside JSON, or in HTML.
QUOTE = r"""(?:\\*["']|\\+u002[27]|&(?:quot|#34|#39);)"""
# Between a name and its value: the name's own closing quote, then a sign. Group-free.
ASSIGN = rf"(?:{QUOTE}|\])?\s{{0,3}}(?:=>|:=|[!=]?={{1,2}}|:|%3[ADad])\s{{0,3}}"
# What may follow a value that is not code: not an opening bracket, and a dot only at the end of a sentence. Anything
# beyond ASCII may: punctuation of other scripts, and the mark that stands for broken bytes.
END = rf"(?:{QUOTE}|[\s,;&)\]}}<|%\\]|[^\x00-\x7f]|\.(?:[\s\"'\\]|$)|$)"


def replaced(name: str) -> str:
    """Return what stands in a secret's place."""
    return f"[redacted:{name}]"


_COUNT = re.compile(r"\{([0-9]+)(?:,[0-9]*)?\}")


def loosened(pattern: str) -> str:
    """Return a first look for a pattern with a telling prefix: its edges dropped and its long runs cut short.

    It finds something wherever the pattern does, and is small enough for Vectorscan.
    """
    bare = pattern.replace(EDGE, "").replace(r"\b", "")
    return _COUNT.sub(lambda count: "{12,}" if int(count[1]) > 12 else count[0], bare)
