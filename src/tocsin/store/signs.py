"""What single calls show, as expressions: the signs of model/signs.py, counted where calls are added up.

A statement says @signs@ for the column of names and counts, made of rollups, or of calls where it reads `calls AS c`;
settling says @shown@ for the names of what one call shows, which of most calls is nothing.
"""

from collections.abc import Mapping
from typing import Final

from tocsin.model.dimension import ErrorType
from tocsin.model.mapping import Operation
from tocsin.model.signs import Sign, of_error

# What is no part of a family's name: where it is sold and by whom, and after it the version.
# Seen at OpenAI, Anthropic, Google, Mistral, Amazon Bedrock, Vertex, OpenRouter; read 2026-11-25.
_SOLD: Final = "^(.*/)?((us|eu|apac|global)[.])?((ai21|amazon|anthropic|cohere|deepseek|meta|mistral|openai|qwen)[.])?"
_VERSION: Final = (
    "([-@:._]+(latest|preview|exp|beta|free|20[0-9]{2}-?[01][0-9]-?[0-3][0-9]|[01][0-9]-(20[0-9]{2}|[0-3][0-9])"
    "|[0-9]{3,4}|v[0-9]+:[0-9]+))+$"
)


def family(model: str) -> str:
    """Return the expression of a model's family: its name without seller, date and version."""
    return f"replaceAll(replaceRegexpOne(replaceRegexpOne(lower({model}), '{_SOLD}', ''), '{_VERSION}', ''), '.', '-')"


_BOTH: Final = "c.request_model != '' AND c.response_model != ''"
_OTHER: Final = f"c.request_model != c.response_model AND {family('c.request_model')} != {family('c.response_model')}"
_OUTPUT: Final = f"c.output_tokens IS NOT NULL AND c.operation != '{Operation.EMBEDDINGS}'"
_REFUSED: Final = "c.finish_reason IN ('content_filter', 'refusal')"

# Of calls without an error.
CONDITIONS: Final[Mapping[Sign, str]] = {
    Sign.CUT_SHORT: "c.finish_reason = 'length'",
    Sign.EMPTY: f"{_OUTPUT} AND c.output_tokens = 0 AND empty(c.tool_names) AND NOT {_REFUSED}",
    Sign.ENDING_UNTOLD: "c.finish_reason = ''",
    Sign.MODEL_UNTOLD: f"NOT ({_BOTH})",
    Sign.OUTPUT_UNTOLD: f"NOT ({_OUTPUT})",
    Sign.REFUSED: _REFUSED,
    Sign.SWAPPED: f"{_BOTH} AND {_OTHER}",
}
_ERROR: Final = f"if(c.error_type = '', '{of_error(ErrorType.OTHER)}', concat('{of_error('')}', c.error_type))"
_NAMES: Final = ", ".join(f"if(ifNull({condition}, false), '{sign}', '')" for sign, condition in CONDITIONS.items())

# What stands for @shown@, and what for @signs@: of calls, of rollups, or none, which costs nothing.
SHOWN: Final = f"if(c.is_error, [{_ERROR}], arrayFilter(sign -> sign != '', [{_NAMES}]))"
_TYPE: Final = "::Tuple(Array(String), Array(UInt64))"
CALLED_SIGNS: Final = f"sumMap({SHOWN} AS shown, arrayMap(sign -> toUInt64(1), shown)){_TYPE}"
ROLLED_SIGNS: Final = f"sumMap(signs.names, signs.counts){_TYPE}"
NO_SIGNS: Final = f"([], []){_TYPE}"

# The condition of calls that show a sign, by its name; one that a filter refused by an error shows it too.
SHOWING: Final[Mapping[str, str]] = {
    **{sign.value: f"NOT c.is_error AND {condition}" for sign, condition in CONDITIONS.items()},
    Sign.REFUSED.value: f"({_REFUSED} OR c.error_type = '{ErrorType.CONTENT_FILTER}')",
}
