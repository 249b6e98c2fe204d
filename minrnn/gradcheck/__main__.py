"""Runs the table."""

import sys

from minrnn.script import run_script


def main():
    from minrnn.gradcheck.table import print_table

    return print_table()


if __name__ == "__main__":
    sys.argv[0] = "gradcheck"  # How errors name this command.
    run_script(main)
