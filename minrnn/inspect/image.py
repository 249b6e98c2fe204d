"""A picture to disk, whole or not at all."""

import io

from ..files import write_atomic


def save(figure, path):
    image = io.BytesIO()
    figure.savefig(image, format="png")
    write_atomic(path, image.getvalue())
