"""The readers of safetensors and npz: what they give, what they refuse, and that hostile files cost little."""

import io
import json
import random
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minrnn.exchange import npz, safetensors
from minrnn.exchange.from_torch import from_torch
from minrnn.exchange.strict_json import parsed

MB = 1 << 20
V, D, H = 5, 3, 2
STATE = {
    "encoder.weight": (V, D),
    "rnn.weight_ih_l0": (4 * H, D),
    "rnn.weight_hh_l0": (4 * H, H),
    "rnn.bias_ih_l0": (4 * H,),
    "rnn.bias_hh_l0": (4 * H,),
    "decoder.weight": (V, H),
    "decoder.bias": (V,),
}
READERS = {
    "safetensors": (lambda data: safetensors.decoded(data)[0], lambda v: safetensors.encoded(v, {"a": "b"})),
    "npz": (npz.decoded, npz.encoded),
}


def drawn(rng, shapes=STATE):
    return {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}


def with_header(header, data=b""):
    """A safetensors file with this header: a dict, or its text."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def described(dtype="F32", shape=(1,), offsets=(0, 4)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def npy(v, version=None):
    file = io.BytesIO()
    np.lib.format.write_array(file, v, version)
    return file.getvalue()


def archive(members, how=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", how) as out:
        for name, data in members:
            out.writestr(name, data)
    return file.getvalue()


def assert_equal(one, other):
    assert one.keys() == other.keys()
    for name, v in one.items():
        assert v.dtype == np.float32 and v.shape == other[name].shape and v.tobytes() == other[name].tobytes()


@pytest.mark.parametrize("kind", READERS)
def test_every_float_comes_back_to_the_byte(kind, rng):
    decode, encode = READERS[kind]
    bits = np.frombuffer(rng.bytes(4 * 6000), np.uint32).copy()
    bits[:6] = 0, 1 << 31, 1, 0x7F800000, 0xFF800000, 0x7F7FFFFF
    values = bits.view(np.float32)
    tensors = drawn(rng) | {"all": values[: 20 * 300].reshape(20, 300), "one": values[:1].reshape(1, 1, 1)}
    assert_equal(decode(encode(tensors)), tensors)


@given(st.dictionaries(st.text(max_size=5), st.lists(st.integers(1, 4), max_size=4), max_size=4), st.text())
def test_names_and_metadata_of_any_language_come_back(shapes, text):
    shapes.pop("__metadata__", None)
    tensors = drawn(np.random.default_rng(0), shapes)
    back, metadata = safetensors.decoded(safetensors.encoded(tensors, {"text": text}))
    assert_equal(back, tensors)
    assert metadata == {"text": text}


def test_the_package_safetensors_reads_ours_and_writes_what_we_read(rng):
    package = pytest.importorskip(
        "safetensors.numpy", reason="the package is the witness here; pip install safetensors"
    )
    tensors = drawn(rng)
    assert_equal(package.load(safetensors.encoded(tensors, {"format": "pt", "é\n": '"'})), tensors)
    assert_equal(safetensors.decoded(package.save(tensors, {"a": "b"}))[0], tensors)
    for dtype in (np.float16, np.float64):
        other = {name: v.astype(dtype) for name, v in tensors.items()}
        assert_equal(safetensors.decoded(package.save(other))[0], {k: v.astype(np.float32) for k, v in other.items()})


def test_bfloat16_is_the_upper_half_of_a_float32():
    data = np.array([0x3F80, 0xC040, 0x8000], "<u2").tobytes()
    tensors, _ = safetensors.decoded(with_header({"a": described("BF16", (3,), (0, 6))}, data))
    assert tensors["a"].tolist() == [1, -3, 0] and np.signbit(tensors["a"][2])


@pytest.mark.parametrize("dtype", ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (4, 1, 2)])
def test_arrays_of_numpy_in_any_order_and_width(dtype, shape, rng):
    v = rng.standard_normal(shape).astype(dtype)
    for how in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for version in ((1, 0), (2, 0), (3, 0)):
            members = {order: npy(np.array(v, order=order), version) for order in "CF"}
            back = npz.decoded(archive([(f"{name}.npy", data) for name, data in members.items()], how))
            assert [np.array_equal(w, v.astype(np.float32)) for w in back.values()] == [True, True]


BAD = {
    "empty": b"",
    "length cut": b"\x02\0\0",
    "a pickle": b"\x80\x04" + b"." * 20,
    "header longer than the file": (1 << 40).to_bytes(8, "little") + b"{}",
    "length of 64 bits": b"\xff" * 8 + b"{}",
    "not JSON": with_header(b"{nothing"),
    "a list": with_header(b"[1, 2]"),
    "not UTF-8": with_header(b'{"\xff": 1}'),
    "NaN": with_header(b'{"__metadata__": NaN}'),
    "nested": with_header(b'{"a":' * 200_000),
    "lists": with_header(b'{"a":' + b"[" * 200_000),
    "a number of many digits": with_header(b'{"a": ' + b"9" * 100_000 + b"}"),
    "twice": with_header(b'{"a": 1, "a": 1}'),
    "metadata twice": with_header(b'{"__metadata__": {}, "__metadata__": {}}'),
    "metadata a list": with_header({"__metadata__": []}),
    "metadata of numbers": with_header({"__metadata__": {"a": 1}}),
    "no entry": with_header({"a": None}),
    "a field more": with_header({"a": described() | {"x": 1}}, bytes(4)),
    "a field less": with_header({"a": {"dtype": "F32", "shape": [1]}}, bytes(4)),
    "dtype of integers": with_header({"a": described("I32")}, bytes(4)),
    "dtype a list": with_header({"a": described(["F32"])}, bytes(4)),
    "negative axes": with_header({"a": described(shape=(-1, -1))}, bytes(4)),
    "axes of floats": with_header({"a": described(shape=(1.0,))}, bytes(4)),
    "axes of booleans": with_header({"a": described(shape=(True,))}, bytes(4)),
    "many axes": with_header({"a": described(shape=(1,) * 100)}, bytes(4)),
    "no elements": with_header({"a": described(shape=(0, 10**30), offsets=(0, 0))}),
    "huge axes": with_header({"a": described(shape=(2**62, 4))}, bytes(4)),
    "offsets backwards": with_header({"a": described(offsets=(4, 0))}, bytes(4)),
    "offsets beyond": with_header({"a": described(offsets=(4, 8))}, bytes(4)),
    "three offsets": with_header({"a": described(offsets=(0, 4, 4))}, bytes(4)),
    "overlap": with_header({"a": described(), "b": described()}, bytes(8)),
    "half overlap": with_header({"a": described(), "b": described(offsets=(2, 6))}, bytes(6)),
    "gap": with_header({"a": described(), "b": described(offsets=(8, 12))}, bytes(12)),
    "more data": with_header({"a": described()}, bytes(5)),
    "less data": with_header({"a": described()}, bytes(3)),
    "no tensors but data": with_header({}, bytes(3)),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_bad_safetensors_file_is_refused_with_a_reason(data):
    with pytest.raises(ValueError) as error:
        safetensors.decoded(data)
    assert len(str(error.value).splitlines()) == 1 and len(str(error.value)) < 300


ONE = npy(np.ones(3, np.float32))
BAD_ARCHIVES = {
    "empty": b"",
    "not a zip": b"PK\x03\x04 and so on",
    "a text in it": archive([("readme.txt", b"hello")]),
    "no npy": archive([("a.npy", b"hello")]),
    "cut magic": archive([("a.npy", b"\x93NUMPY")]),
    "version 9": archive([("a.npy", b"\x93NUMPY\x09" + ONE[7:])]),
    "objects": archive([("a.npy", npy(np.array([{}, []], object)))]),
    "integers": archive([("a.npy", npy(np.ones(3, np.int32)))]),
    "long doubles": archive([("a.npy", npy(np.ones(3)).replace(b"<f8", b"<f9"))]),
    "records": archive([("a.npy", npy(np.ones(3, "f4,f4")))]),
    "texts": archive([("a.npy", npy(np.array(["abc"])))]),
    "code in the header": archive([("a.npy", ONE.replace(b"(3,)", b"().x"))]),
    "a number more": archive([("a.npy", ONE + bytes(4))]),
    "a byte less": archive([("a.npy", ONE[:-1])]),
    "no elements": archive([("a.npy", npy(np.ones((0, 3), np.float32)))]),
    "header longer than all": archive([("a.npy", ONE[:8] + b"\xff\xff" + ONE[10:])]),
    "bzip2": archive([("a.npy", ONE)], zipfile.ZIP_BZIP2),
    "lzma": archive([("a.npy", ONE)], zipfile.ZIP_LZMA),
    "encrypted": archive([("a.npy", ONE)]).replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0"),
}


@pytest.mark.parametrize("data", BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
def test_a_bad_npz_file_is_refused_with_a_reason(data):
    with pytest.raises(ValueError) as error:
        npz.decoded(data)
    assert len(str(error.value).splitlines()) == 1 and len(str(error.value)) < 300


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_a_name_twice_is_refused():
    with pytest.raises(ValueError, match=r"'a.npy' twice"):
        npz.decoded(archive([("a.npy", ONE), ("a.npy", ONE)]))


def peak(decode, data):
    """Bytes that a refusal takes."""
    tracemalloc.start()
    with pytest.raises(ValueError):
        decode(data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.slow
def test_a_bomb_is_refused_before_it_unpacks():
    bomb = archive([("a.npy", npy(np.zeros(100 * MB // 4, np.float32)))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < MB
    assert peak(npz.decoded, bomb) < 2 * MB
    # The same with a directory that says it unpacks to 1,000 bytes.
    sized = (100 * MB + 128).to_bytes(4, "little")
    assert bomb.count(sized) == 2
    lying = bomb.replace(sized, (1000).to_bytes(4, "little"))
    assert peak(npz.decoded, lying) < 5 * MB
    # And many that add up.
    part = npy(np.zeros(20 * MB // 4, np.float32))
    several = archive([(f"{k}.npy", part) for k in range(4)], zipfile.ZIP_DEFLATED)
    assert peak(npz.decoded, several) < 2 * MB


@pytest.mark.slow
def test_headers_that_would_take_much_memory_take_little():
    dense = b'{"a":[' + b"{}," * (4 * MB // 3) + b"{}]}"
    assert peak(safetensors.decoded, with_header(dense)) < 40 * len(dense)
    assert peak(safetensors.decoded, with_header(b'{"a":[' + b"{}," * (20 * MB // 3) + b"{}]}")) < MB


@pytest.mark.parametrize("kind", READERS)
def test_every_cut_file_is_refused(kind, rng):
    decode, encode = READERS[kind]
    whole = encode(drawn(rng))
    decode(whole)
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            decode(whole[:length])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("kind", READERS)
def test_files_damaged_by_chance_are_read_or_refused(kind, rng):
    """Every bit flipped, and 20,000 with bytes changed, moved, cut out or put in; what is read goes on to the names."""
    decode, encode = READERS[kind]
    whole = encode(drawn(rng))
    rnd, loaded = random.Random(20240229), 0

    def attempt(data):
        try:
            config, _ = from_torch(decode(data))
            assert config["V"] * config["hidden"] <= len(data)
            return True
        except ValueError as error:
            assert len(str(error).splitlines()) <= 1
            return False

    for k in range(8 * len(whole)):
        damaged = bytearray(whole)
        damaged[k // 8] ^= 1 << k % 8
        loaded += attempt(bytes(damaged))
    for _ in range(20_000):
        data = whole
        for _ in range(rnd.choice((1, 1, 2, 3))):
            k, other, n = rnd.randrange(len(data)), rnd.randrange(len(data)), rnd.choice((1, 2, 4, 9, 40))
            piece = rnd.choice(
                (rnd.randbytes(n), data[other : other + n], bytes([rnd.choice((0, 0xFF, 0x39))]) * n, b"")
            )
            data = data[:k] + piece + data[k + rnd.choice((0, n)) :]
        loaded += attempt(data)
    print(f"{kind}: {8 * len(whole) + 20_000} damaged files, {loaded} read")
    assert 0 < loaded


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data):
    for decode in (safetensors.decoded, npz.decoded):
        for attempt in (data, with_header(data), with_header(b"{" + data + b"}")):
            try:
                decode(attempt)
            except ValueError:
                pass


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.floats(allow_nan=False)


@given(st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=8), v, max_size=3)))
def test_any_header_is_read_or_refused(value):
    for header in ({"a": value}, {"__metadata__": value}, {"a": described() | {"shape": value}},
                   {"a": described() | {"data_offsets": value}}, {"a": described() | {"dtype": value}}):  # fmt: skip
        try:
            safetensors.decoded(with_header(header, bytes(4)))
        except ValueError:
            pass


def test_json_that_says_one_thing_twice_or_no_number_is_refused():
    assert parsed('{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    for text in ('{"a": 1, "b": {"c": 1, "c": 2}}', "[NaN]", "[-Infinity]", "[1", "[" * 100_000, b"\xff"):
        with pytest.raises(ValueError):
            parsed(text)
