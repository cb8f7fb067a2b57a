import json

import pytest
import typer
from typer.testing import CliRunner

from api.commands.staff import OPTIONS, staff
from data.model.errors import InvalidData
from optimizer.staffing.explain.pool import PoolQuestion

ASKED = ("--calls", "1000", "--per", "3600", "--aht", "120", "--within", "20", "--target", "0.8")


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(staff)
    return lambda *options: CliRunner().invoke(app, [*ASKED, *options])


def refused(result):
    assert isinstance(result.exception, InvalidData)
    return {finding.column: finding for finding in result.exception.findings}


def test_worked_example(run):
    result = run("--max-occupancy", "0.85", "--shrinkage", "0.3")
    assert result.exit_code == 0
    assert "Binding: occupancy, least agents 40." in result.output
    assert "rounded up = 58." in result.output
    rows = [line.split("│")[1:-1] for line in result.output.splitlines() if line.startswith("│")]
    assert [int(row[0]) for row in rows] == [38, 39, 40, 41, 42]
    assert [cell.strip() for cell in rows[2]] == ["40", "93.72%", "3.4", "0.00%", "0.00%", "100.00%", "83.33%", "11.6"]


def test_chinese(run):
    result = run("--patience", "120", "--lang", "zh")
    assert "起决定作用的是：服务水平" in result.output
    assert "服务水平" in result.output
    assert "Binding" not in result.output


def test_json_holds_the_question_the_answer_and_the_steps(run):
    options = ("--patience", "120", "--max-abandon", "0.05", "--max-asa", "20", "--min-answer-rate", "0.99", "--room", "40")
    result = run(*options, "--definition", "answered", "--min-staff", "3", "--json")
    made = json.loads(result.output, parse_constant=pytest.fail)
    assert set(made) == {"inputs", "results", "needed", "binding", "nearby", "explanation"}
    assert made["inputs"]["definition"] == "answered"
    assert (made["inputs"]["room"], made["inputs"]["min_staff"], made["inputs"]["max_asa_s"]) == (40, 3, 20)
    assert made["binding"] == "answer_rate"
    assert made["needed"]["answer_rate"] == made["results"]["agents"] == max(made["needed"].values())
    assert made["results"]["answer_rate"] >= 0.99 > made["results"]["answer_rate_one_less"]
    assert len(made["explanation"]["en"]) == len(made["explanation"]["zh"])


def test_what_is_endless_or_of_nobody_is_null_in_json(run):
    made = json.loads(run("--calls", "1", "--json").output, parse_constant=pytest.fail)
    assert made["inputs"]["patience_s"] is None
    assert made["results"]["asa_s_one_less"] is None
    assert made["nearby"][0]["mean_wait_s"] is None
    assert "∞" in run("--calls", "1").output


def test_every_wrong_option_is_named(run):
    wrong = {
        "--calls": "-1", "--aht": "0", "--per": "inf", "--within": "inf", "--target": "1", "--patience": "0", "--room": "-1",
        "--max-occupancy": "1.5", "--max-abandon": "0", "--max-asa": "-3", "--min-answer-rate": "1", "--definition": "best",
        "--shrinkage": "1", "--min-staff": "-1", "--lang": "de",
    }  # fmt: skip
    findings = refused(run(*(part for option in wrong.items() for part in option)))
    assert set(findings) == set(wrong)
    assert "no staff answers every call" in findings["--target"].fix
    assert "'offered'" in findings["--definition"].expected


def test_a_wrong_language_alone_is_refused(run):
    assert set(refused(run("--lang", "fr"))) == {"--lang"}


def test_every_part_of_the_question_has_an_option():
    fields = {*PoolQuestion.model_fields} - {"target"}
    target = PoolQuestion(calls=1, handle_time_s=1).target
    assert set(OPTIONS) == fields | {f"target.{name}" for name in type(target).model_fields}
