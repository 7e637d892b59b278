"""Which mapping a span belongs to: by its scope's name, then by the scope's beginning, then by its attributes."""

from tocsin.model.mapping import Conventions
from tocsin.store.literal import text
from tocsin.store.views.tables import lookup


def number(conventions: Conventions) -> str:
    """Return the expression of the mapping's number, by the order of the mappings' names from 1; 0 is none."""
    rules = [(number, mapping.recognise) for number, mapping in enumerate(conventions.mappings.values(), 1)]
    by_name = lookup("scope", {scope: n for n, rule in rules for scope in rule.scopes}, "0")
    beginnings = {prefix: n for n, rule in rules for prefix in rule.scope_prefixes}
    longest_first = "|".join(_quoted(prefix) for prefix in sorted(beginnings, key=len, reverse=True))
    by_beginning = lookup(f"extract(scope, {text(f'^({longest_first})')})", beginnings, "0")
    # The priority stands above the number, so that the greatest is the mapping to choose.
    named = {key: rule.priority << 8 | n for n, rule in rules for key in rule.attributes}
    begun = [
        f"if({' OR '.join(f'startsWith(k, {text(prefix)})' for prefix in rule.attribute_prefixes)}, "
        f"{rule.priority << 8 | n}, 0)"
        for n, rule in rules
        if rule.attribute_prefixes
    ]
    by_attribute = f"bitAnd(arrayMax(k -> greatest({lookup('k', named, '0')}, {', '.join(begun)}), keys), 255)"
    return f"toUInt32(multiIf({by_name} > 0, {by_name}, {by_beginning} > 0, {by_beginning}, {by_attribute}))"


def _quoted(prefix: str) -> str:
    return "".join("\\" + letter if letter in ".+*?()[]{}^$|\\" else letter for letter in prefix)
