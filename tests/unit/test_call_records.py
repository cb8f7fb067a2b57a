from datetime import date

import numpy as np
import pytest

from data.exchange.call_records import read_anonymous_bank, read_call_records
from data.model.call_record import LeftOut, together
from data.model.errors import InvalidData

ROWS = """queue,arrival,wait_s,outcome,handle_s,agent,caller,priority
b,2026-03-02T09:00:05,12,answered,180,Li,13800,2
a,2026-03-02T08:00:00,30.5,abandoned,,,13801,
a,2026-03-03T10:30:00,0,answered,,Wu,13800,1
a,2026-03-03T02:00:00Z,4,answered,90,,,
"""


def read(tmp_path, text, zone="Asia/Shanghai", **other):
    path = tmp_path / "records.csv"
    path.write_text(text, encoding="utf-8")
    return read_call_records(path, zone, **other)


def findings(tmp_path, text, **other):
    with pytest.raises(InvalidData) as caught:
        read(tmp_path, text, **other)
    return [(f.row, f.column, f.read) for f in caught.value.findings]


def test_calls_stand_in_order_of_arrival_on_whole_local_days(tmp_path):
    records = read(tmp_path, ROWS)
    assert records.size == 4
    assert (records.horizon.first, records.horizon.days) == (date(2026, 3, 2), 2)
    np.testing.assert_allclose(records.arrival_s, [8 * 3600, 9 * 3600 + 5, 34 * 3600, 34.5 * 3600])
    assert records.queues == ("b", "a")
    assert records.queue.tolist() == [1, 0, 1, 1]
    assert records.wait_s.tolist() == [30.5, 12, 4, 0]
    assert records.served_from_s[1] == 9 * 3600 + 17
    assert records.day.tolist() == [0, 0, 1, 1]
    assert records.hour.tolist() == [8, 9, 10, 10]


def test_what_is_not_known_stays_so(tmp_path):
    records = read(tmp_path, ROWS)
    assert records.answered.tolist() == [False, True, True, True]
    np.testing.assert_array_equal(records.handle_s, [np.nan, 180, 90, np.nan])
    assert records.agents == ("Li", "Wu")
    assert records.agent.tolist() == [-1, 0, -1, 1]
    assert records.caller.tolist() == [2, 1, 0, 1]
    assert records.priority.tolist() == [0, 2, 0, 1]
    assert records.left_out == ()


def test_columns_may_be_named_otherwise_and_be_left_out(tmp_path):
    records = read(
        tmp_path, "skill,arrival,wait_s,outcome,handle_s,note\na,2026-03-02T08:00,1,answered,5,x\n", columns={"queue": "skill"}
    )
    assert (records.queues, records.agents, records.caller.tolist(), records.priority.tolist()) == (("a",), (), [0], [0])


def test_every_bad_cell_is_a_finding(tmp_path):
    text = ROWS.replace("12,answered", "-12,taken").replace("30.5", "soon")
    assert findings(tmp_path, text) == [(2, "outcome", "'taken'"), (2, "wait_s", "'-12'"), (3, "wait_s", "'soon'")]


def test_contradictions_and_skipped_times_are_findings(tmp_path):
    text = "queue,arrival,wait_s,outcome,handle_s\na,2026-03-29T02:30,3,answered,5\na,2026-03-29T04:30,3,abandoned,60\n"
    assert findings(tmp_path, text, zone="Europe/Berlin") == [(2, "arrival", "2026-03-29 02:30:00"), (3, "handle_s", "60")]
    assert findings(tmp_path, "queue,arrival,wait_s,outcome,handle_s\n") == [(None, None, "no row")]
    assert findings(tmp_path, "queue,arrival,wait_s\na,2026-03-02,1\n") == [
        (1, "handle_s", "the columns queue, arrival, wait_s"),
        (1, "outcome", "the columns queue, arrival, wait_s"),
    ]


def test_the_hour_follows_the_clock_change(tmp_path):
    text = "queue,arrival,wait_s,outcome,handle_s\na,2026-03-29T00:30,3,answered,5\na,2026-03-29T04:30,3,answered,5\n"
    records = read(tmp_path, text, zone="Europe/Berlin")
    assert records.hour.tolist() == [0, 4]
    assert np.diff(records.arrival_s).tolist() == [3 * 3600]


