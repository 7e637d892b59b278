"""Detector `aws-key`: access keys of Amazon Web Services, long-lived, temporary and for Bedrock."""

from tocsin.model.detector import Detector, Example
from tocsin.redact.madeup import letters
from tocsin.redact.shapes import EDGE, TAIL, loosened, replaced

_PATTERN = (
    EDGE + r"(?:(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b|ABSK[A-Za-z0-9+/]{16,}={0,2}"
    r"|bedrock-api-key-[A-Za-z0-9+/=_-]{16,}|da2-[a-z0-9]{26}\b"
    r"|amzn\.mws\.[0-9a-z]{8}-[0-9a-z-]{16,})" + TAIL
)

DETECTOR = Detector(
    name="aws-key",
    what="Access key ids of AWS and keys for Bedrock; the secret half is found by the name beside it.",
    pattern=_PATTERN,
    first_look=loosened(_PATTERN),
    replacement=r"\1" + replaced("aws-key"),
    matches=(
        Example("aws_access_key_id = AKIA" + "IOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
        Example("ASIA" + "Q7K2R9T4LWY8NH3F" + " is temporary", "Q7K2R9T4LWY8NH3F"),
        Example(f"AWS_BEARER_TOKEN_BEDROCK=ABSK{letters(110)}==", letters(110)),
        Example(f"bedrock-api-key-{letters(40)}", letters(40)),
    ),
    misses=("AKIA", "the AKIAK river", "ASIA-PACIFIC REGION", "AKIALOWERcaseletters", "EURASIAQ7K2R9T4LWY8NH3F"),
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, unique identifiers",
)
