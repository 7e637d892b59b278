"""Which attributes of the user's own say whose call it was and what for."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AttributeKeys:
    """Names of attributes, the first one that is there wins; looked for before the well-known ones."""

    # Who the call was made for: a customer, an organisation, a team.
    tenant: tuple[str, ...] = ()
    # What it was made for: a feature, a route, a workflow.
    feature: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for key in (*self.tenant, *self.feature):
            if not key.strip():
                raise ValueError("an attribute's name can't be empty")
