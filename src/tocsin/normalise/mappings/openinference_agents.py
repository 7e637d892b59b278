"""OpenInference's instrumentation of the OpenAI Agents SDK, whose parameters of a call are the answer's.

Source:   openinference-instrumentation-openai-agents 2.6.0, read 2026-11-24
Recorded: tests/golden/mappings/openinference-openai-agents
Gaps:     the requested model of the Responses API and the served one of chat completions are not there; sessions
          (group_id) are not exported; a failed call has no exception event
"""

from dataclasses import replace

from tocsin.model.mapping import Field, Recognise
from tocsin.normalise.mappings import openinference

MAPPING = replace(
    openinference.MAPPING,
    recognise=Recognise(scopes=("openinference.instrumentation.openai_agents",)),
    sources={**openinference.MAPPING.sources, Field.REQUEST_MODEL: ("llm.request.model_name",)},
)
