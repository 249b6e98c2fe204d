"""A pickle is a program for a small stack machine. This machine has 34 of its opcodes, those that a checkpoint needs.

None of them can import, call or build anything but arrays of floats (see arrays.py). Every read is bounded by the
bytes that are left. Every byte of memory is paid for before it is taken, out of a budget that the size of the file
sets; so no other bounds are needed on how many words or numbers a checkpoint holds.

The memo gives back only what cannot change and holds nothing else: strings, names and dtypes. Every container comes
into the result once: the result is a tree of the size of the file.
"""

from functools import partial
from struct import unpack_from

from .arrays import NAMES, DType, Name, NoArray, UnpickleError, call, make_array, set_order

# The budget in bytes, beside the file itself: this many times its size, and this much more.
TIMES, EXTRA = 2, 48 << 20
# The price of an opcode (a place on the stack, in a list or the memo), a number, a container, an item of a dict.
OPCODE, NUMBER, CONTAINER, ITEM = 12, 32, 256, 96
# The price of a text, and of each byte of it: ASCII takes itself and a copy; a byte of other UTF-8 can become four
# bytes, and takes two more meanwhile.
STRING, ASCII, OTHER = 80, 2, 7

UNSHARED = object()


class Machine:
    """The stack, the marks on it (how high it was), the memo, and what is left of the budget."""

    def __init__(self, data: memoryview, copy: bool):
        self.data, self.at, self.copy = data, 0, copy
        self.stack, self.marks, self.memo = [], [], []
        self.budget = TIMES * len(data) + EXTRA

    def run(self) -> object:
        """The value that is left on the stack at STOP, which is the last byte. Raises UnpickleError."""
        data, end = self.data, len(self.data)
        actions = [self.unknown] * 256
        for code, (name, *arguments) in ACTIONS.items():
            actions[code] = partial(getattr(self, name), *arguments)
        if self.take(2) != b"\x80\x04":
            raise UnpickleError("it is not a pickle of protocol 4")
        while self.at < end and (code := data[self.at]) != STOP:
            self.at += 1
            self.budget -= OPCODE
            if self.budget < 0:
                self.spend(0)
            actions[code]()
        if self.at != end - 1:
            raise UnpickleError("it has no end, or goes on after it")
        if self.marks or len(self.stack) != 1:
            raise UnpickleError("it ends with more or less than one value")
        return self.stack[0]

    def unknown(self):
        raise UnpickleError(f"it has the opcode 0x{self.data[self.at - 1]:02x}, which no checkpoint needs")

    def spend(self, n):
        self.budget -= n
        if self.budget < 0:
            raise UnpickleError("it needs too much memory for its size")

    def take(self, n):
        """The next n bytes, as a view."""
        start, self.at = self.at, self.at + n
        if self.at > len(self.data):
            raise UnpickleError("it ends in the middle")
        return self.data[start : self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "little")

    def pop(self, n):
        """Takes the n topmost values, all above the last mark; with n None, all above it, and the mark."""
        if n is None and not self.marks:
            raise UnpickleError("it takes all above a mark, and there is none")
        floor = self.marks[-1] if self.marks else 0
        start = floor if n is None else len(self.stack) - n
        if not floor <= start <= len(self.stack):
            raise UnpickleError("it takes more from the stack than is there")
        if n is None:
            self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def top(self, kind):
        """The topmost value, which must be of this kind."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0) or type(self.stack[-1]) is not kind:
            raise UnpickleError(f"it has no {kind.__name__} where it needs one")
        return self.stack[-1]

    # The actions of the opcodes. Arguments tell apart the opcodes that share one.

    def frame(self):
        if self.number(8) > len(self.data) - self.at:
            raise UnpickleError("it has a frame that is longer than the file")

    def mark(self):
        self.spend(NUMBER)
        self.marks.append(len(self.stack))

    def push(self, value):
        self.stack.append(value)

    def integer(self, size, signed):
        self.spend(NUMBER)
        self.stack.append(int.from_bytes(self.take(size), "little", signed=signed))

    def long(self):
        size = self.number(1)
        if size > 8:
            raise UnpickleError(f"it has a number of {size} bytes")
        self.integer(size, True)

    def real(self):
        self.spend(NUMBER)
        self.stack.append(unpack_from(">d", self.take(8))[0])

    def text(self, size):
        view = self.take(self.number(size))
        self.spend(STRING + ASCII * len(view))
        raw = bytes(view)
        if not raw.isascii():
            self.spend((OTHER - ASCII) * len(raw))
        try:
            self.stack.append(raw.decode("utf-8", "surrogatepass"))
        except UnicodeDecodeError:
            raise UnpickleError("it has a text that is no UTF-8") from None

    def raw(self, size):
        self.spend(CONTAINER)
        self.stack.append(self.take(self.number(size)))

    def container(self, kind, n=0):
        self.spend(CONTAINER)
        self.stack.append(kind(self.pop(n)))

    def append(self, n):
        values = self.pop(n)
        self.top(list).extend(values)

    def set_items(self, n):
        values = self.pop(n)
        target = self.top(dict)
        if len(values) % 2:
            raise UnpickleError("it has a key without a value")
        self.spend(len(values) // 2 * ITEM)
        for key, value in zip(values[::2], values[1::2]):
            if type(key) is not str or key in target:
                raise UnpickleError("it has a key that is not a text, or has it twice")
            target[key] = value

    def memoize(self):
        if not self.stack:
            raise UnpickleError("it has nothing to keep")
        value = self.stack[-1]
        small = type(value) is memoryview and len(value) <= 1  # Python has one object for each.
        self.memo.append(value if small or type(value) in (str, Name, DType) else UNSHARED)

    def get(self, size):
        k = self.number(size)
        if k >= len(self.memo) or self.memo[k] is UNSHARED:
            raise UnpickleError("it uses again what a checkpoint has once")
        self.stack.append(self.memo[k])

    def name(self):
        pair = tuple(self.pop(2))
        if tuple(map(type, pair)) != (str, str) or pair not in NAMES:
            raise UnpickleError(f"it asks for {'.'.join(part[:40] for part in pair if type(part) is str)!r}")
        self.stack.append(NAMES[pair])

    def call(self):
        self.spend(CONTAINER)
        self.stack.append(call(*self.pop(2)))

    def build(self):
        target, state = self.pop(2)
        if type(target) not in (DType, NoArray):
            raise UnpickleError("it changes something that is not an array")
        array = type(target) is NoArray
        self.stack.append(make_array(state, self.spend, self.copy) if array else set_order(target, state))


STOP = ord(".")
ACTIONS = {
    0x95: ("frame",), ord("("): ("mark",),
    ord("N"): ("push", None), 0x88: ("push", True), 0x89: ("push", False),
    ord("K"): ("integer", 1, False), ord("M"): ("integer", 2, False), ord("J"): ("integer", 4, True),
    0x8A: ("long",), ord("G"): ("real",), 0x8C: ("text", 1), ord("X"): ("text", 4),
    ord("C"): ("raw", 1), ord("B"): ("raw", 4), 0x8E: ("raw", 8),
    ord(")"): ("container", tuple), ord("t"): ("container", tuple, None),
    0x85: ("container", tuple, 1), 0x86: ("container", tuple, 2), 0x87: ("container", tuple, 3),
    ord("]"): ("container", list), ord("a"): ("append", 1), ord("e"): ("append", None),
    ord("}"): ("container", dict), ord("s"): ("set_items", 2), ord("u"): ("set_items", None),
    0x94: ("memoize",), ord("h"): ("get", 1), ord("j"): ("get", 4),
    0x93: ("name",), ord("R"): ("call",), ord("b"): ("build",),
}  # fmt: skip
