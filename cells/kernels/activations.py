"""exp, tanh and the sigmoids that gates use, as scalar functions that kernels inline.

float64 uses the functions of the math library, because gradients are checked in float64. float32 uses
a polynomial or a quotient of two as an approximation. It has no branch and no call, so the compiler can
vectorise a loop over it (0.3 ns an element; the library's tanh takes 20).

The activation of a gate, y, for the pre-activation a, and its slope from y:
    (1)  y = sigmoid(a) = 1 / (1 + exp(-a)),  or hard: y = 0.2 a + 0.5, cut to 0..1
    (1') slope = y (1 - y),  or hard: 0.2 where 0 < y < 1, else 0

The candidate of minGRU and minLSTM, which is always positive (Feng et al. 2024):
    (2)  y = a + 0.5 where a > 0, else sigmoid(a)
    (2') slope = 1 where y > 0.5, else y (1 - y)
"""

import math

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

try:
    from . import cache
except ImportError:  # An unknown version of Numba: no kernels on disk are better than stale ones.
    cache = None

# How every kernel is compiled: kept on disk; without Python's lock (the GIL); with IEEE division
# (Python's test for a zero divisor would prevent vector instructions); with a * b + c as one
# instruction; and without counting references to arrays (Numba's `_nrt`), as a kernel only works on
# arrays that its caller holds. So np.empty and the like cannot be called in a kernel.
KERNEL = dict(cache=cache is not None, nogil=True, error_model="numpy", fastmath={"contract"}, _nrt=False)

# For kernels that sum over a row: a sum is vectorised only if the order of its terms may change.
SUMS = KERNEL | {"fastmath": {"contract", "reassoc"}}

# tanh(x) ~ x P(x^2) / Q(x^2) for |x| <= LIMIT, with the coefficients of Eigen's float32 tanh, lowest
# power first. Beyond LIMIT, tanh differs from 1 by less than the spacing of float32 numbers.
LIMIT = np.float32(7.90531110763549805)
P = tuple(np.float32(c) for c in (
    4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08, -8.60467152213735e-11,
    2.00018790482477e-13, -2.76076847742355e-16,
))  # fmt: skip
Q = tuple(np.float32(c) for c in (
    4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06,
))  # fmt: skip

HALF = np.float32(0.5)

# exp(x) = 2^n exp(r), n an integer and |r| <= log(2) / 2. n log(2) is subtracted in two parts (Cody and
# Waite 1980): LOG2_HIGH has so few digits that n LOG2_HIGH is exact. exp(r) is a Taylor polynomial.
LOG2_HIGH, LOG2_LOW = np.float32(0.693359375), np.float32(math.log(2) - 0.693359375)
PER_LOG2 = np.float32(1 / math.log(2))
TAYLOR = tuple(np.float32(1 / math.factorial(k)) for k in range(7))
EXP_LOWEST, EXP_HIGHEST = np.float32(-87), np.float32(88)


def rational_tanh(x):
    """tanh of a float32, with an absolute error below 4e-7."""
    x = min(max(x, -LIMIT), LIMIT)
    s = x * x
    p = P[0] + s * (P[1] + s * (P[2] + s * (P[3] + s * (P[4] + s * (P[5] + s * P[6])))))
    q = Q[0] + s * (Q[1] + s * (Q[2] + s * Q[3]))
    return x * p / q


def short_exp(x):
    """exp of a float32, with a relative error below 3e-7; x is first cut to -87..88."""
    x = min(max(x, EXP_LOWEST), EXP_HIGHEST)
    n = np.floor(x * PER_LOG2 + HALF)
    r = x - n * LOG2_HIGH - n * LOG2_LOW
    c = TAYLOR
    p = c[0] + r * (c[1] + r * (c[2] + r * (c[3] + r * (c[4] + r * (c[5] + r * c[6])))))
    # A float32 whose exponent bits are n + 127 and whose other bits are 0 is 2^n.
    return p * np.int32(np.int32(n + 127) << np.int32(23)).view(np.float32)


def exp(x):
    """exp of one number."""
    return math.exp(x)


def tanh(x):
    """tanh of one number."""
    return math.tanh(x)


# In a kernel, exp and tanh mean these functions, by the type of x.
@overload(exp)
def compiled_exp(x):
    return short_exp if x == types.float32 else exp


@overload(tanh)
def compiled_tanh(x):
    return rational_tanh if x == types.float32 else tanh


# These lines run in kernels and in plain Python. Constants get the type of x, as 0.5 by itself would turn
# float32 into float64.
@register_jitable
def sigmoid(x):
    """1 / (1 + exp(-x)) of one number, computed by tanh so that nothing overflows."""
    half = type(x)(0.5)
    return half * tanh(half * x) + half


@register_jitable
def hard_sigmoid(x):
    """0.2 x + 0.5, cut to 0..1: the piecewise linear sigmoid of Theano and early Keras."""
    real = type(x)
    return min(max(real(0.2) * x + real(0.5), real(0)), real(1))


@register_jitable
def gate(x, hard):
    """The activation of a gate: the hard sigmoid or the sigmoid."""
    return hard_sigmoid(x) if hard else sigmoid(x)


@register_jitable
def gate_slope(y, hard):
    """The derivative of `gate`, from its value y."""
    real = type(y)
    if hard:
        return real(0.2) if real(0) < y < real(1) else real(0)  # (1')
    return y * (real(1) - y)  # (1')


@register_jitable
def positive(x):
    """x + 0.5 for a positive number, sigmoid(x) for others, without a branch."""
    zero = type(x)(0)
    return max(x, zero) + sigmoid(min(x, zero))  # (2)


@register_jitable
def positive_slope(y):
    """The derivative of `positive`, from its value y."""
    real = type(y)
    return real(1) if y > real(0.5) else y * (real(1) - y)  # (2')


def is_hard(gates: str) -> bool:
    """What the kernels call `hard`, from what a user calls `gates`: "sigmoid" or "hard"; else raises ValueError."""
    if gates not in ("sigmoid", "hard"):
        raise ValueError(f'gates is {gates!r}; expected "sigmoid" or "hard"')
    return gates == "hard"
