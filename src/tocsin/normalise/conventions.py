"""All that is known about other people's spans, put together from the files of this folder."""

from tocsin import registry
from tocsin.model.mapping import Conventions, Mapping
from tocsin.normalise import mappings
from tocsin.normalise.errors import ERRORS
from tocsin.normalise.providers import HOST_SUFFIXES, HOSTS, MODEL_MAKERS, SPELLINGS
from tocsin.normalise.words import EVERYWHERE, FINISH_REASONS, PROPERTIES, RESOURCE, UNRECOGNISED


def conventions() -> Conventions:
    """Load every mapping and return it with the shared tables. Raises TypeError for a file that offers none."""
    return Conventions(
        mappings=registry.load(mappings, "MAPPING", Mapping),
        everywhere=EVERYWHERE,
        unrecognised=UNRECOGNISED,
        properties=PROPERTIES,
        resource=RESOURCE,
        hosts=HOSTS,
        host_suffixes=HOST_SUFFIXES,
        providers=SPELLINGS,
        model_makers=MODEL_MAKERS,
        finish_reasons=FINISH_REASONS,
        errors=ERRORS,
    )
