"""OTLP's `AnyValue` as text: scalars as they are, lists and maps as JSON."""

# Marks a value that is kept as the protobuf bytes that came, in base64.
OPAQUE = "otlp;base64,"


def _quoted(string: str) -> str:
    # The engine also escapes slashes, which hides an address or a key from the patterns that look for it.
    return f"replaceAll(toJSONString({string}), '\\\\/', '/')"


def _scalars(value: str, *, quoted: bool) -> str:
    string = f"if(isNull({value}.text), NULL, {_quoted(f'assumeNotNull({value}.text)')})" if quoted else f"{value}.text"
    return f"{string}, toString({value}.whole), toString({value}.real), toString({value}.flag)"


def _opaque(value: str, *fields: str) -> str:
    return ", ".join(f"'{OPAQUE}' || base64Encode({value}.{field})" for field in fields)


def scalar_text(value: str) -> str:
    """Return the expression that writes a scalar as text; a list or a map stays opaque."""
    return f"coalesce({_scalars(value, quoted=False)}, {_opaque(value, 'list', 'map')}, '')"


def flat_text(value: str) -> str:
    """Return the expression that writes a scalar, or a list of scalars as JSON; deeper values stay opaque.

    No value at all, which some senders do write, is the empty string.
    """
    items = f"{value}.list.items"
    item = f"coalesce({_scalars('i', quoted=True)}, {_opaque('i', 'list', 'map')}, 'null')"
    return (
        f"coalesce({_scalars(value, quoted=False)}, {_opaque(value, 'map', 'raw')}, "
        f"if(empty({items}), '', '[' || arrayStringConcat(arrayMap(i -> {item}, {items}), ',') || ']'))"
    )


def readable(texts: str) -> str:
    """Return the expression that mends an array of texts: bytes that are not UTF-8 become U+FFFD.

    What is stored can be shown, and a secret beside a broken byte is still seen as one.
    """
    mended = f"arrayMap(t -> if(isValidUTF8(t), t, toValidUTF8(t)), {texts})"
    return f"if(isValidUTF8(arrayStringConcat({texts})), {texts}, {mended})"
