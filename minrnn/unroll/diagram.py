"""x"""


def write_diagram(path, name, options):
    pass
