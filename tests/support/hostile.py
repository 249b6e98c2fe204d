"""Pickles that were made to do harm, or that only look like checkpoints: {what it is: body of the file}."""

import gzip
import io
import pickle
import struct
import tarfile
import zipfile
from itertools import permutations

import numpy as np

P = b"\x80\x04"
COMMAND = "touch sprung"
# Shown whole, it takes sixteen times the memory of its file.
WIDE = "\x01" * 8_000_000 + "\U0001f600"


def text(s):
    return b"\x8c" + bytes([len(s)]) + s.encode()


def name(module, attribute):
    return text(module) + text(attribute) + b"\x93"


def number(n):
    return b"\x8a\x09" + n.to_bytes(9, "little", signed=True) if abs(n) >= 2**62 else b"\x8a\x08" + struct.pack("<q", n)


def raw(data):
    return b"B" + struct.pack("<I", len(data)) + data


def tuple_of(*parts):
    return b"(" + b"".join(parts) + b"t"


RECONSTRUCT, NDARRAY, DTYPE = (
    name("numpy._core.multiarray", "_reconstruct"),
    name("numpy", "ndarray"),
    name("numpy", "dtype"),
)
BLANK = RECONSTRUCT + tuple_of(NDARRAY, tuple_of(number(0)), raw(b"b")) + b"R"


def dtype_state(order="<", names=b"N", fields=b"N", size=-1, alignment=-1, flags=0):
    return tuple_of(number(3), text(order), b"N", names, fields, number(size), number(alignment), number(flags)) + b"b"


def dtype(code="f4", state=None):
    return DTYPE + tuple_of(text(code), b"\x89", b"\x88") + b"R" + (dtype_state() if state is None else state)


def array(shape=(2,), kind=None, data=bytes(8)):
    axes = tuple_of(*map(number, shape))
    return BLANK + tuple_of(number(1), axes, dtype() if kind is None else kind, b"\x89", raw(data)) + b"b"


def executions():
    system, call = name("os", "system"), text(COMMAND) + b"\x85"
    calls = {
        "REDUCE": system + call + b"R",
        "GLOBAL": b"cos\nsystem\n" + call + b"R",
        "INST": b"(" + text(COMMAND) + b"ios\nsystem\n",
        "OBJ": b"(" + system + text(COMMAND) + b"o",
        "NEWOBJ": name("subprocess", "Popen") + call + b"\x81",
        "NEWOBJ_EX": name("subprocess", "Popen") + call + b"}\x92",
        "EXT1": b"\x82\x01",
        "EXT2": b"\x83\x01\x00",
        "EXT4": b"\x84\x01\x00\x00\x00",
        "PERSID": b"Pabc\n",
        "BINPERSID": text("abc") + b"Q",
        "a call with a mark below its arguments": system + b"(" + text(COMMAND) + b"\x85R",
        "a name that is no text": b"K\x01K\x02\x93",
    }
    gadgets = {
        "builtins": ("eval", "exec", "getattr", "setattr", "__import__", "open", "compile", "type"),
        "operator": ("attrgetter", "methodcaller", "call"),
        "numpy": (
            "load",
            "fromfile",
            "memmap",
            "ndarray.tofile",
            "lib.format.open_memmap",
            "ctypeslib.load_library",
            "f2py.crackfortran.os.system",
            "dtype.__class__",
        ),
        "numpy._core.multiarray": ("scalar", "_reconstruct.__call__", "fromfile"),
        "numpy._core.numeric": ("_frombuffer",),
        "numpy.core.multiarray": ("scalar",),
        "functools": ("partial", "reduce"),
        "codecs": ("encode",),
        "copyreg": ("_reconstructor",),
        "ctypes": ("CDLL",),
        "importlib": ("import_module",),
        "socket": ("create_connection",),
        "antigravity": ("x",),
        "minrnn.checkpoint": ("load",),
        "__main__": ("load",),
    }
    for module, attributes in gadgets.items():
        calls |= {f"{module} {a}": name(module, a) + call + b"R" for a in attributes}
    calls["BUILD on a function"] = RECONSTRUCT + b"}" + text("__doc__") + b"Ns" + b"b"
    calls["BUILD on _frombuffer"] = (
        name("numpy._core.numeric", "_frombuffer") + b"N}" + text("__defaults__") + b"N\x86b"
    )
    calls["BUILD on a dict"] = b"}}b"
    return {what: P + body + b"." for what, body in calls.items()}


