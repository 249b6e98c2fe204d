"""The GRU, both ways: four ways lead back to h[t-1], and two of them lie in one equation."""

from .task import Slip, Task
from .tasks_cells import WRONG_WAY, cell_case

GRU_WAYS = (
    Slip("dh_next = dh * z + ", "dh_next = ",
         "h[t-1] is also used directly in (4), multiplied by z. That way back is missing in dh_next.",
         "The GRU's shortcut is closed"),
    Slip("dh_next = dh * z", "dh_next = dh * (1 - z)",
         "In (4), h[t-1] is multiplied by z, not by 1 - z."),
    Slip(" + da_r @ Wh_r.T", "",
         "h[t-1] is also used in the reset gate r. That way back is missing in dh_next."),
    Slip(" + da_z @ Wh_z.T", "",
         "h[t-1] is also used in the update gate z. That way back is missing in dh_next."),
    Slip("da_r @ Wh_r.T + da_z @ Wh_z.T", "da_r @ Wh_r + da_z @ Wh_z",
         f"Wh_r and Wh_z must be transposed. {WRONG_WAY}"),
)  # fmt: skip
GRU_OUTPUTS = {"dx": "T N D", "dh0": "N H", "dWx": "D 3H", "dWh": "H 3H", "db": "3H"}
GRU_WEIGHTS = {"Wx": "D 3H", "Wh": "H 3H", "b": "3H"}

GRU_AFTER = Task(
    "gru_after", "backward", {**GRU_OUTPUTS, "dbh": "H"},
    cell_case("gru", "gru_after", "h", {**GRU_WEIGHTS, "bh": "H"}),
    (
        "In (3), r and m are the factors of a product. Each gets da_n times the other one.",
        "dh_next has one term for each use of h[t-1]: dh z from (4), dm Wh_n^T from (3), and one for each gate of "
        "(2).",
    ),
    (
        *GRU_WAYS,
        Slip("dr = da_n * m", "dr = da_n * h_prev",
             "Here r multiplies m, which is the whole h[t-1] Wh_n + bh."),
        Slip("dr = da_n * m", "dr = da_n",
             "In (3), r is multiplied by m. dr needs this factor."),
        Slip("dr = da_n * m", "dr = dn * m",
             "dr needs da_n: the tanh lies between n and r."),
        Slip("dm = da_n * r", "dm = da_n",
             "In (3), m is multiplied by r. dm needs this factor."),
        Slip("dm = da_n * r", "dm = dn * r",
             "dm needs da_n: the tanh lies between n and m."),
        Slip("dr = da_n * m\n"
             "        dm = da_n * r",
             "dr = da_n * r\n"
             "        dm = da_n * m",
             "The two factors are swapped: r gets da_n times m, and m gets da_n times r."),
        Slip(" + dm @ Wh_n.T", "",
             "h[t-1] is also used in m. That way back is missing in dh_next."),
        Slip("dm @ Wh_n.T", "dm @ Wh_n",
             f"Wh_n must be transposed. {WRONG_WAY}"),
        Slip("dm @ Wh_n.T", "da_n @ Wh_n.T",
             "The way from a_n back to h[t-1] goes through r: use dm, not da_n."),
    ),
    gates="r z n",
    recurrent=True,
)  # fmt: skip

GRU_BEFORE = Task(
    "gru_before", "backward", GRU_OUTPUTS,
    cell_case("gru", "gru_before", "h", GRU_WEIGHTS),
    (
        "In (3), m is what Wh_n multiplies, so dm is a product with Wh_n^T. m itself is the product of r and h[t-1].",
        "dh_next has one term for each use of h[t-1]: dh z from (4), dm r from (3), and one for each gate of (2).",
    ),
    (
        *GRU_WAYS,
        Slip("dm = da_n @ Wh_n.T", "dm = da_n @ Wh_n",
             f"Wh_n must be transposed. {WRONG_WAY}"),
        Slip("dm = da_n @ Wh_n.T", "dm = dn @ Wh_n.T",
             "dm needs da_n: the tanh lies between n and m."),
        Slip("dm = da_n @ Wh_n.T", "dm = da_n * r",
             "That is the other GRU. Here m is multiplied by the matrix Wh_n."),
        Slip("dr = dm * h_prev", "dr = dm",
             "m = r h[t-1]: dr needs the factor h[t-1]."),
        Slip("dr = dm * h_prev", "dr = da_n * h_prev",
             "The way from a_n back to r goes through Wh_n: use dm, not da_n."),
        Slip("dr = dm * h_prev", "dr = dm * m",
             "m = r h[t-1]: dr needs the factor h[t-1], not m."),
        Slip(" + dm * r", "",
             "h[t-1] is also used in m = r h[t-1]. That way back is missing in dh_next.",
             "No way back through the reset gate"),
        Slip("dm * r +", "dm +",
             "m = r h[t-1]: on the way back from m to h[t-1], r is a factor."),
        Slip("dm * r +", "dm @ Wh_n.T +",
             "dm has come through Wh_n already. From m to h[t-1], only the factor r is left."),
    ),
    gates="r z n",
    recurrent=True,
)  # fmt: skip