def test_days_can_be_cut_out_and_files_be_joined(tmp_path):
    records = read(tmp_path, ROWS)
    first, second = (records.between(date(2026, 3, day), date(2026, 3, day)) for day in (2, 3))
    assert second.arrival_s.tolist() == [10 * 3600, 10.5 * 3600]
    joined = together((second, first))
    assert joined.horizon == records.horizon
    np.testing.assert_array_equal(joined.arrival_s, records.arrival_s)
    np.testing.assert_array_equal(joined.queue, records.queue)
    np.testing.assert_array_equal(joined.agent, records.agent)
    assert joined.caller.tolist() == [3, 2, 0, 1]
    assert records.of("b").wait_s.tolist() == [12]


def test_names_of_joined_files_are_matched_and_callers_are_not(tmp_path):
    head = "queue,arrival,wait_s,outcome,handle_s,agent,caller\n"
    first = read(tmp_path, head + "a,2026-03-02T08:00,1,answered,5,Li,7\na,2026-03-02T08:01,1,abandoned,,,\n")
    second = read(tmp_path, head + "b,2026-03-03T08:00,1,answered,5,Wu,7\na,2026-03-03T08:01,1,answered,5,Li,\n")
    joined = together((first, second))
    assert (joined.queues, joined.queue.tolist()) == (("a", "b"), [0, 0, 1, 0])
    assert (joined.agents, joined.agent.tolist()) == (("Li", "Wu"), [0, -1, 1, 0])
    assert joined.caller.tolist() == [1, 0, 2, 0]


def test_arrays_are_read_only(tmp_path):
    with pytest.raises(ValueError, match="read-only"):
        read(tmp_path, ROWS).wait_s[0] = 1


BANK = """customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_time,outcome,ser_time,server
9,2,PS,1999-01-03,08:00:00,08:00:04,4,08:00:06,20,AGENT,120,DANA
0,0,PS,1999-01-03,08:10:00,08:10:05,5,00:00:00,0,AGENT,30,DANA
0,0,NW,1999-01-03,23:59:50,00:00:10,20,00:00:10,60,HANG,0,NO_SERVER
0,0,NW,1999-01-03,09:00:00,09:00:10,10,00:00:00,0,HANG,0,NO_SERVER
0,0,NW,1999-01-03,09:00:00,09:00:10,10,09:00:10,10,PHANTOM,0,NO_SERVER
0,0,NW,1999-01-03,09:00:00,09:00:10,10,00:00:00,0,AGENT,4,NO_SERVER
0,0,NW,1999-01-03,09:00:00,08:59:50,-10,09:00:10,10,HANG,0,NO_SERVER
"""


def test_the_banks_layout_is_read_and_what_is_no_call_is_counted(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text(BANK, encoding="utf-8")
    records = read_anonymous_bank(path)
    assert records.left_out == (
        LeftOut("phantom calls", "虚呼", 1),
        LeftOut("negative times", "时间为负", 1),
        LeftOut("hung up in the voice menu", "在语音菜单中挂断", 1),
        LeftOut("answered without an agent", "已接听但无坐席", 1),
    )
    assert records.horizon.days == 2
    assert records.arrival_s.tolist() == [8 * 3600 + 6, 8 * 3600 + 605, 24 * 3600 + 10]
    assert records.wait_s.tolist() == [20, 0, 60]
    assert records.answered.tolist() == [True, True, False]
    np.testing.assert_array_equal(records.handle_s, [120, 30, np.nan])
    assert (records.agents, records.agent.tolist()) == (("DANA",), [0, 0, -1])
    assert records.caller.tolist() == [1, 0, 0]
    assert together((records, records)).left_out[0].rows == 2


def test_a_bank_file_without_calls_is_a_finding(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_text("\n".join(BANK.splitlines()[i] for i in (0, 4, 5)) + "\n", encoding="utf-8")
    with pytest.raises(InvalidData, match="no call that reached a queue"):
        read_anonymous_bank(path)
