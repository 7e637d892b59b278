"""Names of providers: from what telemetry says (`gen_ai.provider.name` and its relatives) to the catalogue's ids.

Source: OpenTelemetry generative AI registry, semantic conventions 0.66b2; spellings seen in recorded payloads.
Gaps:   watsonx has no prices in the catalogue.
"""

CATALOGUE_ID: dict[str, str] = {
    "openai": "openai",
    "anthropic": "anthropic",
    "azure": "azure",
    "azure.ai.openai": "azure",
    "azure.ai.inference": "azure",
    "az.ai.openai": "azure",
    "az.ai.inference": "azure",
    "azure_openai": "azure",
    "gcp.gemini": "google",
    "gcp.vertex_ai": "google",
    "gcp.gen_ai": "google",
    "google": "google",
    "gemini": "google",
    "vertex_ai": "google",
    "aws": "aws",
    "aws.bedrock": "aws",
    "bedrock": "aws",
    "deepseek": "deepseek",
    "groq": "groq",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "mistral_ai": "mistral",
    "mistral": "mistral",
    "cohere": "cohere",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "moonshot_ai": "moonshotai",
    "moonshotai": "moonshotai",
    "together": "together",
    "together_ai": "together",
    "fireworks": "fireworks",
    "fireworks_ai": "fireworks",
    "cerebras": "cerebras",
    "novita": "novita",
    "voyage": "voyageai",
    "voyageai": "voyageai",
}

# Whoever runs these pays for machines, not for tokens; a price can be set in the configuration.
OWN_MACHINES: frozenset[str] = frozenset(
    {
        "ollama",
        "vllm",
        "llama_cpp",
        "llamacpp",
        "llamafile",
        "lm_studio",
        "lmstudio",
        "local",
        "sglang",
        "tgi",
        "triton",
    }
)

# Clients of these are pointed at other providers too, and telemetry then still names these: for a model that they do
# not sell, the maker is asked.
BORROWED: frozenset[str] = frozenset({"openai", "anthropic"})
