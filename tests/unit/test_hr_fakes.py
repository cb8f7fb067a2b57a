"""The fakes are as strict as the contracts: a client that goes wrong is refused, in the vendor's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx2
import pytest
from hr_fakes import dingtalk, feishu, wecom
from hr_fakes.server import Fake
from push_case import fake_of

from data.exchange.hr.blocks import midnight

DAY = date(2026, 6, 24)


@contextmanager
def client_of(system: str, **told: Any) -> Iterator[tuple[Fake, httpx2.Client]]:
    with fake_of(system, agents=300, **told) as fake, httpx2.Client(base_url=fake.address, trust_env=False) as client:
        yield fake, client


# -- DingTalk


def ding_token(client: httpx2.Client, fake: Fake) -> str:
    return client.post("/v1.0/oauth2/accessToken", json={"appKey": "app-1", "appSecret": fake.secret}).json()["accessToken"]


def ding_row(user: str = "a000", shift: int = 11, day: date = DAY, *, rest: bool = False) -> dict[str, Any]:
    return {"userid": user, "work_date": midnight(day) * 1000, "shift_id": shift, "is_rest": rest}


def ding(client: httpx2.Client, token: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, params={"access_token": token}, json={"op_user_id": "boss"} | body)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize(
    ("rows", "group", "code"),
    [
        ([ding_row()] * 200, 7, 0),
        ([ding_row()] * 201, 7, 40035),
        ([ding_row("nobody")], 7, 33012),
        ([ding_row(shift=99)], 7, 40035),
        ([ding_row(shift=1, rest=True)], 7, 0),
        ([ding_row(shift=11, rest=True)], 7, 40035),
        ([ding_row(shift=-2)], 7, 0),
        ([ding_row()], 8, 40035),
        ([ding_row()], 77, 40035),
        ([ding_row(day=date(2026, 12, 18))], 7, 40035),
        ([ding_row(day=date(2025, 12, 20))], 7, 40035),
    ],
)
def test_dingtalk_takes_what_its_contract_says(rows: list[dict[str, Any]], group: int, code: int) -> None:
    with client_of("dingtalk") as (fake, client):
        answer = ding(client, ding_token(client, fake), dingtalk.SEND, {"group_id": group, "schedules": rows})
        assert answer["errcode"] == code
        assert "result" not in answer


def test_dingtalk_shows_rows_later_and_keeps_to_its_windows() -> None:
    with client_of("dingtalk") as (fake, client):
        token = ding_token(client, fake)
        ding(client, token, dingtalk.SEND, {"group_id": 7, "schedules": [ding_row(), ding_row("a001", 1, rest=True)]})

        def read(users: int, days: int) -> dict[str, Any]:
            told = {"userids": ",".join(f"a{k:03d}" for k in range(users)), "from_date_time": midnight(DAY) * 1000}
            last = midnight(date(2026, 6, 23 + days)) * 1000
            return ding(client, token, dingtalk.READ, told | {"to_date_time": last})

        assert read(2, 7)["result"] == []
        fake.clock.sleep(5)
        rows = read(2, 7)["result"]
        assert [(row["userid"], row["is_rest"]) for row in rows] == [("a000", "N"), ("a000", "N"), ("a001", "Y")]
        assert read(51, 1)["errcode"] == 40035
        assert read(1, 8 - 1)["errcode"] == 0
        assert ding(client, token, dingtalk.READ, {
            "userids": "a000", "from_date_time": midnight(DAY) * 1000, "to_date_time": midnight(date(2026, 7, 1)) * 1000,
        })["errcode"] == 41041  # fmt: skip


def test_tokens_of_dingtalk_end_and_the_same_is_given_while_it_holds() -> None:
    with client_of("dingtalk") as (fake, client):
        assert ding(client, "", dingtalk.SEND, {})["sub_code"] == "40014"
        assert client.post("/v1.0/oauth2/accessToken", json={"appKey": "app-1", "appSecret": "no"}).status_code == 400
        token = ding_token(client, fake)
        fake.clock.sleep(7000)
        assert ding_token(client, fake) == token
        fake.clock.sleep(7000)
        assert ding(client, token, dingtalk.SEND, {"group_id": 7, "schedules": [ding_row()]})["errcode"] == 0
        fake.clock.sleep(300)
        assert ding(client, token, dingtalk.SEND, {"group_id": 7, "schedules": [ding_row()]})["errcode"] == 88
        assert ding_token(client, fake) != token


def test_dingtalk_stops_who_is_too_fast_and_shuts_out_who_goes_on() -> None:
    with client_of("dingtalk", block_after=40) as (fake, client):
        token = ding_token(client, fake)
        codes = [ding(client, token, dingtalk.SEND, {"group_id": 7, "schedules": [ding_row()]})["errcode"] for _ in range(25)]
        assert codes == [0] * 20 + [90019] * 5
        pages = [client.post(dingtalk.SEND, params={"access_token": token}, json={}).text for _ in range(20)]
        assert pages[-1].startswith("<html>")
        fake.clock.sleep(301)
        assert ding(client, token, dingtalk.SEND, {"group_id": 7, "schedules": [ding_row()]})["errcode"] == 0


# -- WeCom


def we(client: httpx2.Client, fake: Fake, path: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
    keys = {"corpid": "app-1", "corpsecret": fake.secret}
    token = client.get("/cgi-bin/gettoken", params=keys).json()["access_token"] if token is None else token
    return client.post(path, params={"access_token": token}, json=body).json()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, 0),
        ({"groupid": 8}, 301026),
        ({"yearmonth": "202606"}, 301025),
        ({"items": [{"userid": "a000", "day": 31, "schedule_id": 11}]}, 301025),
        ({"items": [{"userid": "a000", "day": 30, "schedule_id": 0}]}, 0),
        ({"items": [{"userid": "nobody", "day": 30, "schedule_id": 11}]}, 60111),
        ({"items": [{"userid": "a000", "day": 30, "schedule_id": 99}]}, 301027),
    ],
)
def test_wecom_takes_one_month_and_one_rule(change: dict[str, Any], code: int) -> None:
    with client_of("wecom") as (fake, client):
        told = {"groupid": 7, "yearmonth": 202606, "items": [{"userid": "a000", "day": 30, "schedule_id": 11}]}
        answer = we(client, fake, wecom.SEND, told | change)
        assert answer["errcode"] == code
        assert set(answer) == {"errcode", "errmsg"}


def test_wecom_limits_readings_calls_and_tokens() -> None:
    with client_of("wecom") as (fake, client):
        days = {"starttime": midnight(DAY), "endtime": midnight(date(2026, 7, 20))}
        users = [f"a{k:03d}" for k in range(101)]
        assert we(client, fake, wecom.READ, {"useridlist": users[:100], **days})["errcode"] == 0
        assert we(client, fake, wecom.READ, {"useridlist": users, **days})["errcode"] == 301025
        assert (
            we(client, fake, wecom.READ, {"useridlist": users, **days, "endtime": midnight(date(2026, 8, 1))})["errcode"] == 301025
        )
        codes = [we(client, fake, wecom.READ, {"useridlist": users[:1], **days})["errcode"] for _ in range(60)]
        assert codes == [0] * 57 + [45009] * 3
        fake.clock.sleep(61)
        assert we(client, fake, wecom.READ, {"useridlist": users[:1], **days})["errcode"] == 0
        assert we(client, fake, wecom.READ, {}, token="made-up")["errcode"] == 40014
        old = fake.token
        fake.clock.sleep(7200)
        assert we(client, fake, wecom.READ, {}, token=old)["errcode"] == 42001
        assert client.get("/cgi-bin/gettoken", params={"corpid": "app-1", "corpsecret": "no"}).json()["errcode"] == 40001


# -- Feishu


def fei_row(**change: Any) -> dict[str, Any]:
    return {"group_id": "7", "shift_id": "11", "month": 202606, "user_id": "a000", "day_no": 30} | change


def fei(client: httpx2.Client, fake: Fake, path: str, body: dict[str, Any], kind: str = "employee_id") -> tuple[int, int]:
    keys = {"app_id": "app-1", "app_secret": fake.secret}
    token = client.post("/open-apis/auth/v3/tenant_access_token/internal", json=keys).json()["tenant_access_token"]
    answer = client.post(path, params={"employee_type": kind}, json=body, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([fei_row()] * 50, 0),
        ([fei_row()] * 51, 1220001),
        ([fei_row(day_no=31)], 1220001),
        ([fei_row(user_id="nobody")], 1220004),
        ([fei_row(shift_id="99")], 1226003),
        ([fei_row(shift_id=11)], 1220001),
        ([fei_row(shift_id="0")], 0),
        ([fei_row(shift_id="0", is_clear_schedule=True)], 0),
        ([fei_row(group_id="77")], 1220001),
        ([fei_row(), fei_row(group_id="9")], 1220001),
        ([fei_row(), fei_row(user_id="a001", group_id="9")], 0),
    ],
)
def test_feishu_takes_what_its_contract_says(rows: list[dict[str, Any]], code: int) -> None:
    with client_of("feishu") as (fake, client):
        told = {"user_daily_shifts": rows, "operator_id": "boss"}
        assert fei(client, fake, feishu.SEND, told) == (400 if code else 200, code)


def test_feishu_asks_for_operator_kind_membership_and_limits() -> None:
    with client_of("feishu", members={"a000": "9"}) as (fake, client):
        assert fei(client, fake, feishu.SEND, {"user_daily_shifts": [fei_row(user_id="a001")]}) == (400, 1220001)
        told = {"user_daily_shifts": [fei_row()], "operator_id": "boss"}
        assert fei(client, fake, feishu.SEND, told) == (400, 1220004)
        assert fei(client, fake, feishu.SEND, told, "open_id") == (400, 1220001)
        days = {"check_date_from": 20260601, "check_date_to": 20260630}
        users = [f"a{k:03d}" for k in range(51)]
        assert fei(client, fake, feishu.READ, {"user_ids": users[:50], **days}) == (200, 0)
        assert fei(client, fake, feishu.READ, {"user_ids": users, **days}) == (400, 1220001)
        assert fei(client, fake, feishu.READ, {"user_ids": users[:1], **days, "check_date_to": 20260701}) == (400, 1220001)
        fake.clock.sleep(2)
        codes = [fei(client, fake, feishu.READ, {"user_ids": users[:1], **days})[1] for _ in range(52)]
        assert codes == [0] * 50 + [99991400] * 2


def test_two_tokens_of_feishu_are_one_until_half_an_hour_before_the_end() -> None:
    with client_of("feishu") as (fake, client):
        days = {"user_ids": ["a000"], "check_date_from": 20260601, "check_date_to": 20260630}
        fei(client, fake, feishu.READ, days)
        fake.clock.sleep(5000)
        fei(client, fake, feishu.READ, days)
        assert fake.issued == 1
        fake.clock.sleep(500)
        fei(client, fake, feishu.READ, days)
        assert fake.issued == 2
