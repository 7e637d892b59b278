"""A value that must never be shown: not in a log, not in an error, not on a page."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret, and the environment variable it came from; text of any kind made from it is masked.

    Take the value with `reveal()` on the line that sends it, and nowhere else.
    """

    value: str
    # The variable's name, which is no secret; empty when it came from elsewhere.
    env: str = ""

    def reveal(self) -> str:
        """Return the secret itself."""
        return self.value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return "Secret(***)"
