"""Token counts as we count them: cached parts inside the input, reasoning inside the output, missing is not zero."""

from collections.abc import Callable

from tocsin.model.mapping import Conventions, Field, Mapping
from tocsin.store.literal import texts
from tocsin.store.views.slots import value_of
from tocsin.store.views.tables import belongs

# More tokens than this in one call can't be: such a number is taken as not reported.
TOKENS_MAX = 10**12

_COUNTS = (
    Field.INPUT_TOKENS,
    Field.CACHED_TOKENS,
    Field.CACHE_WRITE_TOKENS,
    Field.CACHE_WRITE_1H_TOKENS,
    Field.OUTPUT_TOKENS,
    Field.REASONING_TOKENS,
    Field.TOTAL_TOKENS,
)
_IN, _READ, _WRITE, _HOUR, _OUT, _THOUGHT, _TOTAL = (f"n_held[{at}]" for at, _ in enumerate(_COUNTS, 1))


def counts() -> str:
    """Return the expression of all counts as the emitter gave them; they may come as `1117`, `1117.0` or quoted."""
    loose = "accurateCastOrNull(toFloat64OrNull(replaceAll(c, '\"', '')), 'UInt64')"
    values = ", ".join(value_of(name) for name in _COUNTS)
    return f"arrayMap(c -> if(c = '' OR isNotNull(toUInt64OrNull(c)), toUInt64OrNull(c), {loose}), [{values}])"


def believed(is_call: str) -> str:
    """Return the expression of the counts that can be meant, given `n_counts`; an empty array when there are none.

    A call that used no token at all does not exist: such zeros mean that nothing was reported.
    """
    at_all = f"{is_call} AND ifNull(n_counts[1], 0) + ifNull(n_counts[5], 0) > 0"
    return f"if({at_all}, arrayMap(c -> if(c <= {TOKENS_MAX}, c, NULL), n_counts), [])"


def columns(conventions: Conventions) -> dict[str, str]:
    """Return the columns of `spans` with token counts, given `n_held`; parts never exceed their whole.

    A total that is larger than input and output says what the emitter counts apart from them.
    """
    parts = f"(ifNull({_READ}, 0) + ifNull({_WRITE}, 0))"
    apart = f"ifNull({_TOTAL} - {_IN} - {_OUT}, 0)"
    outside = (
        f"{parts} > 0 AND ({_IN} < {parts} OR {listed(conventions, lambda m: m.cached_outside)} "
        f"OR {apart} = {parts} OR {apart} = {parts} + {_THOUGHT})"
    )
    hidden = f"isNull({_THOUGHT}) AND {apart} > 0 AND {listed(conventions, lambda m: m.reasoning_in_total_only)}"
    thought_apart = (
        f"{_THOUGHT} > {_OUT} OR {_THOUGHT} > 0 AND ({apart} = {_THOUGHT} OR {apart} = {_THOUGHT} + {parts})"
    )
    return {
        "input_tokens": f"{_IN} + if({outside}, {parts}, 0)",
        "cached_tokens": f"if(isNull({_IN}), NULL, {_READ})",
        "cache_write_tokens": f"if(isNull({_IN}), NULL, {_WRITE})",
        "cache_write_1h_tokens": (
            f"multiIf(isNull({_IN}) OR isNull({_WRITE}), NULL, {_HOUR} > {_WRITE}, {_WRITE}, {_HOUR})"
        ),
        "output_tokens": f"{_OUT} + multiIf({hidden}, {apart}, {thought_apart}, {_THOUGHT}, 0)",
        "reasoning_tokens": f"multiIf(isNull({_OUT}), NULL, {hidden}, {apart}, {_THOUGHT})",
    }


def listed(conventions: Conventions, providers: Callable[[Mapping], frozenset[str]]) -> str:
    """Return the condition that the span's mapping lists the span's provider."""
    sets = sorted({tuple(sorted(providers(held))) for held in conventions.mappings.values()} - {()})
    cases = [
        f"{belongs(conventions, lambda m, names=names: providers(m) == frozenset(names))} "
        f"AND has({texts(names)}, n_provided)"
        for names in sets
    ]
    return "(" + " OR ".join(cases or ["0"]) + ")"