def arrays():
    fields = b"}" + text("a") + tuple_of(dtype("f8"), number(10**9)) + b"s"
    objects = b"}" + text("a") + tuple_of(dtype("O8", dtype_state("|")), number(0)) + b"s"
    struct_state = dtype_state("|", text("a") + b"\x85", fields, 8, 1, 16)
    bodies = {
        "dtype with an offset outside": array((1,), dtype("V8", struct_state)),
        "dtype f4 with fields": array((2,), dtype("f4", dtype_state("<", text("a") + b"\x85", fields, 8, 1, 16))),
        "dtype with a field of objects": array(
            (1,), dtype("V8", dtype_state("|", text("a") + b"\x85", objects, 8, 1, 63))
        ),
        "dtype with other flags": array((2,), dtype("f4", dtype_state(flags=63))),
        "dtype with another size": array((2,), dtype("f4", dtype_state(size=400))),
        "dtype without a state": array((2,), dtype("f4", b"")),
        "dtype with two states": array((2,), dtype("f4", dtype_state() + dtype_state(">"))),
        "dtype with a byte order that is none": array((2,), dtype("f4", dtype_state("=="))),
        "dtype of a dtype": array((2,), DTYPE + tuple_of(DTYPE, b"\x89", b"\x88") + b"R" + dtype_state()),
        **{f"dtype {code}": array((1,), dtype(code, dtype_state("|"))) for code in ("O", "O8", "V8", "S8", "U2", "M8")},
        "dtype that is parsed": array((1,), dtype("f4,f4", dtype_state("|"))),
        "shape too large": array((2**40,)),
        "shape of 65 axes": array((1,) * 65, data=bytes(4)),
        "shape negative": array((-2,)),
        "shape negative twice": array((-1, -2)),
        "shape whose product overflows to 0": array((2**32, 2**32), data=b""),
        "shape whose product overflows to 8": array((2**61 + 1, 2), dtype("u1", dtype_state("|")), bytes(2)),
        "shape empty and huge": array((0, 2**61, 2**61), data=b""),
        "shape too small": array((1,)),
        "shape of truth values": BLANK + tuple_of(number(1), b"\x88\x85", dtype(), b"\x89", raw(bytes(4))) + b"b",
        "shape of floats": BLANK
        + tuple_of(number(1), b"G" + struct.pack(">d", 2) + b"\x85", dtype(), b"\x89", raw(bytes(8)))
        + b"b",
        "state with a list for bytes": BLANK + tuple_of(number(1), number(2) + b"\x85", dtype(), b"\x89", b"]") + b"b",
        "state of another version": BLANK
        + tuple_of(number(7), number(2) + b"\x85", dtype(), b"\x89", raw(bytes(8)))
        + b"b",
        "truth values beyond 1": array((2,), dtype("b1", dtype_state("|")), b"\x01\x07"),
        "ndarray uninitialised": NDARRAY + tuple_of(number(64) + b"\x85", text("u1")) + b"R",
        "ndarray uninitialised, by _reconstruct": RECONSTRUCT
        + tuple_of(NDARRAY, number(64) + b"\x85", raw(b"b"))
        + b"R",
        "an array without a state": BLANK,
        "an array without a state in a list": b"]" + BLANK + b"a",
        "an array of a subclass": RECONSTRUCT
        + tuple_of(name("numpy", "matrix"), number(0) + b"\x85", raw(b"b"))
        + b"R",
        "a name as value": b"}" + text("a") + NDARRAY + b"s",
        "a dtype as value": dtype(),
        "bytes as value": raw(b"abc"),
        "one array twice": b"](" + array() + b"\x94h\x00e",
    }
    return {what: P + body + b"." for what, body in bodies.items()}


