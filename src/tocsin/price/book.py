"""The price book: from a provider and a model, as the data names them, to dated rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tocsin.model.price import PriceRow, Unpriced, UnpricedReason
from tocsin.price.catalogue import Catalogue, installed
from tocsin.price.layers import Layer, rows_from
from tocsin.price.override import Override


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The catalogue with the configuration's overrides above it, the later over the earlier."""

    overrides: Sequence[Override] = ()
    catalogue: Catalogue = field(default_factory=installed)

    def rows_for(self, provider: str, model: str) -> list[PriceRow] | Unpriced:
        """Return the pair's rows, which never overlap, or why there is none.

        Where the rows leave a gap (an override with dates, for a model that the catalogue does not know), the pair has
        no price at that date.
        """
        found = self.catalogue.find(provider, model)
        layers: list[Layer] = [] if isinstance(found, Unpriced) else list(found.layers)
        missing = found if isinstance(found, Unpriced) else None
        for override in self.overrides:
            if override.applies_to(provider, model):
                own = self._layers_of(override)
                if isinstance(own, Unpriced):
                    missing = own
                else:
                    layers += own
        rows = rows_from(provider, model, layers)
        if rows:
            return rows
        if missing is not None:
            return missing
        return Unpriced(UnpricedReason.NOT_PRICED_BY_TOKENS, f"{model!r} is not priced by tokens")

    def _layers_of(self, override: Override) -> list[Layer] | Unpriced:
        if not override.same_as:
            return [override.layer()]
        provider, model = override.same_as.split("/", 1)
        found = self.catalogue.find(provider, model)
        return found if isinstance(found, Unpriced) else list(_clipped(found.layers, override))


def _clipped(layers: Iterable[Layer], override: Override) -> Iterable[Layer]:
    """Keep what falls into the override's dates."""
    for layer in layers:
        since = _later(layer.since, override.since)
        until = override.until
        if since is not None and until is not None and since >= until:
            continue
        source = f"configuration {override.named}, same as {layer.source}"
        yield replace(layer, source=source, since=since, until=until)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    moments = [moment for moment in (one, other) if moment is not None]
    return max(moments) if moments else None
