"""Detector `stripe-key`: keys of Stripe."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = EDGE + r"(?:[rs]k_(?:live|test|prod)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})" + TAIL

DETECTOR = Detector(
    name="stripe-key",
    what="Secret, restricted and webhook-signing keys of Stripe; publishable keys are public.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("stripe-key"),
    matches=(
        Example("stripe.api_key = 'sk_" + f"live_{letters(24)}'", letters(24)),
        Example("rk_" + f"test_{letters(24)}", letters(24)),
        Example(f"whsec_{letters(32)}", letters(32)),
    ),
    misses=("pk_live_51HqLyjWDarjtT1zdp7dcXyz", "sk_live_", "task_test_runner_configuration"),
    source="https://docs.stripe.com/keys",
)