def bombs():
    far = struct.pack("<I", 2**32 - 1)
    huge = struct.pack("<Q", 2**62)
    laughs = b"]\x94" + b"".join(b"](" + b"h" + bytes([k]) + b"h" + bytes([k]) + b"e\x94" for k in range(40))
    deep_key = b"}" + b")" + b"\x85" * 100_000 + b"Ns"
    bodies = {
        "LONG_BINPUT far": b"Nr" + far,
        "BINPUT": b"Nq\x05",
        "PUT": b"Np99999999999\n",
        "BINBYTES8 of 4 EB": b"\x8e" + huge,
        "BINUNICODE8 of 4 EB": b"\x8d" + huge,
        "BYTEARRAY8": b"\x96" + huge,
        "BINBYTES of 4 GB": b"B" + far,
        "BINUNICODE of 4 GB": b"X" + far,
        "LONG4 of 2 GB": b"\x8b" + far,
        "LONG1 of 255 bytes": b"\x8a\xff" + bytes(255),
        "FRAME of 4 EB": b"\x95" + huge + b"N",
        "INT of 100,000 digits": b"I" + b"9" * 100_000 + b"\n",
        "LONG of digits": b"L" + b"9" * 100_000 + b"L\n",
        "FLOAT as text": b"F1e5\n",
        "STRING": b"S'abc'\n",
        "NEXT_BUFFER": b"\x97",
        "DUP laughs": b"](" + b"N" + b"2" * 100 + b"e",
        "BINGET laughs": laughs,
        "a list in itself": b"]\x94h\x00a",
        "a dict twice": b"](}\x94h\x01h\x00e",
        "a tuple twice": b"](N\x85\x94h\x00e",
        "LONG_BINGET far": b"j" + far,
        "BINGET of nothing": b"h\x00",
        "lists 100,000 deep": b"]" * 100_001 + b"a" * 100_000,
        "tuples 100,000 deep": b")" + b"\x85" * 100_000,
        "dicts 1,000 deep": b"}" + (text("a") + b"}") * 1000 + b"s" * 1000,
        "key of nested tuples": deep_key,
        "key of shared tuples": b"}" + b")" + b"\x94h\x00\x86" * 40 + b"Ns",
        "key int": b"}K\x01Ns",
        "key bytes": b"}" + raw(b"a") + b"Ns",
        "key None": b"}NNs",
        "key list": b"}]Ns",
        "key twice": b"}(" + (text("a") + b"N") * 2 + b"u",
        "key twice by two opcodes": b"}" + (text("a") + b"Ns") * 2,
        "4 million lists": b"](" + b"]" * 4_000_000 + b"e",
        "4 million dicts": b"](" + b"}" * 4_000_000 + b"e",
        "4 million marks": b"(" * 4_000_000,
        "4 million memos": b"N" + b"\x94" * 4_000_000,
        "4 million tuples": b"](" + b")" * 4_000_000 + b"e",
        "4 million numbers": b"](" + b"M\xff\xff" * 4_000_000 + b"e",
        "12 MB of text that widens twice": b"X"
        + struct.pack("<I", 12_000_006)
        + b"a" * 12_000_000
        + "\u00e9\U0001f600".encode(),
        "a million texts that widen": b"](" + b"X\x06\0\0\0aa\xf0\x9f\x98\x80" * 1_000_000 + b"e",
        "a million keys": b"}(" + b"".join(b"\x8c\x05%05xN" % k for k in range(1 << 20)) + b"u",
        "texts shared a million times": b"](" + text("a" * 200) + b"\x94" + b"h\x00" * 1_000_000 + b"e",
        "sets": b"\x8f(K\x01\x90",
        "a frozenset": b"(K\x01\x91",
        "POP": b"NN0",
        "POP_MARK": b"N(N1",
    }
    return {what: P + body + b"." for what, body in bodies.items()}


def malformed():
    bodies = {
        "nothing": b"",
        "only a protocol": P,
        "no STOP": P + b"N",
        "protocol 5": b"\x80\x05N.",
        "protocol 2": b"\x80\x02N.",
        "no protocol": b"N.",
        "a protocol again": P + P + b"N.",
        "STOP on an empty stack": P + b".",
        "STOP with two values": P + b"NN.",
        "STOP within a mark": P + b"N(.",
        "a pickle after the pickle": P + b"N." + P + b"N.",
        "a byte after the pickle": P + b"N.\0",
        "APPEND below a mark": P + b"](Na.",
        "APPEND to a tuple": P + b")Na.",
        "APPENDS without a mark": P + b"]Ne.",
        "SETITEM on a list": P + b"]NNs.",
        "SETITEMS odd": P + b"}(" + text("a") + b"u.",
        "TUPLE without a mark": P + b"Nt.",
        "TUPLE3 of two": P + b"NN\x87.",
        "BUILD of one": P + b"Nb.",
        "MEMOIZE of nothing": P + b"\x94.",
        "REDUCE of one": P + b"NR.",
        "text that is no UTF-8": P + b"\x8c\x02\xff\xfe.",
        "BINFLOAT cut": P + b"G\0\0.",
        "None": P + b"N.",
        "a list": P + b"].",
        "an empty dict": P + b"}.",
    }
    bodies |= {f"opcode 0x{code:02x}": P + b"N" + bytes([code]) + b"." for code in (0x00, 0x7F, 0xFF)}
    return bodies


