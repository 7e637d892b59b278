"""Finds each field's attribute in one pass over a span's keys, whatever the convention.

Each key that any mapping reads has a code. With the mapping's number the code gives a slot (which field) and a rank
(how early in the field's sources). A span's known attributes are sorted by slot and rank and become one small map from
slot to value; where several stand for one slot, the map answers with the first.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tocsin.model.attribute_keys import AttributeKeys
from tocsin.model.mapping import Conventions, Field, Inside, Mapping, Source
from tocsin.store.literal import texts

# A rank is one byte, so that slot and rank compare as one number.
RANKS_MAX = 255
# From (mapping, code) to slot and rank.
Table = dict[tuple[int, int], int]
# Between an attribute's name and a member's; stands in no attribute's name.
_INTO = "→"


@dataclass(slots=True)
class Slots:
    """The lookup as tables: which attribute of which mapping serves which field, and how early."""

    # Of all keys, whatever the mapping.
    codes: dict[str, int] = field(default_factory=dict[str, int])
    # (mapping, code) to slot and rank. A key that serves several fields has its further ones in the next table.
    tables: list[Table] = field(default_factory=list[Table])
    # The same for members of JSON objects, and the attributes that hold those.
    members: list[Table] = field(default_factory=list[Table])
    objects: dict[str, None] = field(default_factory=dict[str, None])

    def add(self, mapping: int, sources: dict[Field, tuple[Source, ...]]) -> None:
        """Enter one mapping's sources under its number."""
        for name, wanted in sources.items():
            for rank, source in enumerate(wanted):
                assert rank <= RANKS_MAX, "ranks fit into a byte"
                entry = _slot(name) << 8 | rank
                if isinstance(source, Inside):
                    self.objects[source.key] = None
                    _enter(self.members, (mapping, self._code(source.key + _INTO + source.member)), entry)
                else:
                    _enter(self.tables, (mapping, self._code(source)), entry)

    def _code(self, key: str) -> int:
        return self.codes.setdefault(key, len(self.codes) + 1)

    def map(self, keys: str, values: str) -> str:
        """Return the expression of the map from slot to value, given `n_m`."""
        pairs = [
            f"arrayFilter(t -> t.1 > 0, arrayMap((k, v) -> (if(v = '' OR v = 'None', 0, "
            f"{self._entry(table, 'k')}), v), {keys}, {values}))"
            for table in self.tables
        ]
        if self.members:
            having = _numbers(sorted({m for table in self.members for m, _ in table}))
            pairs += [
                f"if(has({having}, n_m), {self._member_pairs(table, keys, values)}, [])" for table in self.members
            ]
        joined = pairs[0] if len(pairs) == 1 else f"arrayConcat({', '.join(pairs)})"
        first = f"arrayMap(t -> (toUInt8(bitShiftRight(t.1, 8)), t.2), arraySort(t -> t.1, {joined}))"
        return f"CAST({first}, 'Map(UInt8, String)')"

    def _member_pairs(self, table: Table, keys: str, values: str) -> str:
        held = f"has({texts(self.objects)}, k)"
        members = (
            f"arrayFlatten(arrayMap((o, v) -> arrayMap(t -> (concat(o, '{_INTO}', t.1), t.2), "
            f"JSONExtractKeysAndValues(v, 'String')), arrayFilter(k -> {held}, {keys}), "
            f"arrayFilter((v, k) -> {held}, {values}, {keys})))"
        )
        entry = f"if(t.2 = '' OR t.2 = 'None', 0, {self._entry(table, 't.1')})"
        return f"arrayFilter(t -> t.1 > 0, arrayMap(t -> ({entry}, t.2), {members}))"

    def _entry(self, table: Table, key: str) -> str:
        """Return the expression from a key to its slot and rank; 0 for a key that serves no field."""
        stride = len(self.codes) + 1
        used = {code for _, code in table}
        codes = {key: code for key, code in self.codes.items() if code in used}
        code = f"transform({key}, {texts(codes)}, {_numbers(codes.values())}, 0)"
        pairs = _numbers(m * stride + code for m, code in table)
        return f"transform(n_m * {stride} + {code}, {pairs}, {_numbers(table.values())}, 0)"


def _enter(tables: list[Table], at: tuple[int, int], entry: int) -> None:
    for table in tables:
        if at not in table:
            table[at] = entry
            return
        if table[at] >> 8 == entry >> 8:
            return
    tables.append({at: entry})


def value_of(name: Field) -> str:
    """Return the expression of a field's value, given `n_map`; empty text when there is none."""
    return f"n_map[{_slot(name)}]"


def compiled(conventions: Conventions, keys: AttributeKeys) -> Slots:
    """Enter all mappings, numbered from 1 in the order of their names; 0 is no mapping."""
    slots = Slots()
    slots.add(0, whole(None, conventions, keys))
    for number, mapping in enumerate(conventions.mappings.values(), 1):
        slots.add(number, whole(mapping, conventions, keys))
    return slots


def whole(mapping: Mapping | None, conventions: Conventions, keys: AttributeKeys) -> dict[Field, tuple[Source, ...]]:
    """Return every field's sources for spans of a mapping, or of none: the application's, its own, everyone's."""
    chosen = {Field.TENANT: keys.tenant, Field.FEATURE: keys.feature}
    return {
        name: tuple(
            dict.fromkeys(
                [
                    *chosen.get(name, ()),
                    *_properties(mapping, chosen.get(name, ())),
                    *(mapping.sources.get(name, ()) if mapping else ()),
                    *_properties(mapping, conventions.properties.get(name, ())),
                    *conventions.everywhere.get(name, ()),
                    *(() if mapping else conventions.unrecognised.get(name, ())),
                ]
            )
        )
        for name in Field
    }


def _properties(mapping: Mapping | None, names: Iterable[str]) -> Iterator[Source]:
    if mapping is None:
        return
    for name in names:
        yield from (prefix + name for prefix in mapping.property_prefixes)
        yield from (Inside(key, name) for key in mapping.property_objects)


def _slot(name: Field) -> int:
    return list(Field).index(name) + 1


def _numbers(numbers: Iterable[int]) -> str:
    return "[" + ", ".join(str(number) for number in numbers) + "]"
