import math
import re

import pytest
from pydantic import ValidationError

from data.model.centre import ServiceTarget
from optimizer.staffing.explain.pool import PoolQuestion, explain_pool, heads
from optimizer.staffing.queueing import DEFINITIONS, evaluate, least_agents, wait_percentile

CALLS = {"calls": 1000, "handle_time_s": 120}
MODELS = {
    "erlang_c": {},
    "erlang_a": {"patience_s": 120},
    "erlang_b": {"room": 0},
    "limited_c": {"room": 6},
    "limited_a": {"room": 6, "patience_s": 120},
}


def test_worked_example_of_erlang_c():
    answer = explain_pool(PoolQuestion(**CALLS, target=ServiceTarget(max_occupancy=0.85), shrinkage=0.3))
    assert (answer.results["agents"], answer.results["heads"], answer.binding) == (40, 58, "occupancy")
    assert answer.needed == {"service_level": 38, "occupancy": 40}
    text = "\n".join(answer.lines)
    for number in ("33.3333 Erlang", "= 0.19073729", "= 0.93721062", "3.4333 s", "= 83.33%", "90.12%", "rounded up = 58"):
        assert number in text


def test_the_steps_of_erlang_c_can_be_checked_by_hand():
    answer = explain_pool(PoolQuestion(calls=360, per_s=1800, handle_time_s=240, target=ServiceTarget(threshold_s=15)))
    n, a, level = answer.results["agents"], 360 * 240 / 1800, answer.results["service_level"]
    wait = 1 / (1 + (1 / answer.results["erlang_b"] - 1) * (1 - a / n))
    assert level == pytest.approx(1 - wait * math.exp(-(n - a) * 15 / 240))
    assert answer.results["asa_s"] == pytest.approx(wait * 240 / (n - a))
    assert any(f"= {level:.8f}" in line for line in answer.lines)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_says_its_name_and_its_figures(model):
    question = PoolQuestion(**CALLS, **MODELS[model])
    answer = explain_pool(question)
    agents, _ = least_agents(1000 / 3600, 120, question.patience_s, question.target, room=question.room)
    at = evaluate(agents, 1000 / 3600, 120, question.patience_s, 20, room=question.room)
    assert question.model == model
    assert answer.results["agents"] == int(agents)
    assert {name: answer.results[name] for name in vars(at)} == {name: float(values) for name, values in vars(at).items()}
    name = {"limited_c": "r = a/n", "limited_a": "M/M/n/K+M"}.get(model, model.replace("_", " ").title())
    for lines in (answer.lines, answer.lines_zh):
        assert any(name in line for line in lines)
        assert any(f"{answer.results['service_level']:.8f}" in line for line in lines)
        assert not any("nan" in line or "{" in line or "inf" in line for line in lines)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_both_languages_tell_the_same_numbers(definition):
    target = ServiceTarget(definition=definition, max_abandon_rate=0.02, max_asa_s=5, max_occupancy=0.9, min_answer_rate=0.97)
    answer = explain_pool(PoolQuestion(**CALLS, patience_s=90, target=target, room=30, shrinkage=0.25, min_staff=3))
    assert len(answer.lines) == len(answer.lines_zh)
    for english, chinese in zip(answer.lines, answer.lines_zh, strict=True):
        numbers = [sorted(re.findall(r"\d+(?:\.\d+)?", line.replace(" %", "%"))) for line in (english, chinese)]
        assert numbers[0] == numbers[1] or english.startswith("Half wait")
    assert set(answer.needed) == {"service_level", "abandonment", "asa", "occupancy", "answer_rate", "min_staff"}
    assert answer.results["agents"] == max(answer.needed.values())


def test_the_least_staff_binds_only_where_it_is_more():
    assert explain_pool(PoolQuestion(**CALLS, min_staff=38)).binding == "service_level"
    answer = explain_pool(PoolQuestion(**CALLS, min_staff=45, shrinkage=0.1))
    assert (answer.binding, answer.results["agents"], answer.results["heads"]) == ("min_staff", 45, 50)


def test_the_table_holds_two_more_and_two_fewer():
    answer = explain_pool(PoolQuestion(**CALLS, patience_s=120))
    agents = int(answer.results["agents"])
    assert [row["agents"] for row in answer.nearby] == list(range(agents - 2, agents + 3))
    assert answer.nearby[1]["service_level"] == answer.results["service_level_one_less"] < 0.8 <= answer.results["service_level"]
    assert answer.nearby[2]["wait_p90_s"] == float(wait_percentile(agents, 1000 / 3600, 120, 120))


def test_no_calls_need_nobody_but_the_least_staff():
    quiet = explain_pool(PoolQuestion(calls=0, handle_time_s=120, room=2))
    assert (quiet.results["agents"], quiet.results["heads"], quiet.binding) == (0, 0, "none")
    assert [row["agents"] for row in quiet.nearby] == [0, 1, 2]
    kept = explain_pool(PoolQuestion(calls=0, handle_time_s=120, min_staff=2))
    assert (kept.results["agents"], kept.binding) == (2, "min_staff")
    assert "No calls" in "\n".join(kept.lines)


def test_shrinkage_divides_once_and_rounds_up_once():
    assert [heads(14, 0.3), heads(15, 0.3), heads(40, 0.3), heads(0, 0.5), heads(7, 0.0)] == [20, 22, 58, 0, 7]


def test_a_question_out_of_range_names_every_part():
    with pytest.raises(ValidationError) as error:
        PoolQuestion(calls=-1, per_s=0, handle_time_s=math.inf, patience_s=0, room=-1, shrinkage=1, min_staff=-1)
    parts = {str(one["loc"][0]) for one in error.value.errors()}
    assert parts == {"calls", "per_s", "handle_time_s", "patience_s", "room", "shrinkage", "min_staff"}
