"""One model's part of the work: its reading of the text as gates.png and page.html, its gradients as a line."""

from ..system.wording import bits_and_perplexity, decimals
from .asked import described
from .gates_picture import draw_gates
from .lag import reach, total
from .page import write_page
from .reading import read

TOLD = (1, 10, 30, 100, 300, 1000)


def draw_model(out, behind, model, vocabulary, symbols, text_name, unit):
    """Writes gates<behind>.png and page<behind>.html into the folder `out`; returns their names."""
    pictures, page = f"gates{behind}.png", f"page{behind}.html"
    reading = read(model, vocabulary, symbols)
    title = f"{described(model)} reading {text_name}"
    draw_gates(reading.layers, out / pictures, f"{title}, {len(symbols):,} symbols")
    nats = float(reading.surprise.mean())
    bits, perplexity = bits_and_perplexity(nats, 1)
    place = "from both sides of it" if model.directions == 2 else "from what stands before it"
    about = (
        f"The first {len(symbols):,} symbols, each predicted {place}: {nats:.3f} nats a symbol "
        f"({bits:.3f} bits, perplexity {decimals(perplexity, 2)})."
    )
    write_page(out / page, reading, vocabulary, title, about, unit)
    return [pictures, page]


def summary(name, norms):
    """The mean norm of the whole state's gradient at some lags, in one line."""
    mean = total(norms).mean(axis=1)
    shown = ", ".join(f"{mean[lag - 1]:.2g} at lag {lag}" for lag in TOLD if lag <= len(mean))
    end = reach(total(norms))
    return f"{name}: gradient norm {shown}; " + (f"below 1% from lag {end} on" if end else "never below 1%")
