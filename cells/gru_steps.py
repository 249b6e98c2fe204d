"""The kernels of the GRU, forward and backward: all T steps, and one step; the equations are those of gru.py.

Names with `after` or `before` say where the reset gate is; the others serve both orders. All
matrices but Wx are in panels. For N rows and one step, gates (N, 3H) holds x Wx and receives r z n.

The backward pass keeps dh_next in two arrays: `through` is what the last product of a step gave, `direct` is all the
rest. In a step, `direct` also plays the role of the whole sum dh.
"""

from numba import njit

from .kernels.activations import KERNEL, gate, gate_slope, tanh
from .kernels.inputs import add_rows, gather_step, scatter_step
from .kernels.panels import multiply


@njit(**KERNEL)
def steps_after(x, Wx, b, bh, gates, m, Wh, u, h_prev, h, hard):
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh, u)
        forward_after(u, b, bh, h_prev[t], gates[t], m[t], h[t], hard)


@njit(**KERNEL)
def steps_after_backward(x, WhT, dh_above, direct, through, h_prev, gates, m, da, du, dWx, db, dbh, hard):
    for t in range(len(dh_above) - 1, -1, -1):
        backward_after(dh_above[t], direct, through, h_prev[t], gates[t], m[t], da[t], du[t], hard)
        multiply(du[t], WhT, through)
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)
        add_rows(du[t, :, -dbh.size :], dbh)


@njit(**KERNEL)
def forward_after(u, b, bh, h_prev, gates, m, h, hard):
    """A whole step with the reset after the product, u (N, 3H) = h_prev Wh."""
    N, H = h.shape
    forward_gates(u, b, gates, hard)
    for row in range(N):
        r, n = gates[row, :H], gates[row, 2 * H :]
        for j in range(H):
            m[row, j] = u[row, 2 * H + j] + bh[j]  # (3)
        for j in range(H):
            n[j] = tanh(n[j] + b[2 * H + j] + r[j] * m[row, j])
    forward_mix(h_prev, gates, h)


@njit(**KERNEL)
def backward_after(dh_above, direct, through, h_prev, gates, m, da, du, hard):
    """From dh_above + direct + through to da (at the input side) and du (at the recurrent side)."""
    N, H = dh_above.shape
    backward_mix(dh_above, direct, through, h_prev, gates, da, hard)
    for row in range(N):
        r, da_r, da_n = gates[row, :H], da[row, :H], da[row, 2 * H :]
        for j in range(H):
            da_r[j] = da_n[j] * m[row, j] * gate_slope(r[j], hard)  # (3') (2')
        for j in range(2 * H):
            du[row, j] = da[row, j]
        for j in range(H):
            du[row, 2 * H + j] = da_n[j] * r[j]


@njit(**KERNEL)
def steps_before(x, Wx, b, gates, m, Wh_rz, Wh_n, u_rz, u_n, h_prev, h, hard):
    H = h.shape[2]
    for t in range(len(h)):
        gather_step(x, t, Wx, gates[t])
        multiply(h_prev[t], Wh_rz, u_rz)
        forward_before(u_rz, b, h_prev[t], gates[t], m[t], hard)
        multiply(m[t], Wh_n, u_n)
        forward_before_candidate(u_n, b[2 * H :], h_prev[t], gates[t], h[t])


@njit(**KERNEL)
def steps_before_backward(x, Wh_rzT, Wh_nT, dh_above, direct, through, dm, h_prev, gates, da, dWx, db, hard):
    H = dh_above.shape[2]
    for t in range(len(dh_above) - 1, -1, -1):
        backward_mix(dh_above[t], direct, through, h_prev[t], gates[t], da[t], hard)
        multiply(da[t, :, 2 * H :], Wh_nT, dm)
        backward_before(dm, direct, h_prev[t], gates[t], da[t], hard)
        multiply(da[t, :, : 2 * H], Wh_rzT, through)
        scatter_step(x, t, da[t], dWx)
        add_rows(da[t], db)


@njit(**KERNEL)
def forward_before(u_rz, b, h_prev, gates, m, hard):
    """The first half of a step with the reset before the product: r, z and m = r h_prev."""
    N, H = h_prev.shape
    forward_gates(u_rz, b, gates, hard)
    for row in range(N):
        for j in range(H):
            m[row, j] = gates[row, j] * h_prev[row, j]  # (3)


@njit(**KERNEL)
def forward_before_candidate(u_n, b_n, h_prev, gates, h):
    """The second half, u_n (N, H) = m Wh_n: the candidate and the new state."""
    N, H = h.shape
    for row in range(N):
        n = gates[row, 2 * H :]
        for j in range(H):
            n[j] = tanh(n[j] + b_n[j] + u_n[row, j])  # (3)
    forward_mix(h_prev, gates, h)


@njit(**KERNEL)
def backward_before(dm, direct, h_prev, gates, da, hard):
    """From dm = da_n Wh_n^T to da_r, and its share of `direct`."""
    N, H = h_prev.shape
    for row in range(N):
        r, da_r = gates[row, :H], da[row, :H]
        for j in range(H):
            direct[row, j] += dm[row, j] * r[j]  # (3')
        for j in range(H):
            da_r[j] = dm[row, j] * h_prev[row, j] * gate_slope(r[j], hard)  # (2')


@njit(**KERNEL)
def forward_gates(u, b, gates, hard):
    """r and z, from u (N, 2H or more) = h_prev Wh."""
    N, H = gates.shape[0], gates.shape[1] // 3
    for row in range(N):
        a = gates[row]
        for j in range(2 * H):
            a[j] = gate(a[j] + b[j] + u[row, j], hard)  # (1) (2)


@njit(**KERNEL)
def forward_mix(h_prev, gates, h):
    """The new state, between the candidate n and the old one."""
    N, H = h.shape
    for row in range(N):
        z, n = gates[row, H : 2 * H], gates[row, 2 * H :]
        for j in range(H):
            h[row, j] = n[j] + z[j] * (h_prev[row, j] - n[j])  # (4)


@njit(**KERNEL)
def backward_mix(dh_above, direct, through, h_prev, gates, da, hard):
    """From dh_above + direct + through to da_z, da_n and the new `direct`."""
    N, H = dh_above.shape
    one = dh_above.dtype.type(1)
    for row in range(N):
        z, n = gates[row, H : 2 * H], gates[row, 2 * H :]
        da_z, da_n, dh = da[row, H : 2 * H], da[row, 2 * H :], direct[row]
        for j in range(H):
            dh[j] += dh_above[row, j] + through[row, j]  # (4')
        for j in range(H):
            da_n[j] = dh[j] * (one - z[j]) * (one - n[j] * n[j])  # (4') (3')
        for j in range(H):
            da_z[j] = dh[j] * (h_prev[row, j] - n[j]) * gate_slope(z[j], hard)  # (4') (2')
        for j in range(H):
            dh[j] *= z[j]  # (4') the first term of dh_next
