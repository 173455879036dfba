"""`contact-center flow`: what people see who write flows."""

from pathlib import Path

import pytest

from self_service.command import main

FLOWS = Path(__file__).parents[3] / "deploy" / "local" / "flows"


def test_check_names_file_line_and_what_would_be_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    broken = tmp_path / "test.yaml"
    broken.write_text("flow: test\nsteps:\n  - {id: a, queue: b, prioritty: 1}\n")

    assert main(["check", str(broken), str(tmp_path / "none.yaml")]) == 1
    said = capsys.readouterr().err
    assert f"{broken}:3: step 'a': unknown field 'prioritty'; did you mean 'priority'?" in said
    assert "none.yaml: No such file or directory" in said


def test_the_flows_of_the_local_stack_are_right(capsys: pytest.CaptureFixture[str]):
    assert main(["check", str(FLOWS)]) == 0
    assert capsys.readouterr().out.count(": ok: ") == 4


def test_show_prints_where_each_step_leads(capsys: pytest.CaptureFixture[str]):
    assert main(["show", str(FLOWS / "main.yaml")]) == 0
    assert "  to_sales: queue sales\n" in capsys.readouterr().out


def test_a_wrong_verb_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]):
    assert main(["chekc", "x"]) == 2
