"""The ranges of numbers that options take."""

from .kinds import Number

TINY, HUGE = 1e-12, 1e12
non_negative = Number(int, 0, 10**9, "a whole number, 0 or more, up to 1000000000")
positive = Number(int, 1, 10**9, "a whole number, 1 or more, up to 1000000000")
few = Number(int, 1, 100, "a whole number from 1 to 100")
vocabulary_size = Number(int, 2, 2**31, "a whole number, 2 or more, up to 2147483648")
amount = Number(float, 0, HUGE, "a number, 0 or more, up to 1e+12")
rate = Number(float, TINY, HUGE, "a number above 0, from 1e-12 to 1e+12")
small = Number(float, 1e-30, HUGE, "a number above 0, from 1e-30 to 1e+12")
real = Number(float, -HUGE, HUGE, "a number from -1e+12 to 1e+12")
share = Number(float, 0, 1 - TINY, "a number from 0 up to, but not including, 1")
inside = Number(float, TINY, 1 - TINY, "a number between 0 and 1, and neither of them")
fraction = Number(float, TINY, 1, "a number above 0, up to 1")
