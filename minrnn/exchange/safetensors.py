"""The format safetensors: the length of a header (8 bytes, little-endian), the header as JSON, the numbers.

The header is {"__metadata__": {name: text}, tensor: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, ...}.
The tensors fill what follows it without gaps and overlaps, each in row-major order, little-endian.
See https://github.com/huggingface/safetensors.
"""

import json
import math

import numpy as np

from .strict_json import parsed

MAX_HEADER = 16 << 20  # Python needs up to 30 bytes for one byte of JSON.
MAX_AXES = 8
# NumPy has no bfloat16: it is the upper half of a float32.
DTYPES = {"F16": "<f2", "BF16": "<u2", "F32": "<f4", "F64": "<f8"}


def encoded(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """The file with these float32 arrays. Raises ValueError if the metadata is too long to be read again."""
    header, end = {"__metadata__": metadata}, 0
    for name, v in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(v.shape), "data_offsets": [end, end := end + 4 * v.size]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the numbers are aligned
    if len(text) > MAX_HEADER:
        raise ValueError(f"its vocabulary needs {len(text):,} bytes; a header of safetensors has {MAX_HEADER:,} here")
    parts = [v.astype("<f4").tobytes() for v in tensors.values()]
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])


def decoded(data: bytes) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """(the tensors as float32 arrays, the metadata) of the bytes of a file."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or data[8:9] != b"{":
        raise ValueError("it is not of the format safetensors")
    if length > min(MAX_HEADER, len(data) - 8):
        raise ValueError(f"its header has {length:,} bytes; expected at most {min(MAX_HEADER, len(data) - 8):,}")
    try:
        header = parsed(data[8 : 8 + length])
    except ValueError as error:
        raise ValueError(f"its header is not JSON: {error}") from None
    metadata = header.pop("__metadata__", {})
    if type(metadata) is not dict or not all(type(text) is str for text in metadata.values()):
        raise ValueError("its metadata is not a dict of texts")
    body = memoryview(data)[8 + length :]
    placed = {name: place(name, entry) for name, entry in header.items()}
    end = 0
    for name, (first, last, _, _) in sorted(placed.items(), key=lambda item: item[1][:2]):
        if first != end:
            raise ValueError(f"{name[:60]} begins at byte {first:,} of the data; expected {end:,}")
        end = last
    if end != len(body):
        raise ValueError(f"it has {len(body):,} bytes of data; expected {end:,}")
    return {
        name: as_float32(body[a:b], dtype).reshape(shape) for name, (a, b, dtype, shape) in placed.items()
    }, metadata


def place(name: str, entry: object) -> tuple[int, int, str, list[int]]:
    """(first byte, end, dtype, shape) of a tensor. Raises ValueError unless they fit together."""
    short = name[:60]
    if type(entry) is not dict or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"{short} is not described by dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if type(dtype) is not str or dtype not in DTYPES:
        raise ValueError(f"{short} has dtype {str(dtype)[:20]}; expected one of {', '.join(DTYPES)}")
    if not counts(shape) or not all(shape) or not counts(offsets) or len(offsets) != 2:
        raise ValueError(f"{short} has a shape or offsets that no tensor has")
    size = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    if offsets[1] - offsets[0] != size:
        raise ValueError(f"{short} has {offsets[1] - offsets[0]:,} bytes; its shape needs {size:,}")
    return *offsets, dtype, shape


def counts(values: object) -> bool:
    """Whether this is a list of a few whole numbers, 0 or more."""
    return type(values) is list and len(values) <= MAX_AXES and all(type(n) is int and n >= 0 for n in values)


def as_float32(data: memoryview, dtype: str) -> np.ndarray:
    values = np.frombuffer(data, DTYPES[dtype])
    if dtype == "BF16":
        return (values.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(over="ignore"):  # An infinity is refused with its name, later.
        return values.astype(np.float32)
