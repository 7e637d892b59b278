"""Redaction profiles: what is taken out before anything is stored, as data for the store to compile."""

from dataclasses import dataclass

from tocsin.model.detector import Detector


@dataclass(frozen=True, slots=True)
class Profile:
    """The detectors, in the order in which their replacements are made, and the names whose value goes whole.

    A text goes through the replacements only if any of the patterns matches it: that is what keeps redaction cheap.
    """

    name: str
    detectors: tuple[Detector, ...]
    # RE2, for the attribute's name; when it matches, the value becomes `secret_value`.
    secret_key_pattern: str
    secret_value: str

    @property
    def first_looks(self) -> tuple[str, ...]:
        """The patterns of the first look."""
        return tuple(detector.first_look for detector in self.detectors)
