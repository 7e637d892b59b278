"""What every mapping must satisfy; a file of its own is all that a new one needs."""

import importlib
import re
from collections import Counter
from pathlib import Path

import pytest

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.mapping import Flattened, Mapping
from tocsin.normalise.conventions import conventions
from tocsin.store.views.slots import compiled

FOUND = conventions().mappings
ROOT = Path(__file__).parents[2]
RECORDINGS = ROOT / "tests" / "golden" / "mappings"


def docstring(name: str) -> str:
    return importlib.import_module(f"tocsin.normalise.mappings.{name}").__doc__ or ""


@pytest.mark.parametrize("name", FOUND)
def test_a_mapping_says_where_it_comes_from_and_what_it_lacks(name: str) -> None:
    text = docstring(name)
    for heading in ("Source:", "Recorded:", "Gaps:"):
        assert f"\n{heading}" in text
    assert re.search(r"\b20\d\d-\d\d-\d\d\b|renames", text), "the day on which the source was read"


def test_every_recording_belongs_to_a_mapping() -> None:
    said = "\n".join(docstring(name) for name in FOUND)
    for folder in RECORDINGS.iterdir():
        family, _, rest = folder.name.partition("-")
        assert folder.name in said or (family in said and f"-{rest}" in said), folder.name


def test_a_scope_belongs_to_one_mapping() -> None:
    scopes = Counter(scope for mapping in FOUND.values() for scope in mapping.recognise.scopes)
    prefixes = Counter(prefix for mapping in FOUND.values() for prefix in mapping.recognise.scope_prefixes)
    assert not [scope for scope, times in (scopes + prefixes).items() if times > 1]


def test_an_attribute_alone_leads_to_one_mapping() -> None:
    ways = [
        (mapping.recognise.priority, name)
        for name, mapping in FOUND.items()
        if mapping.recognise.attributes or mapping.recognise.attribute_prefixes
    ]
    assert len({priority for priority, _ in ways}) == len(ways)


def test_no_attribute_serves_two_fields_of_one_mapping() -> None:
    """It would work, as it does for names from the configuration, but each span would pay for a second search."""
    assert len(compiled(conventions(), AttributeKeys()).tables) == 1


@pytest.mark.parametrize("mapping", FOUND.values(), ids=FOUND)
def test_a_mapping_can_be_recognised_and_its_words_can_be_met(mapping: Mapping) -> None:
    rule = mapping.recognise
    assert rule.scopes or rule.scope_prefixes or rule.attributes or rule.attribute_prefixes
    assert all(word == word.lower() for word in mapping.operations), "what is looked up is in lower case"
    assert all(tools.pattern.count("*") > 0 for tools in mapping.tool_names if isinstance(tools, Flattened))
    assert 0 <= mapping.trust <= 3


def test_shared_tables_speak_the_same_language() -> None:
    shared = conventions()
    assert all(word == word.lower() for word in (*shared.hosts, *shared.providers, *shared.finish_reasons))
    assert all(suffix[0] in ".-" for suffix in shared.host_suffixes)
    # No spelling leads to another spelling.
    assert all(shared.providers.get(ours, ours) == ours for ours in shared.providers.values() if ours)
    assert all(
        shared.providers.get(ours, ours) == ours for ours in (*shared.hosts.values(), *shared.model_makers.values())
    )
