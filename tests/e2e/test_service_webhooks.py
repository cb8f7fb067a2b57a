"""Webhooks over HTTP: subscribed, delivered with a signature, tried again, given up, replayed."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from receiver_case import Receiver, receiving, until
from service_case import Service, author, serving

from api.webhooks import Sender
from data.exchange.catalogue import BY_NAME
from data.store.entries import entries, put
from data.store.revisions import add_centre, changing
from data.store.webhooks import claim

QUICK = (timedelta(milliseconds=20), timedelta(milliseconds=20))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    with serving(tmp_path_factory.mktemp("webhooks"), webhooks_private=True) as service:
        yield service


@pytest.fixture
def centre(service: Service, request: pytest.FixtureRequest) -> str:
    name = f"c{abs(hash(request.node.name)) % 10**9}"
    with service.settings.database.writing() as connection:
        add_centre(connection, name, author())
    return name


@contextmanager
def sending(service: Service, **told: Any) -> Generator[Sender]:
    how: dict[str, Any] = {"schedule": QUICK, "poll_s": 0.02}
    sender = Sender(service.settings, **how | told)
    sender.start()
    try:
        yield sender
    finally:
        sender.stop()


def warn(service: Service, centre: str, many: int = 1) -> None:
    kept = BY_NAME["warning-steps"]
    with changing(service.settings.database, centre, author(), "test") as change:
        last = len(entries(change.connection, centre, kept.name))
        told = {"deed": "raised", "by": "system", "at": "2026-03-01T08:00:00+08:00", "level": "red", "role": "planner"}
        rows = [(f"{k:08d}", k, {"warning": f"w{k}", "reason": "secret", **told}) for k in range(last + 1, last + many + 1)]
        put(change, kept, rows)


def subscribe(client: httpx2.Client, centre: str, receiver: Receiver, *types: str) -> str:
    made = client.post(f"/centres/{centre}/webhooks", json={"url": receiver.url, "types": list(types) or ["*"]})
    assert made.status_code == 201, made.text
    receiver.secret = made.json()["secret"]
    return f"/centres/{centre}/webhooks/{made.json()['id']}"


def states(client: httpx2.Client, path: str) -> list[str]:
    return [one["state"] for one in client.get(f"{path}/deliveries").json()["items"]]


def test_an_event_arrives_signed_and_once(service: Service, centre: str) -> None:
    client = service.client("planner")
    with receiving() as receiver, sending(service), sending(service):
        path = subscribe(client, centre, receiver, "warning.*")
        warn(service, centre, 40)
        until(lambda: states(client, path) == ["delivered"] * 40)
        assert sorted(receiver.ids()) == sorted(set(receiver.ids()))
        assert (len(receiver.got), receiver.forged) == (40, 0)
        told = receiver.got[0][1]
        assert (told["type"], told["centre"]) == ("warning.raised", centre)
        assert "reason" not in told["data"]
    listed = client.get(f"/centres/{centre}/events", params={"types": "warning.*", "limit": 30}).json()
    assert {one["id"] for one in listed["items"]} <= set(receiver.ids())
    rest = client.get(f"/centres/{centre}/events", params={"after": listed["next"]}).json()
    assert (len(rest["items"]), rest["next"]) == (10, None)


def test_a_receiver_that_fails_is_tried_again_and_a_dead_delivery_is_replayed(service: Service, centre: str) -> None:
    client = service.client("planner")
    with receiving() as receiver, sending(service):
        path = subscribe(client, centre, receiver)
        receiver.answers = [500, 503]
        warn(service, centre)
        until(lambda: states(client, path) == ["delivered"])
        assert client.get(f"{path}/deliveries").json()["items"][0]["attempts"] == 3
        receiver.answers = [500, 302, 429]
        warn(service, centre)
        until(lambda: states(client, path) == ["dead", "delivered"])
        dead = client.get(f"{path}/deliveries", params={"state": "dead"}).json()["items"][0]
        assert (dead["status"], dead["attempts"], receiver.tries) == (429, 3, 6)  # the redirect was not followed
        assert client.get(path).json()["failing_since"] is not None
        assert client.post(f"{path}/deliveries/{dead['id']}/replay").json() == {"deliveries": 1}
        until(lambda: states(client, path) == ["delivered", "delivered"])
        assert client.get(path).json()["failing_since"] is None
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        assert client.post(f"{path}/replay", json={"since": since}).json() == {"deliveries": 2}
        until(lambda: len(receiver.got) == 4)
        assert len(set(receiver.ids())) == 2


def test_a_slow_receiver_times_out_and_does_not_hold_up_the_others(service: Service, centre: str) -> None:
    client = service.client("planner")
    with receiving() as slow, receiving() as quick, sending(service, timeout_s=0.5, schedule=QUICK[:1]):
        slow.delay_s = 1.0
        late, soon = subscribe(client, centre, slow), subscribe(client, centre, quick)
        warn(service, centre, 12)
        until(lambda: states(client, soon) == ["delivered"] * 12)
        assert states(client, late).count("dead") <= 8
        until(lambda: "dead" in states(client, late))
        one = client.get(f"{late}/deliveries", params={"state": "dead"}).json()["items"][0]
        assert one["status"] is None
        assert "Timeout" in one["error"]
        assert client.delete(late, headers={"If-Match": "*"}).status_code == 204


def test_nothing_is_lost_when_a_sender_dies_with_a_delivery_in_hand(service: Service, centre: str) -> None:
    client = service.client("planner")
    with receiving() as receiver:
        path = subscribe(client, centre, receiver)
        warn(service, centre, 3)
        with service.settings.database.writing() as connection:  # a sender that took them and is gone
            assert len(claim(connection, datetime.now(UTC), timedelta(seconds=0.3), limit=9, each=9)) == 3
            assert claim(connection, datetime.now(UTC), timedelta(seconds=0.3), limit=9, each=9) == []
        with sending(service):
            until(lambda: states(client, path) == ["delivered"] * 3)


def test_a_ping_a_new_secret_and_gone(service: Service, centre: str) -> None:
    client = service.client("administrator")
    with receiving() as receiver, sending(service):
        path = subscribe(client, centre, receiver, "roster.published")
        assert client.post(f"{path}/ping").json()["type"] == "webhook.ping"
        until(lambda: len(receiver.got) == 1)
        old, new = receiver.secret, client.post(f"{path}/rotate").json()["secret"]
        for secret in (old, new):
            receiver.secret = secret
            client.post(f"{path}/ping")
        until(lambda: len(receiver.got) == 3)
        receiver.answers = [410]
        client.post(f"{path}/ping")
        until(lambda: not client.get(path).json()["enabled"])
        assert "410" in client.get(path).json()["why"]
        tag = client.get(path).headers["ETag"]
        assert client.patch(path, json={"enabled": True}).status_code == 428
        assert client.patch(path, json={"enabled": True}, headers={"If-Match": '"0"'}).status_code == 412
        again = client.patch(path, json={"enabled": True, "types": ["*"]}, headers={"If-Match": tag})
        assert (again.json()["enabled"], again.json()["why"], again.json()["types"]) == (True, "", ["*"])


def test_addresses_and_types_are_checked_and_others_keep_out(service: Service, centre: str) -> None:
    client, path = service.client("planner"), f"/centres/{centre}/webhooks"
    assert client.post(path, json={"url": "ftp://x/"}).json()["type"] == "invalid-data"
    assert client.post(path, json={"url": "http://x/", "types": ["Roster"]}).status_code == 422
    assert service.client("leader").get(path).status_code == 403
    assert client.get(f"{path}/none").status_code == 404
    assert client.get("/centres/nowhere/webhooks").status_code == 404


def test_private_addresses_are_not_called_unless_that_is_allowed(tmp_path: Path) -> None:
    with serving(tmp_path) as closed, receiving() as receiver, sending(closed):
        client = closed.client("planner")
        with closed.settings.database.writing() as connection:
            add_centre(connection, "c", author())
        assert client.post("/centres/c/webhooks", json={"url": receiver.url}).status_code == 422
        receiver.url = receiver.url.replace("http://127.0.0.1", "https://localhost")
        path = subscribe(client, "c", receiver)
        warn(closed, "c")
        until(lambda: states(client, path) == ["dead"])
        assert "private addresses are not called" in client.get(f"{path}/deliveries").json()["items"][0]["error"]
        assert receiver.tries == 0


def test_what_is_in_hand_counts_against_what_a_receiver_gets_at_a_time(service: Service, centre: str) -> None:
    with receiving() as receiver:
        number = subscribe(service.client("planner"), centre, receiver).rsplit("/", 1)[1]
        warn(service, centre, 9)
        with service.settings.database.writing() as connection:
            taken = [
                claim(connection, datetime.now(UTC), timedelta(hours=1), limit=9, each=4, busy={number: busy}) for busy in (3, 4, 0)
            ]
        assert [len([one for one in some if one["webhook"] == number]) for some in taken] == [1, 0, 4]
