"""Documents with something in them that its writer never writes: structure-aware, reproducible by seed."""

import copy
import re
from random import Random
from typing import Any, Final

import numpy as np

_NUMBERS: Final = (0, 1, -1, 2, 3, 127, 255, -128, 2**15, 2**31 - 1, -(2**31), 2**53, 2**62, -(2**63))
_FLOATS: Final = (0.0, -0.0, 1.0, -1.0, 1e-45, 3e38, -3e38, 1e300, 0.5)
_STRINGS: Final = ("", "0", "1", "-1", "7", "4294967295", "9" * 40, "nan", "a", "\x00", "é", "[1]", "gbtree")


def mutated(document: Any, random: Random) -> Any:  # noqa: ANN401 - any JSON or UBJSON value
    """A copy of `document` with one to three changes at places chosen by `random`."""
    root = {"": copy.deepcopy(document)}
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        _change(_place(root, random), random)
    return root[""]


def _place(root: dict[str, Any], random: Random) -> tuple[Any, Any]:
    """A container and a key or index of it."""
    container: Any = root
    key: Any = ""
    while isinstance(container[key], dict | list) and len(container[key]) and random.random() < 0.93:
        container = container[key]
        key = (
            random.choice(list(container))
            if isinstance(container, dict)
            else random.randrange(len(container))
        )
    return container, key


def _change(place: tuple[Any, Any], random: Random) -> None:
    container, key = place
    match container[key]:
        case np.ndarray() as array:
            container[key] = _changed_array(array, random)
        case _ if random.random() < 0.1:
            _restructure(container, key, random)
        case bool() | None:
            container[key] = random.choice((True, False, None, 0))
        case int():
            container[key] = random.choice((*_NUMBERS, container[key] + 1, container[key] - 1))
        case float():
            container[key] = random.choice(_FLOATS)
        case str():
            container[key] = random.choice(_STRINGS)
        case _:
            container[key] = random.choice(([], {}, "", 0, None))


def _restructure(container: Any, key: Any, random: Random) -> None:  # noqa: ANN401 - as `mutated`
    kind = random.randrange(3)
    if kind == 0:
        container[key] = random.choice(([], {}, "", 0, 1.5, None, True, [container[key]]))
    elif isinstance(container, dict) and key:
        value = container.pop(key)
        if kind == 1:
            container[f"{key}_"] = value
    elif isinstance(container, dict):
        container[key] = [container[key]]
    elif kind == 1:
        container.insert(key, copy.deepcopy(container[key]))
    else:
        del container[key]


def _changed_array(array: Any, random: Random) -> Any:  # noqa: ANN401 - of any type
    kind = random.randrange(8)
    if kind == 0:
        return array[: random.randrange(len(array) + 1)]
    if kind == 1:
        return np.append(array, array[:1])
    if kind == 2:
        return array.astype(random.choice((np.int8, np.uint8, np.int16, np.int32, np.int64, np.float32)))
    changed = array.copy()
    if len(changed):
        index = random.randrange(len(changed))
        if np.issubdtype(changed.dtype, np.integer):
            bounds = np.iinfo(changed.dtype)
            near = (int(changed[index]) + 1, int(changed[index]) - 1, random.randrange(len(changed) + 1))
            value = random.choice((*near, *_NUMBERS))
            changed[index] = min(max(value, bounds.min), bounds.max)
        else:
            with np.errstate(over="ignore"):
                changed[index] = np.float32(random.choice((*_FLOATS, np.nan, np.inf)))
    return changed


_MARKERS: Final = b"[]{}$#SiUIlLdDTFZNC"
_LENGTHS: Final = (0, 1, 2, 255, 2**31 - 1, 2**31, 2**32, 2**61, 2**63 - 1, 2**63, 2**64 - 1)
_NESTED: Final = (1, 15, 16, 17, 1_000, 100_000)


def mutated_ubjson(content: bytes, random: Random) -> bytes:
    """`content` with one to three changes to its markers, lengths or nesting, which no value of it shows."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 3))):
        lengths = [each.end() for each in re.finditer(rb"L(?=\x00{4})", changed)]
        place = random.choice(lengths or [1])
        match random.randrange(5):
            case 0:  # a length, or a 64-bit value
                length = int.from_bytes(changed[place : place + 8])
                new = random.choice((*_LENGTHS, (length - 1) % 2**64, length + 1))
                changed[place : place + 8] = new.to_bytes(8)
            case 1:  # what kind of number a length is
                changed[place - 1] = random.choice(_MARKERS)
            case 2:  # what an array is of
                typed = [each.end() for each in re.finditer(rb"\[\$", changed)]
                changed[random.choice(typed or [0])] = random.choice(_MARKERS)
            case 3:  # a value within many
                changed[place - 1 : place - 1] = random.choice((b"[", b"{", b"[#", b"[$[#")) * random.choice(
                    _NESTED
                )
            case _:  # a piece that is missing, or there twice
                end = random.choice(lengths or [1])
                start, end = sorted((place, end))
                changed[start:end] = random.choice((b"", bytes(changed[start:end]) * 2))
    return bytes(changed)
