"""NumPy's format .npz: a zip archive with a file NAME.npy for each array."""

import io
import math
import re
import struct
import zipfile
import zlib

import numpy as np

# An archive of a few bytes can say that it unpacks to gigabytes.
MAX_RATIO, ALWAYS = 20, 64 << 20
HEADER = re.compile(
    rb"\{'descr': '([<>])f([248])', 'fortran_order': (True|False), 'shape': \((|\d+,|\d+(?:, \d+)+)\), \} *\n"
)
HEADER_SIZE = 1000


def encoded(tensors: dict[str, np.ndarray]) -> bytes:
    """The file with these arrays."""
    file = io.BytesIO()
    np.savez(file, **tensors)
    return file.getvalue()


def decoded(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of the bytes of a file, as float32. Raises ValueError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if total > max(ALWAYS, MAX_RATIO * len(data)):
                raise ValueError(f"it unpacks to {total:,} bytes; write it with numpy.savez, which does not compress")
            arrays = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in arrays or name == member.filename:
                    raise ValueError(f"it has {member.filename[:60]!r} twice, or it is not an array")
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ValueError("it is compressed in a way that numpy does not use")
                with archive.open(member) as file:
                    arrays[name] = array(name, file.read(member.file_size))  # read() would unpack more than it says
            return arrays
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, OSError) as error:
        raise ValueError(f"it is not of the format npz, or damaged: {error}") from None


def array(name: str, data: bytes) -> np.ndarray:
    """The array of a file .npy: magic, version, the length of the header, the header as a Python literal, the data."""
    width = {1: 2, 2: 4, 3: 4}.get(data[6] if data[:6] == b"\x93NUMPY" and len(data) > 6 else 0)
    if not width:
        raise ValueError(f"{name[:60]} is not of the format npy")
    start = 8 + width
    end = start + int.from_bytes(data[8:start], "little")
    match = HEADER.fullmatch(data[start:end]) if end - start <= HEADER_SIZE else None
    if not match:
        raise ValueError(f"{name[:60]} is not a plain array of float16, float32 or float64")
    order, size, fortran, axes = (part.decode() for part in match.groups())
    shape = [int(n) for n in axes.split(",") if n]
    if not all(shape) or math.prod(shape) * int(size) != len(data) - end:
        raise ValueError(f"{name[:60]} has {len(data) - end:,} bytes, which do not fit its shape")
    values = np.frombuffer(data, f"{order}f{size}", offset=end)
    with np.errstate(over="ignore"):  # An infinity is refused with its name, later.
        return values.astype(np.float32).reshape(shape, order="F" if fortran == "True" else "C")