def other_files():
    """Files of other kinds, all of which hold a pickle of a dict somewhere."""
    inner = pickle.dumps({"format": "minrnn", "version": 1})
    found = {"gzip": gzip.compress(inner), "text": b"A text.\n"}
    for kind, write in {
        "npy": lambda file: np.save(file, np.arange(5.0)),
        "npy of objects": lambda file: np.save(file, np.array([{}, None]), allow_pickle=True),
        "npz": lambda file: np.savez(file, a=np.arange(5.0)),
        "zip": lambda file: zipped(file, inner),
        "tar": lambda file: tarred(file, inner),
    }.items():
        file = io.BytesIO()
        write(file)
        found[kind] = file.getvalue()
    return found


def zipped(file, inner):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", inner)


def tarred(file, inner):
    with tarfile.open(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("data.pkl")
        member.size = len(inner)
        archive.addfile(member, io.BytesIO(inner))


def clone(value):
    return pickle.loads(pickle.dumps(value))


def layers_of_nothing(saved, layers=20_500):
    """A file of less than a megabyte that asks for so many layers."""
    model = saved["config"]["model"] | {"cell": "lnlstm", "hidden": 1, "layers": layers}
    nothing = {f"w{k}": np.zeros(0, "f4") for k in range(layers)}
    return saved | {"config": saved["config"] | {"model": model}, "weights": saved["weights"] | nothing}


def many_rows(config, **options):
    """The config of a run whose text fills a billion rows."""
    text = config["text"] | {"symbols": 10**15, "learned": 10**15}
    return config | {"text": text, "options": config["options"] | options}


def changed(saved):
    """The checkpoint `saved` (a dict), each time with one impossible thing in it: {what: body}."""

    def value(path, make):
        def change(tree):
            if not path:
                return make(tree)
            *folders, last = path
            for folder in folders:
                tree = tree[folder]
            tree[last] = make(tree.get(last)) if callable(make) else make
            return tree

        return change

    def spoilt(number):
        def make(v):
            v = v.copy()
            v.flat[-1] = number
            return v

        return make

    model, options, progress = ("config", "model"), ("config", "options"), ("progress",)
    weight = ("weights", "layers.0.Wh")
    cases = {
        "NaN weights": (weight, spoilt(np.nan)),
        "infinite weights": (weight, spoilt(np.inf)),
        "weights of integers": (weight, lambda v: v.astype(np.int32)),
        "weights in a list": (weight, [1.0]),
        "weights beyond float32": (weight, lambda v: v.astype(np.float64) + 1e300),
        "weights turned": (("weights", "output.W"), lambda v: v.T),
        "a weight more": (("weights", "x"), np.zeros(2, "f4")),
        "hidden of 10**9": ((*model, "hidden"), 10**9),
        "hidden of 2**62": ((*model, "hidden"), 2**62),
        "layers of 10**9": ((*model, "layers"), 10**9),
        "embed of 10**9": ((*model, "embed"), 10**9),
        "no layers": ((*model, "layers"), 0),
        "hidden a truth value": ((*model, "hidden"), True),
        "another cell": ((*model, "cell"), "gru"),
        "an unknown cell": ((*model, "cell"), "transformer"),
        "a cell that is a list": ((*model, "cell"), []),
        "dropout of 1": ((*model, "dropout"), 1.0),
        "tied and not embedded": ((*model, "tie_weights"), True),
        "projected and not tied": ((*model, "projection"), 3),
        "a projection of 10**9": (model, lambda m: m | {"tie_weights": True, "projection": 10**9, "embed": 10**9}),
        "rows dropped and not embedded": ((*model, "embedding_dropout"), 0.5),
        "a skip that is a number": ((*model, "skip"), 1),
        "V too large": ((*model, "V"), 10**9),
        "a model more": ((*model, "params"), None),
        "a cell option that is none": ((*model, "cell_options"), {"rng": None}),
        "a gate that is none": ((*model, "cell_options", "gates"), "soft"),
        "cell options a list": ((*model, "cell_options"), []),
        "transforms of 10**9": (model, lambda m: m | {"cell": "mixgru", "cell_options": {"transforms": 10**9}}),
        "rounds of 10**9": (model, lambda m: m | {"cell": "mogrifier", "cell_options": {"rounds": 10**9}}),
        "rank of 10**9": (model, lambda m: m | {"cell": "mogrifier", "cell_options": {"rank": 10**9}}),
        "gates tied": ((*model, "cell_options", "tie_gates"), True),
        "symbols twice": (("vocab", "symbols"), lambda s: [s[1], *s[1:]]),
        "a symbol empty": (("vocab", "symbols"), lambda s: ["", *s[1:]]),
        "a symbol of two": (("vocab", "symbols"), lambda s: ["ab", *s[1:]]),
        "a symbol that is none": (("vocab", "symbols"), lambda s: [None, *s[1:]]),
        "a symbol less": (("vocab", "symbols"), lambda s: s[1:]),
        "an unknown level": (("vocab", "level"), "phoneme"),
        "the level byte": (("vocab", "level"), "byte"),
        "a vocabulary more": (("vocab", "x"), 1),
        "an unknown option": ((*options, "shell"), "true"),
        "an option of another type": ((*options, "batch_size"), "8"),
        "an option out of range": ((*options, "val"), 1.5),
        "an option that is NaN": ((*options, "lr"), float("nan")),
        "an option of 8 MB": ((*options, "lr"), WIDE),
        "a level of 8 MB": (("vocab", "level"), WIDE),
        "an initialiser of 8 million parts": ((*options, "init"), WIDE.replace("\x01", ":")),
        "a style of 8 million": ((*options, "sample_style"), [WIDE.replace("\x01", ",")]),
        "an unknown name of 8 MB": (model, lambda m: m | {WIDE: 1}),
        "20,000 layers of nothing": ((), layers_of_nothing),
        "a text by a name that is none": ((*options, "text"), ["d\ud800/**"]),
        "a text with a zero": ((*options, "text"), ["a\0b"]),
        "no text": ((*options, "text"), []),
        "another seq_len type": ((*options, "seq_len"), 6.0),
        "a style that is none": ((*options, "sample_style"), ["x"]),
        "an initialiser that is none": ((*options, "init"), "normal:-1"),
        "shards of 10**6": (options, lambda o: o | {"shards": 10**6, "batch_size": 10**6}),
        "optimizer NaN": (("optimizer", "m"), spoilt(np.nan)),
        "optimizer short": (("optimizer", "m"), lambda v: v[:-1]),
        "optimizer of another kind": ((*options, "optimizer"), "sgd"),
        "optimizer steps a float": (("optimizer", "steps"), 2.0),
        "optimizer with a vector more": (("optimizer", "s"), np.zeros(2, "f4")),
        "optimizer without a vector": (("optimizer",), lambda o: {name: v for name, v in o.items() if name != "m"}),
        "optimizer steps negative": (("optimizer", "steps"), -1),
        "schedule with a name more": (("optimizer", "schedule"), {"lr": 1.0}),
        "no progress": (("progress",), {}),
        "step negative": ((*progress, "step"), -1),
        "step a float": ((*progress, "step"), 1.0),
        "step beyond all": ((*progress, "step"), 2**62),
        "best NaN": ((*progress, "best"), float("nan")),
        "totals a text": ((*progress, "row_totals"), "abc"),
        "totals with a text": ((*progress, "row_totals"), lambda v: ["1", *v[1:]]),
        "totals too few": ((*progress, "row_totals"), lambda v: v[1:]),
        "totals NaN": ((*progress, "epoch_totals"), [float("nan"), 0.0]),
        "rollbacks negative": ((*progress, "rollbacks"), -1),
        "states none": ((*progress, "states"), []),
        "states of other rows": ((*progress, "states"), lambda s: [[(h[:1], c[:1]) for h, c in s[0]], *s[1:]]),
        "a billion shards": (("config",), lambda c: many_rows(c, batch_size=10**9, shards=10**9)),
        "a billion rows": (("config",), lambda c: many_rows(c, batch_size=10**9)),
        "states of other layers": ((*progress, "states"), lambda s: [shard + clone(shard) for shard in s]),
        "text with a part below none": (("config", "text"), lambda v: v | {"learned": -1}),
        "text without a digest": (("config", "text"), {"symbols": 5, "sha256": "x" * 64}),
        "rng gone": (("rng",), []),
        "a section more": (("extra",), {}),
        "version 2": (("version",), 2),
        "version 0": (("version",), 0),
        "version True": (("version",), True),
        "version text": (("version",), "1"),
        "another format": (("format",), "pytorch"),
        "format a list": (("format",), []),
    }
    bodies = {}
    for what, (path, make) in cases.items():
        copy = clone(saved)
        changed = value(path, make)(copy)
        bodies[what] = pickle.dumps(changed, protocol=4)
    for section, other in permutations(("weights", "vocab", "config"), 2):
        bodies[f"{section} is {other}"] = pickle.dumps(saved | {section: clone(saved[other])}, protocol=4)
    return bodies
