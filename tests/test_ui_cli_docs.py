"""The page about the command: complete, in step, and the same whatever the terminal."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ui import cli_docs
from ui.cli import build_parser

ROOT = Path(__file__).resolve().parent.parent


def test_the_page_is_in_step():
    """Whoever changes the command writes the page again."""
    assert cli_docs.main(["--check"]) == 0, "run `python -m ui.cli_docs`"


def test_every_command_and_argument_is_there_with_a_word_about_it():
    """A command, argument or option without help is not documented."""
    page = cli_docs.page()
    found = list(cli_docs.commands(build_parser()))
    assert len(found) > 8
    for command in found:
        assert f"\n## yiju {command.name}\n" in page
        assert command.summary, command.name
        section = page.split(f"\n## yiju {command.name}\n")[1].split("\n## ")[0]
        for action in cli_docs.arguments(command.parser):
            assert action.help, (command.name, action.dest)
            assert all(f"`{name}" in section for name in action.option_strings), (command.name, action.option_strings)


def test_nothing_is_told_about_commands_that_do_not_exist():
    """Codes and notes name commands of today."""
    names = {command.name for command in cli_docs.commands(build_parser())}
    assert set(cli_docs.CODES) | set(cli_docs.NOTES) <= names


def test_the_page_does_not_depend_on_the_terminal(tmp_path):
    """Neither its width nor its language changes a character."""
    for columns in ("20", "300"):
        page = tmp_path / columns
        command = [sys.executable, "-m", "ui.cli_docs", "--page", str(page)]
        environment = {**os.environ, "COLUMNS": columns, "LC_ALL": "C"}
        assert subprocess.run(command, check=False, cwd=ROOT, env=environment).returncode == 0
        assert page.read_text(encoding="utf-8") == cli_docs.page()


@pytest.mark.parametrize("content", [None, "# older\n"])
def test_a_stale_or_missing_page_is_one_line(tmp_path, capsys, content):
    """`--check` tells what to run and changes nothing; writing mends it."""
    page = tmp_path / "cli.md"
    if content is not None:
        page.write_text(content)
    assert cli_docs.main(["--check", "--page", str(page)]) == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "python -m ui.cli_docs" in error
    assert (page.read_text() if page.exists() else None) == content
    assert cli_docs.main(["--page", str(page)]) == 0
    assert cli_docs.main(["--check", "--page", str(page)]) == 0


def test_usage_names_what_must_be_given_first():
    """Arguments and required options come before what may be left out; flags have no value."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--library", metavar="DIR", help="folder")
    parser.add_argument("--flag", action="store_true", help="100 %% of it")
    parser.add_argument("--kind", choices=["a", "b"], help="a|b")
    parser.add_argument("--out", required=True, help="where")
    parser.add_argument("name", nargs="?", help="which")
    assert cli_docs.usage("x", parser) == "yiju x [NAME] --out OUT [--flag] [--kind {a,b}] [--library DIR]"
