"""What a reader may not do from where it asks."""

from tocsin.model.problem import Problem


class Refused(Problem):
    """The request could be answered and will not be; `reason` says how it must be made."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
