"""OpenInference's instrumentation of Google's GenAI SDK, which names the requested model as every model.

Source:   openinference-instrumentation-google-genai 1.4.14, read 2026-11-24
Recorded: tests/golden/mappings/openinference-google-genai
Gaps:     no time to first token; a call that stopped for a tool says that it just stopped
"""

from dataclasses import replace

from tocsin.model.mapping import Field, Inside, Recognise
from tocsin.normalise.mappings import openinference

MAPPING = replace(
    openinference.MAPPING,
    recognise=Recognise(scopes=("openinference.instrumentation.google_genai",)),
    sources={
        **openinference.MAPPING.sources,
        Field.REQUEST_MODEL: ("llm.request.model_name", "llm.model_name"),
        Field.RESPONSE_MODEL: ("llm.response.model_name", Inside("output.value", "model_version")),
        Field.MODEL: (),
        Field.RESPONSE_ID: (Inside("output.value", "response_id"),),
    },
    streamed_names=frozenset({"GenerateContentStream", "AsyncGenerateContentStream"}),
)
