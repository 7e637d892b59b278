"""Detector `huggingface-token`: tokens of Hugging Face."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"(?:hf_|api_org_)[A-Za-z0-9]{16,}" + TAIL

DETECTOR = Detector(
    name="huggingface-token",
    what="User and organisation tokens of Hugging Face.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("huggingface-token"),
    matches=(
        Example(f"HF_TOKEN=hf_{letters(34)}", letters(34)),
        Example(f"api_org_{letters(34)}", letters(34)),
    ),
    misses=("hf_hub_download(repo_id)", "from hf_transformers_integration_layer import x", "hf_token"),
    source="https://huggingface.co/docs/hub/security-tokens",
)
