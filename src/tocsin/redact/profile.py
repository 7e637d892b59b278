"""The profiles that exist."""

from tocsin import registry
from tocsin.model.detector import Detector
from tocsin.model.profile import Profile
from tocsin.redact import detectors
from tocsin.redact.keys import SECRET_KEY_PATTERN, SECRET_VALUE


def _ordered() -> tuple[Detector, ...]:
    """Return all detectors: those that know a secret by its shape before those that go by the name beside it."""
    found = registry.load(detectors, "DETECTOR", Detector).values()
    return tuple(sorted(found, key=lambda detector: detector.by_name))


# Secrets only; names, addresses and health data are for other profiles.
DEFAULT = Profile("default", _ordered(), SECRET_KEY_PATTERN, SECRET_VALUE)
