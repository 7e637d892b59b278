"""Whether a span failed, and of which class the failure is."""

from tocsin.model.dimension import ErrorType
from tocsin.model.mapping import Conventions, ErrorSigns, Field
from tocsin.store.literal import text, texts
from tocsin.store.views.slots import value_of
from tocsin.store.views.tables import belongs, lookup

# Characters of a message that are searched for a class.
MESSAGE_MAX = 2_000

# A failure as one text, its signs apart: class, numbers, message, and whether an answer had begun.
_CLASS, _NUMBERS, _MESSAGE, _BEGUN, _END = "\x01", "\x02", "\x03", "\x04", "\x05"
_NUMBER = r"\b([45][0-9][0-9])\b"


def columns(conventions: Conventions, is_model_call: str) -> dict[str, str]:
    """Return the columns of `spans` about failure."""
    error_type, response_id = value_of(Field.ERROR_TYPE), value_of(Field.RESPONSE_ID)
    failed = f"status_code = 2 OR {error_type} != '' OR n_finish = 'error'"
    begun = f"n_streamed = 2 AND (n_first > 0 OR {response_id} != '')"
    # The provider cut the stream, and the emitter says that all is well.
    cut = f"{belongs(conventions, lambda m: m.cut_without_finish)} AND {is_model_call} AND {begun} AND n_finish = ''"
    said = f"substring(concat(status_message, ' ', {_of_exception('exception.message')}), 1, {MESSAGE_MAX})"
    signs = (
        f"concat({text(_CLASS)}, {error_type}, ' ', {_of_exception('exception.type')}, "
        f"{text(_NUMBERS)}, {value_of(Field.HTTP_STATUS)}, ' ', {error_type}, ' ', extract({said}, {text(_NUMBER)}), "
        f"{text(_MESSAGE)}, {said}, {text(_BEGUN)}, if({begun}, 'y', ''), {text(_END)})"
    )
    patterns = [(pattern, error) for signs_of in conventions.errors for pattern, error in _patterns(signs_of)]
    first = f"arrayMin(multiMatchAllIndices({signs}, {texts(pattern for pattern, _ in patterns)}))"
    classes = {number: str(error) for number, (_, error) in enumerate(patterns, 1)}
    classed = lookup(f"toUInt32({first})", classes, text(str(ErrorType.OTHER)))
    return {
        "is_error": f"{failed} OR {cut}",
        "error_type": f"multiIf({failed}, {classed}, {cut}, {text(str(ErrorType.STREAM_INTERRUPTED))}, '')",
    }


def _patterns(signs: ErrorSigns) -> list[tuple[str, ErrorType]]:
    """Return signs as patterns over the whole text (Vectorscan)."""
    found: list[str] = []
    if signs.names:
        found.append(f"{_CLASS}[^{_NUMBERS}]*({signs.names})[^{_NUMBERS}]*{_NUMBERS}")
    if signs.numbers:
        found.append(f"{_NUMBERS}[^{_MESSAGE}]*\\b({'|'.join(map(str, signs.numbers))})\\b[^{_MESSAGE}]*{_MESSAGE}")
    if signs.texts:
        found.append(f"{_MESSAGE}[^{_BEGUN}]*({signs.texts})[^{_BEGUN}]*{_BEGUN}")
    patterns: list[tuple[str, ErrorType]] = []
    for sign in found:
        if signs.error is ErrorType.CONNECTION:
            # Libraries call it a connection error, too, when an answer breaks off in the middle.
            patterns.append((f"(?i){sign}[^{_END}]*y{_END}", ErrorType.STREAM_INTERRUPTED))
        patterns.append((f"(?i){sign}", signs.error))
    return patterns


def _of_exception(key: str) -> str:
    return f"if(empty(event_names), '', arrayFlatten(event_vals)[indexOf(arrayFlatten(event_keys), {text(key)})])"
