"""How many tokens a call used, by kind."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts of one call. None means not reported, 0 means reported as zero; parts never exceed their whole."""

    # The whole prompt, cached and cache-writing parts included.
    input_tokens: int | None = None
    # Part of the input: read from the provider's cache.
    cached_tokens: int | None = None
    # Part of the input: written to the provider's cache, for whatever time.
    cache_write_tokens: int | None = None
    # Part of the cache write: kept for an hour instead of five minutes.
    cache_write_1h_tokens: int | None = None
    # The whole answer, reasoning included.
    output_tokens: int | None = None
    # Part of the output.
    reasoning_tokens: int | None = None

    def __post_init__(self) -> None:
        cached, written = self.cached_tokens or 0, self.cache_write_tokens or 0
        hour, reasoning = self.cache_write_1h_tokens or 0, self.reasoning_tokens or 0
        whole_in, whole_out = self.input_tokens or 0, self.output_tokens or 0
        assert min(whole_in, cached, written, hour, whole_out, reasoning) >= 0, "a count is not negative"
        assert cached + written <= whole_in, "cached parts lie inside the input"
        assert hour <= written, "the hour's part lies inside the cache write"
        assert reasoning <= whole_out, "reasoning lies inside the output"
