"""Blocks of rows x LANES numbers that a kernel keeps in the registers of the processor.

Numba vectorises simple loops, but no loop that keeps a dozen sums in registers, as a fast matrix product
does. So this file defines a Numba type for such a block, of one row or a few:

    w = load(v, i, j)              v[i, j : j + LANES], a block of one row
    a = zeros(rows, v)             a block of so many rows, a constant, of the dtype of v
    a = add_outer(a, h, n, k, w)   a + outer product of h[n : n + rows, k] and w, one instruction for each register
    store(a, v, i, j)              its rows into v[i], v[i + 1], ..., from column j on

LLVM turns it into what the machine has: AVX, AVX-512, NEON. Without Numba, the same lines use NumPy arrays.
"""

import numpy as np
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core.cgutils import get_item_pointer, ir
from numba.core.errors import TypingError
from numba.extending import lower_builtin, models, register_model, type_callable


def has_wide_registers() -> bool:
    """Whether this processor has AVX-512, and so 32 registers of 64 bytes in place of 16 of 32 bytes."""
    try:
        return bool(get_host_cpu_features().get("avx512f"))
    except RuntimeError:  # LLVM cannot tell.
        return False


# Two registers for float32, and as many rows as fit: of 32 registers, 26 hold sums; of 16, 12 do. So many sums
# hide how long one product takes, and a row of the matrix is read for many rows of h.
LANES, ROWS = (32, 13) if has_wide_registers() else (16, 6)


def load(v, i, j):
    """A block of one row: LANES numbers of v (rows, columns), in row i, from column j on."""
    return v[i : i + 1, j : j + LANES].copy()


def zeros(rows, v):
    """A block of `rows` rows of zeros, which are numbers like those of v."""
    return np.zeros((rows, LANES), v.dtype)


def add_outer(a, h, n, k, w):
    """The block `a` + the numbers of h in column k, from row n on, each times the block w of one row."""
    return a + h[n : n + len(a), k : k + 1] * w


def store(a, v, i, j):
    """Writes the rows of the block `a` into v (rows, columns): into row i and below, from column j on."""
    v[i : i + len(a), j : j + LANES] = a


class Block(types.Type):
    """The Numba type of a block of so many rows of LANES numbers of one dtype."""

    def __init__(self, dtype, rows):
        self.dtype, self.rows = dtype, rows
        super().__init__(name=f"Block({dtype}, {rows})")


@register_model(Block)
class BlockModel(models.PrimitiveModel):
    """How LLVM represents it: as an array of vectors."""

    def __init__(self, manager, block):
        row = ir.VectorType(manager.lookup(block.dtype).get_value_type(), LANES)
        super().__init__(manager, block, ir.ArrayType(row, block.rows))


def address(context, builder, array_type, array, i, j):
    """A pointer to the number v[i, j] of an array."""
    struct = context.make_array(array_type)(context, builder, array)
    return get_item_pointer(context, builder, array_type, struct, [i, j])


def refuse_strides(v):
    """Raises TypingError unless v is contiguous: the numbers of a row are neighbours in memory."""
    if v.layout != "C":
        raise TypingError("load and store need a contiguous array")


def below(builder, i, row):
    """The index of so many rows below row i."""
    return builder.add(i, ir.Constant(i.type, row))


@type_callable(load)
def type_of_load(context):
    def typer(v, i, j):
        refuse_strides(v)
        return Block(v.dtype, 1)

    return typer


@lower_builtin(load, types.Array, types.Integer, types.Integer)
def compiled_load(context, builder, signature, arguments):
    start = address(context, builder, signature.args[0], *arguments)
    whole = builder.bitcast(start, context.get_value_type(signature.return_type).as_pointer())
    return builder.load(whole, align=signature.return_type.dtype.bitwidth // 8)


@type_callable(zeros)
def type_of_zeros(context):
    def typer(rows, v):
        if isinstance(rows, types.IntegerLiteral):
            return Block(v.dtype, rows.literal_value)

    return typer


@lower_builtin(zeros, types.IntegerLiteral, types.Array)
def compiled_zeros(context, builder, signature, arguments):
    return ir.Constant(context.get_value_type(signature.return_type), None)


@type_callable(add_outer)
def type_of_add_outer(context):
    return lambda a, h, n, k, w: a


@lower_builtin(add_outer, Block, types.Array, types.Integer, types.Integer, Block)
def compiled_add_outer(context, builder, signature, arguments):
    a, h, n, k, w = arguments
    w = builder.extract_value(w, 0)
    nothing = ir.Constant(w.type, ir.Undefined)
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    for row in range(signature.return_type.rows):
        number = builder.load(address(context, builder, signature.args[1], h, below(builder, n, row), k))
        first = builder.insert_element(nothing, number, ir.IntType(32)(0))
        product = builder.fmul(builder.shuffle_vector(first, nothing, everywhere), w, flags=("contract",))
        total = builder.fadd(builder.extract_value(a, row), product, flags=("contract",))
        a = builder.insert_value(a, total, row)
    return a


@type_callable(store)
def type_of_store(context):
    def typer(a, v, i, j):
        refuse_strides(v)
        return types.none

    return typer


@lower_builtin(store, Block, types.Array, types.Integer, types.Integer)
def compiled_store(context, builder, signature, arguments):
    block, array, i, j = arguments
    for row in range(signature.args[0].rows):
        values = builder.extract_value(block, row)
        start = address(context, builder, signature.args[1], array, below(builder, i, row), j)
        pointer = builder.bitcast(start, values.type.as_pointer())
        builder.store(values, pointer, align=signature.args[1].dtype.bitwidth // 8)
    return context.get_dummy_value()
