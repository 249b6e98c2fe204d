"""docs/gradcheck.md has the rules of the code, and its example is what the command says."""

from conftest import ROOT

from minrnn.gradcheck.diagnoses import TABLES, markdown

PAGE = (ROOT / "docs" / "gradcheck.md").read_text(encoding="utf-8")


def test_the_tables_of_the_page_are_those_of_the_code():
    tables = PAGE[PAGE.index("### ") :]
    expected = markdown()
    assert tables == expected, "put what minrnn.gradcheck.diagnoses.markdown() returns at the end of the page"


def test_every_row_is_said_once():
    rules = [rule for table in TABLES.values() for rule in table]
    assert len({rule.found for rule in rules}) == len(rules) - 1  # "wrong, and no row above applies", twice
    assert all(rule.look and not rule.says.endswith(".") for rule in rules)
