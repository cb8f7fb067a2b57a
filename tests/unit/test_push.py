"""Pushing to each system: only differences, every fault reconciled, nothing doubled, nothing but ids, days and shifts leaves."""

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hr_fakes.server import Fake, Fault
from push_case import FAKES, VENDORS, as_held, fake_of, plan, pushed, rota

from data.exchange.hr.wire import Line
from data.exchange.pushes import read_pushes, read_state
from data.model.push import Mode

EVERY = tuple(FAKES)
FAULTS: tuple[Fault, ...] = (
    "lost_request", "timeout_after_commit", "duplicate_delivery", "error_5xx", "partial_then_5xx", "html_page", "busy",
)  # fmt: skip
DAY = date(2026, 6, 24)


def sends(fake: Fake) -> int:
    return len(fake.sent())


@pytest.mark.parametrize("system", EVERY)
def test_what_is_pushed_is_there_and_confirmed_and_is_not_sent_again(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        first = pushed(fake, system, tmp_path, rota())
        assert (first.count("confirmed"), len(first.outcomes), len(first.sent)) == (84, 84, 84)
        assert fake.held() == as_held(rota(), system)
        before = sends(fake)
        again = pushed(fake, system, tmp_path, rota())
        assert (sends(fake), again.outcomes) == (before, {})
    (record,) = read_pushes(tmp_path)
    assert (record.number, record.sent, record.confirmed, record.by) == (1, 84, 84, "tester")


@pytest.mark.parametrize("system", EVERY)
def test_only_what_differs_is_sent(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        pushed(fake, system, tmp_path, rota())
        before, changed = sends(fake), rota() | {("a001", DAY): "N", ("a002", DAY): "-"}
        result = pushed(fake, system, tmp_path, changed)
        assert (sends(fake) - before, result.count("confirmed")) == (1, 2)
        assert fake.held() == as_held(changed, system)
        assert read_pushes(tmp_path)[-1].sent == 2


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("system", EVERY)
def test_every_fault_ends_reconciled_and_nothing_is_doubled(system: str, fault: Fault, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        pushed(fake, system, tmp_path, rota())
        for told in (rota(turn=1), rota(turn=2)):
            fake.faults.append((fake.send_path, fault))
            result = pushed(fake, system, tmp_path, told)
            if any(one.status != "confirmed" for one in result.outcomes.values()):
                pushed(fake, system, tmp_path, told)
            assert not fake.faults
            assert fake.held() == as_held(told, system)


@pytest.mark.parametrize("system", VENDORS)
def test_what_did_not_arrive_though_it_was_accepted_is_sent_once_more(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        fake.faults.append((fake.send_path, "partial_silently"))
        result = pushed(fake, system, tmp_path, rota(agents=3))
        assert result.count("confirmed") == len(result.outcomes) == 42
        # to WeCom a day of which nothing is said is one of rest
        missing = as_held(rota(agents=3), system).items() - fake.held().items()
        assert {shift for _, shift in missing} <= ({"rest"} if system == "wecom" else set())


@pytest.mark.parametrize("system", VENDORS)
def test_unknown_people_are_refused_alone_and_tried_again_when_they_are_known(system: str, tmp_path: Path) -> None:
    with fake_of(system, agents=5) as fake:
        result = pushed(fake, system, tmp_path, rota())
        refused = [one for one in result.outcomes.values() if one.status == "refused"]
        assert {one.agent for one in refused} == {"a005"}
        assert (len(refused), result.count("confirmed")) == (14, 70)
        assert all(re.search(r"33012|60111|1220004", one.reason) for one in refused)
        fake.users.add("a005")
        assert pushed(fake, system, tmp_path, rota()).count("confirmed") == 14
        assert fake.held() == as_held(rota(), system)


@pytest.mark.parametrize("system", VENDORS)
def test_a_shift_that_is_not_known_there_is_refused_day_by_day(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        shifts = {"E": "11", "L": "12", "N": "99"}
        result = pushed(fake, system, tmp_path, rota(), shifts=shifts)
        wrong = {ident for ident, one in result.outcomes.items() if one.wanted == "99"}
        assert {ident for ident, one in result.outcomes.items() if one.status == "refused"} == wrong
        assert result.count("confirmed") == 84 - len(wrong)
        # the days that were refused are free to be tried again
        assert {(row.agent, row.date) for row in read_state(tmp_path)} == set(rota()) - wrong


@pytest.mark.parametrize("system", VENDORS)
def test_a_group_of_the_wrong_type_or_without_right_takes_nothing(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        result = pushed(fake, system, tmp_path, rota(agents=2, days=2), group="8")
        assert result.count("refused") == 4
    told = {"dingtalk": {"allowed": False}, "wecom": {"warranted": False}, "feishu": {"allowed": False}}[system]
    with fake_of(system, agents=200, **told) as fake:
        result = pushed(fake, system, tmp_path / "other", rota(agents=200, days=3))
        assert sends(fake) == 1
        assert result.count("refused") + result.count("unsent") == 600
        assert result.count("unsent") > 0


@pytest.mark.parametrize("system", EVERY)
def test_a_wrong_secret_is_told_and_nothing_is_claimed(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        made = fake.secret
        fake.secret = "another"
        result = pushed(_as(fake, made), system, tmp_path, rota(days=2))
        assert result.count("refused") == 12
        assert made not in (tmp_path / "push_report.csv").read_text()
        assert read_state(tmp_path) == ()


def _as(fake: Fake, secret: str) -> Fake:
    """The fake as a client sees it who knows another secret."""

    class Seen:
        clock, address = fake.clock, fake.address

    Seen.secret = secret  # pyright: ignore
    return Seen()  # pyright: ignore


@pytest.mark.parametrize("system", EVERY)
def test_a_system_that_is_down_claims_nothing_and_is_not_asked_for_ever(system: str, tmp_path: Path) -> None:
    with fake_of(system, agents=300) as fake:
        fake.faults.extend([("/", "lost_request")] * 100)
        result = pushed(fake, system, tmp_path, rota(agents=300, days=3))
        assert result.count("confirmed") == 0
        assert len(fake.calls) < 30
        fake.faults.clear()
        assert pushed(fake, system, tmp_path, rota(agents=300, days=3)).count("confirmed") == 900
        assert fake.held() == as_held(rota(agents=300, days=3), system)


@pytest.mark.parametrize("cut", [2, 3, 5])
@pytest.mark.parametrize("system", EVERY)
def test_a_push_cut_short_is_made_good_by_the_next(system: str, cut: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with fake_of(system, agents=60) as fake:
        old, new = rota(agents=60, days=7), rota(agents=60, days=7, turn=1)
        most = 5 if system == "shift_export" else 40
        pushed(fake, system, tmp_path, old, per_call=most)
        calls, whole = Counter[str](), Line.call

        def broken(line: Line, *told: object) -> object:
            calls["made"] += 1
            if calls["made"] > cut:
                raise KeyboardInterrupt
            return whole(line, *told)  # pyright: ignore

        with monkeypatch.context() as patch:
            patch.setattr(Line, "call", broken)
            with pytest.raises(KeyboardInterrupt):
                pushed(fake, system, tmp_path, new, per_call=most)
        # somebody takes the change back: what was half sent is not taken for what stands there
        pushed(fake, system, tmp_path, old, per_call=most)
        assert fake.held() == as_held(old, system)
        pushed(fake, system, tmp_path, new, per_call=most)
        assert fake.held() == as_held(new, system)


@pytest.mark.parametrize("system", VENDORS)
def test_a_delivery_that_comes_again_later_is_found_by_the_comparison_and_mended(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        fake.faults.append((fake.send_path, "later_duplicate"))
        pushed(fake, system, tmp_path, rota())
        pushed(fake, system, tmp_path, rota(turn=1))
        fake.replay()
        fake.clock.sleep(60)
        assert fake.held() != as_held(rota(turn=1), system)
        before = sends(fake)
        check = pushed(fake, system, tmp_path, rota(turn=1), Mode.COMPARE)
        assert check.count("mismatched") > 0
        assert sends(fake) == before
        assert pushed(fake, system, tmp_path, rota(turn=1)).count("confirmed") == check.count("mismatched")
        assert fake.held() == as_held(rota(turn=1), system)


@pytest.mark.parametrize("system", EVERY)
def test_days_of_somebody_who_left_are_cleared(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        pushed(fake, system, tmp_path, rota())
        left = {key: code for key, code in rota().items() if key[0] != "a003"}
        result = pushed(fake, system, tmp_path, left)
        assert {one.agent for one in result.outcomes.values()} == {"a003"}
        held = {key: shift for key, shift in fake.held().items() if key[0] == "a003"}
        assert set(held.values()) <= ({"rest"} if system == "wecom" else set())
        assert {row.agent for row in read_state(tmp_path)} == {agent for agent, _ in left}
        assert pushed(fake, system, tmp_path, left).outcomes == {}


def test_another_group_is_a_difference(tmp_path: Path) -> None:
    with fake_of("feishu", members={"a001": "9"}) as fake:
        refused = pushed(fake, "feishu", tmp_path, rota(agents=2, days=2))
        assert {one.agent for one in refused.outcomes.values() if one.status == "refused"} == {"a001"}
        moved = pushed(fake, "feishu", tmp_path, rota(agents=2, days=2), by_agent={"a001": "9"})
        assert moved.count("confirmed") == 2
        assert {group for (user, _), (_, group) in fake.rows.items() if user == "a001"} == {"9"}  # pyright: ignore


@pytest.mark.parametrize("system", EVERY)
def test_full_sends_all_again(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        pushed(fake, system, tmp_path, rota())
        result = pushed(fake, system, tmp_path, rota(), Mode.FULL)
        assert result.count("confirmed") == 84
        assert fake.held() == as_held(rota(), system)


# -- limits


@pytest.mark.parametrize(("system", "most"), [("dingtalk", 200), ("wecom", 100), ("feishu", 50)])
def test_calls_keep_to_the_limits_of_size_and_month(system: str, most: int, tmp_path: Path) -> None:
    with fake_of(system, agents=120) as fake:
        wanted = rota(agents=120, days=31)
        assert pushed(fake, system, tmp_path, wanted).count("confirmed") == 3720
        rows = [
            body[key] for call in fake.sent() for key in ("schedules", "items", "user_daily_shifts") if key in (body := call.body)
        ]
        assert max(map(len, rows)) == most
        assert sum(map(len, rows)) == 3720
        assert all(one.status == "confirmed" for one in pushed(fake, system, tmp_path, wanted, Mode.COMPARE).outcomes.values())


def test_the_pace_never_meets_the_limit_of_a_minute(tmp_path: Path) -> None:
    with fake_of("wecom", agents=70) as fake:
        result = pushed(fake, "wecom", tmp_path, rota(agents=70, days=31), per_call=30)
        assert result.count("confirmed") == 2170
        assert sends(fake) > 60
        assert max(fake.clock.waited) < 60


def test_who_is_too_fast_all_the_same_waits_and_goes_on(tmp_path: Path) -> None:
    with fake_of("wecom", agents=70) as fake:
        result = pushed(fake, "wecom", tmp_path, rota(agents=70, days=31), per_call=30, seconds_between=0)
        assert result.count("confirmed") == 2170
        assert max(fake.clock.waited) == 60


def test_the_page_that_shuts_an_address_out_is_waited_for(tmp_path: Path) -> None:
    with fake_of("dingtalk", agents=40, block_after=5) as fake:
        result = pushed(fake, "dingtalk", tmp_path, rota(agents=40, days=30))
        assert result.count("confirmed") == 1200
        assert max(fake.clock.waited) >= 300


def test_days_beyond_the_window_of_dingtalk_are_told_and_not_sent(tmp_path: Path) -> None:
    wanted = rota(agents=1, days=3, first=date(2026, 12, 16))
    with fake_of("dingtalk") as fake:
        result = pushed(fake, "dingtalk", tmp_path, wanted)
        statuses = {day.day: one.status for (_, day), one in result.outcomes.items()}
        assert statuses == {16: "confirmed", 17: "confirmed", 18: "refused"}
        assert result.outcomes["a000", date(2026, 12, 18)].reason_zh == "超出对方系统允许的日期范围"


def test_dingtalk_is_read_until_it_shows_what_it_took(tmp_path: Path) -> None:
    with fake_of("dingtalk", delay_s=40) as fake:
        assert pushed(fake, "dingtalk", tmp_path, rota()).count("confirmed") == 84
        assert sends(fake) == 1
    with fake_of("dingtalk", delay_s=4000) as fake:
        late = pushed(fake, "dingtalk", tmp_path / "late", rota())
        assert late.count("mismatched") == 84
        fake.clock.sleep(8000)
        assert pushed(fake, "dingtalk", tmp_path / "late", rota(), Mode.COMPARE).count("confirmed") == 84
        assert pushed(fake, "dingtalk", tmp_path / "late", rota()).outcomes == {}


@pytest.mark.parametrize("system", VENDORS)
def test_a_reading_that_shows_nothing_does_not_pass_for_right(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        path = {"dingtalk": "listbyusers", "wecom": "getcheckinschedulist", "feishu": "query"}[system]
        fake.faults.extend([(path, "empty_read")] * 40)
        # faults wait for their path: the readings come after the sending
        result = pushed(fake, system, tmp_path, rota(agents=2, days=3))
        assert result.count("mismatched") == 6
        fake.faults.clear()
        assert pushed(fake, system, tmp_path, rota(agents=2, days=3)).count("confirmed") == 6


# -- tokens


@pytest.mark.parametrize("system", VENDORS)
def test_a_token_serves_many_calls_and_is_renewed_before_it_ends(system: str, tmp_path: Path) -> None:
    with fake_of(system, agents=100) as fake:
        result = pushed(fake, system, tmp_path, rota(agents=100, days=14), per_call=10, seconds_between=60)
        assert result.count("confirmed") == 1400
        minutes = (fake.clock.now() - datetime(2026, 6, 20, 8, tzinfo=UTC).timestamp()) / 60
        tokens = [call for call in fake.calls if "oken" in call.path]
        assert minutes > 130
        assert 2 <= len(tokens) <= 1 + minutes // 25
    with fake_of(system) as fake:
        fake.faults.append((fake.send_path, "expire_token"))
        assert pushed(fake, system, tmp_path / "b", rota()).count("confirmed") == 84
        assert fake.issued == 2


# -- what leaves

LEAVES = {
    "dingtalk": "appKey appSecret op_user_id group_id schedules userid work_date shift_id is_rest "
    "userids from_date_time to_date_time",
    "wecom": "groupid yearmonth items userid day schedule_id useridlist starttime endtime",
    "feishu": "app_id app_secret user_daily_shifts group_id shift_id month user_id day_no operator_id "
    "user_ids check_date_from check_date_to",
    "shift_export": "scheduleRequestNumber requestSource requestTime scheduleEvents personNumber startDate endDate importMode "
    "scheduleShiftEvents shiftNumber referenceDay shiftAction shiftCode startTime endTime",
}


def names_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for part in value.values() for name in names_in(part)}
    return {name for part in value for name in names_in(part)} if isinstance(value, list) else set()


@pytest.mark.parametrize("system", EVERY)
def test_nothing_but_ids_days_and_shifts_leaves(system: str, tmp_path: Path) -> None:
    with fake_of(system) as fake:
        pushed(fake, system, tmp_path, rota())
        assert {name for call in fake.calls for name in names_in(call.body)} <= set(LEAVES[system].split())
        text = " ".join(json.dumps(call.body) for call in fake.calls)
        assert not re.search(r"leave|sick|reason|protect|name|AL\b", text, re.IGNORECASE)
        for call in fake.calls:
            assert set(call.query) <= {"access_token", "employee_type", "corpid", "corpsecret"}
            assert fake.secret not in json.dumps([call.query, call.body]) or "oken" in call.path


# -- shift export


def test_a_request_number_stands_for_one_request(tmp_path: Path) -> None:
    with fake_of("shift_export") as fake:
        fake.faults.append((fake.send_path, "timeout_after_commit"))
        assert pushed(fake, "shift_export", tmp_path, rota()).count("confirmed") == 84
        numbers = [call.body["scheduleRequestNumber"] for call in fake.sent()]
        assert len(numbers) == 2
        assert len(set(numbers)) == 1
        # back and forth: the same content another time is another request
        for turn in (1, 0, 1, 0):
            pushed(fake, "shift_export", tmp_path, rota(turn=turn))
            assert fake.held() == as_held(rota(turn=turn), "shift_export")
        modes = [event["importMode"] for call in fake.sent()[2:] for event in call.body["scheduleEvents"]]
        assert set(modes) == {"UPDATE"}


def test_without_an_address_a_file_is_written_and_nothing_is_called(tmp_path: Path) -> None:
    with fake_of("shift_export") as fake:
        result = pushed(fake, "shift_export", tmp_path, rota(), base="", secret_env="")
        assert result.count("confirmed") == 84
        assert fake.calls == []
    (request,) = json.loads((tmp_path / "schedule_requests.json").read_text())
    assert {event["importMode"] for event in request["scheduleEvents"]} == {"FULL"}
    night = next(one for one in request["scheduleEvents"][0]["scheduleShiftEvents"] if one["shiftCode"] == "N")
    assert datetime.fromisoformat(night["endTime"]) - datetime.fromisoformat(night["startTime"]) == timedelta(hours=8)
    assert night["endTime"][:10] > night["referenceDay"]


def test_a_plan_calls_nobody(tmp_path: Path) -> None:
    with fake_of("dingtalk") as fake:
        assert len(plan(fake, "dingtalk", tmp_path, rota()).pending) == 84
        assert fake.calls == []
        assert list(tmp_path.iterdir()) == []
