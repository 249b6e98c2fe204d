"""Every command tells a mistyped option in one line, with the nearest names, and knows its version."""

import pytest

import minrnn
import sample
import train
from minrnn.export import __main__ as export
from minrnn.gradcheck import __main__ as gradcheck
from minrnn.inspect import __main__ as inspect
from minrnn.system.command import did_you_mean

COMMANDS = {
    "train.py": train.main, "sample.py": sample.main, "inspect": inspect.main, "gradcheck": gradcheck.main,
    "export": export.main,
}  # fmt: skip


@pytest.fixture
def told(monkeypatch, capsys):
    """Runs the main function of a command: (exit status, stdout, stderr)."""

    def run(command, *arguments):
        monkeypatch.setattr("sys.argv", [command, *arguments])
        with pytest.raises(SystemExit) as end:
            COMMANDS[command]()
        return (end.value.code or 0, *capsys.readouterr())

    return run


@pytest.mark.parametrize(
    "command, arguments, words",
    [
        ("train.py", ["--hiden", "64"], "no option --hiden (did you mean --hidden?)"),
        ("train.py", ["--hiden=64"], "no option --hiden (did you mean --hidden?)"),
        ("train.py", ["-cell", "gru"], "no option -cell (did you mean --cell?)"),
        ("train.py", ["a.txt", "--batchsize", "3"], "no option --batchsize (did you mean --batch-size?)"),
        ("train.py", ["--no-leters"], "no option --no-leters (did you mean --no-letters"),
        ("train.py", ["--colour", "red"], "no option --colour; see --help"),
        ("train.py", ["--cell", "lsmt"], "'lsmt' is not one of rnn, gru, lstm"),
        ("train.py", ["--cell", "lsmt"], "did you mean lstm"),
        ("train.py", ["--optimizer", "adm"], "did you mean adam?"),
        ("train.py", ["--sample-style", "one,row"], "did you mean rows?"),
        ("sample.py", ["--lenght", "5", "m"], "no option --lenght (did you mean --length?)"),
        ("sample.py", ["m", "--prime", "--hello"], "no option --hello"),
        ("inspect", ["m", "--txt", "t"], "no option --txt (did you mean --text?)"),
        ("gradcheck", ["--layer", "2", "--sed", "1"], "no option --sed (did you mean --seed"),
        ("export", ["m", "o.onnx", "--quick"], "no option --quick"),
    ],
)
def test_a_mistyped_name_gets_the_nearest_ones(command, arguments, words, told):
    status, out, err = told(command, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1) and words in err and err.endswith("; see --help\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_knows_its_version(command, told):
    assert told(command, "--version") == (0, f"minrnn {minrnn.__version__}\n", "")


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["m", "--temperature", "hot"], "argument --temperature: 'hot' is not a number"),
        (["m", "--top", "3"], "ambiguous option: --top could match --top-k, --top-p"),
        (["m", "--length", "5", "another"], "unrecognized arguments: another"),
        (["m", "--prime"], "--prime: expected one argument"),
        (["m", "--num", "-1"], "'-1' is not a whole number"),
    ],
)
def test_other_mistakes_keep_their_own_line(arguments, words, told):
    status, _, err = told("sample.py", *arguments)
    assert status == 2 and err.count("\n") == 1 and words in err


def test_values_may_look_like_options_and_options_may_be_cut_short():
    parse = sample.parser().parse_args
    assert parse(["m", "--prime=--hello", "--stop", "--a b"]).prime == "--hello"
    assert parse(["--len", "5", "--", "--m"]).model == ["--m"]
    assert train.parser().parse_args(["--forget-bias", "-1e3", "--hid", "5"]).forget_bias == -1000


def test_what_is_near_to_nothing_gets_no_proposal():
    assert did_you_mean("--colour", ["--hidden", "--cell"]) == ""
    assert did_you_mean("lsmt", {"lstm": 1, "rnn": 2}) == " (did you mean lstm?)"
    assert did_you_mean("--topk", ["--top-k", "--top-p", "--seed"]) == " (did you mean --top-k or --top-p?)"
