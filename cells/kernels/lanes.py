"""Vectors of LANES numbers inside a kernel. Each is one vector register of the processor, or a few.

Numba vectorises simple loops, but no loop that keeps a dozen sums in registers, as a fast matrix product
does. So this file defines a Numba type for such a vector:

    w = load(v, i, j)           v[i, j : j + LANES]
    a = x * w,  a = a + x * w   x a number: each lane times x; a product and a sum become one instruction
    store(a, v, i, j)           v[i, j : j + LANES] = a

LLVM turns it into what the machine has: AVX, AVX-512, NEON. Without Numba, the same lines use NumPy arrays.
"""

import operator

from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core.cgutils import get_item_pointer, ir
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, overload, register_model


def has_wide_registers() -> bool:
    """Whether this processor has AVX-512, and so 32 registers of 64 bytes in place of 16 of 32 bytes."""
    try:
        return bool(get_host_cpu_features().get("avx512f"))
    except RuntimeError:  # LLVM cannot tell.
        return False


# Two registers for float32: with six rows, twelve sums, enough to hide how long one product takes.
LANES = 32 if has_wide_registers() else 16


def load(v, i, j):
    """LANES numbers of v (rows, columns): row i, from column j on."""
    return v[i, j : j + LANES].copy()


def store(a, v, i, j):
    """Writes LANES numbers into row i of v (rows, columns), from column j on."""
    v[i, j : j + LANES] = a


class Lanes(types.Type):
    """The Numba type of a vector of LANES numbers of one dtype."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Lanes({dtype})")


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """How LLVM represents it: as a vector."""

    def __init__(self, manager, lanes):
        element = manager.lookup(lanes.dtype).get_value_type()
        super().__init__(manager, lanes, ir.VectorType(element, LANES))


def address(context, builder, array_type, array, at):
    """A pointer to the vector that begins at the element `at` = [i, j] of an array."""
    struct = context.make_array(array_type)(context, builder, array)
    element = get_item_pointer(context, builder, array_type, struct, at)
    return builder.bitcast(element, context.get_value_type(Lanes(array_type.dtype)).as_pointer())


def refuse_strides(v):
    """Raises TypingError unless v is contiguous: the lanes are neighbours in memory."""
    if v.layout != "C":
        raise TypingError("load and store need a contiguous array")


@intrinsic
def load_lanes(typing, v, i, j):
    refuse_strides(v)

    def codegen(context, builder, signature, arguments):
        array, *at = arguments
        where = address(context, builder, signature.args[0], array, at)
        return builder.load(where, align=v.dtype.bitwidth // 8)

    return Lanes(v.dtype)(v, types.intp, types.intp), codegen


@intrinsic
def store_lanes(typing, a, v, i, j):
    refuse_strides(v)

    def codegen(context, builder, signature, arguments):
        lanes, array, *at = arguments
        where = address(context, builder, signature.args[1], array, at)
        builder.store(lanes, where, align=v.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(a, v, types.intp, types.intp), codegen


@intrinsic
def multiply_lanes(typing, x, w):
    def codegen(context, builder, signature, arguments):
        number, lanes = arguments
        nothing = ir.Constant(lanes.type, ir.Undefined)
        first = builder.insert_element(nothing, number, ir.IntType(32)(0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
        return builder.fmul(builder.shuffle_vector(first, nothing, everywhere), lanes, flags=("contract",))

    return w(w.dtype, w), codegen


@intrinsic
def add_lanes(typing, a, b):
    def codegen(context, builder, signature, arguments):
        return builder.fadd(*arguments, flags=("contract",))

    return a(a, a), codegen


@overload(load)
def compiled_load(v, i, j):
    return lambda v, i, j: load_lanes(v, i, j)


@overload(store)
def compiled_store(a, v, i, j):
    return lambda a, v, i, j: store_lanes(a, v, i, j)


@overload(operator.mul)
def compiled_multiply(x, w):
    if isinstance(w, Lanes):
        return lambda x, w: multiply_lanes(x, w)


@overload(operator.add)
def compiled_add(a, b):
    if isinstance(a, Lanes):
        return lambda a, b: add_lanes(a, b)
