"""What was asked for and is not there."""

from tocsin.model.problem import Problem


class Missing(Problem):
    """Nothing of this name exists, or not any more; `link` and `text` offer the nearest thing that does."""

    def __init__(self, reason: str, link: str, text: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.link = link
        self.text = text
