"""OpenLLMetry (Traceloop) for Node.

Source:   @traceloop/node-server-sdk and @traceloop/instrumentation-openai 0.27.0, read 2026-11-24
Recorded: tests/golden/mappings/traceloop-node
Gaps:     no cached and no reasoning tokens, no sign of streaming; tokens of a stream are its own estimate; a failed
          call sends no span; an agent's name is written as the workflow's too, so the workflow is not read
"""

from dataclasses import replace

from tocsin.model.mapping import Field, Recognise
from tocsin.normalise.mappings import openllmetry

MAPPING = replace(
    openllmetry.MAPPING,
    recognise=Recognise(scope_prefixes=("@traceloop/",)),
    sources={
        **openllmetry.MAPPING.sources,
        Field.FEATURE: (f"{openllmetry.PROPERTIES}feature",),
    },
    cached_outside=frozenset({"anthropic", "aws.bedrock"}),
    cut_without_finish=False,
)
