"""Detector `provider-key`: keys of other model providers and of tools around models."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import hexes, letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = (
    EDGE + r"(?:gsk_[A-Za-z0-9]{16,}|xai-[A-Za-z0-9]{16,}|pplx-[A-Za-z0-9]{16,}|csk-[a-z0-9]{16,}"
    r"|r8_[A-Za-z0-9]{37}|tgp_v1_[A-Za-z0-9_-]{16,}|fw_[A-Za-z0-9]{16,}|nvapi-[A-Za-z0-9_-]{16,}"
    r"|LLM\|[0-9]{8,}\|[A-Za-z0-9_-]{16,}|tvly-(?:dev-|prod-)?[A-Za-z0-9]{16,}|pcsk_[A-Za-z0-9_]{16,}"
    r"|lsv2_(?:pt|sk)_[A-Za-z0-9_]{16,}|pylf_v[0-9]_[A-Za-z0-9_]{16,}|jina_[A-Za-z0-9_-]{16,}|llx-[A-Za-z0-9_-]{16,}"
    r"|e2b_[0-9a-f]{16,}|sk_[0-9a-f]{16,})" + TAIL
)

DETECTOR = Detector(
    name="provider-key",
    what=(
        "Keys of Groq, xAI, Perplexity, Cerebras, Replicate, Together, Fireworks, NVIDIA, Meta, Tavily, Pinecone, "
        "LangSmith, Logfire, LlamaCloud, Jina, E2B and ElevenLabs."
    ),
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("provider-key"),
    matches=(
        Example(f"GROQ_API_KEY=gsk_{letters(52)}", letters(52)),
        Example(f"xai-{letters(80)}", letters(80)),
        Example(f"pplx-{letters(48)}", letters(48)),
        Example(f"lsv2_pt_{hexes(32)}_{hexes(10)}", hexes(32)),
        Example(f"nvapi-{letters(64)}", letters(64)),
        Example(f"tvly-{letters(32)}", letters(32)),
    ),
    misses=("pplx-embed-context-v1-0.6b", "fw_update", "xai-grok", "the gsk_learn module", "r8_unorm"),
    source="the providers' own documentation of authentication; shapes cross-checked with public samples of keys",
)
