"""Sends the events of the outbox to who has subscribed, signed as Standard Webhooks say, again and again until they arrive.

An event may arrive twice (the answer to the first may be lost): its id is the same each time. The order is not promised.
"""

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import structlog
from standardwebhooks import Webhook

from api.outbound import Refused, pin
from api.settings import Settings
from data.model.errors import InvalidData
from data.store.events import event_row
from data.store.operation import Away
from data.store.revisions import Author
from data.store.webhooks import claim, delivered, disable, failed, is_due, subscription

SCHEDULE = tuple(timedelta(seconds=one) for one in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400))
"""Waits between attempts, about three days in all: the schedule that the Standard Webhooks specification recommends."""

JITTER = 0.2
"""Up to so much of a wait is added at random, so that those who failed together do not come back together (house choice)."""

GIVE_UP = timedelta(days=5)
"""A subscription that has failed for so long is disabled when one more delivery dies (house choice)."""

TIMEOUT_S = 10.0
LEASE = timedelta(seconds=60)
"""Longer than an attempt can take: a sender that dies with a delivery in hand is taken over from after this."""

THREADS, EACH = 16, 4
"""Deliveries at a time, in all and to one subscription: a slow receiver does not keep the others waiting."""

GONE = 410
log = structlog.get_logger("echelon.webhooks")


def utc_now() -> datetime:
    """Instant of now."""
    return datetime.now(UTC)


def payload(event: dict[str, Any]) -> str:
    """The body that is sent and signed."""
    told = {"type": event["type"], "timestamp": event["at"].isoformat(), "centre": event["centre"], "revision": event["revision"]}
    return json.dumps(told | {"data": event["data"]}, ensure_ascii=False, separators=(",", ":"))


def message_id(event: dict[str, Any]) -> str:
    """Id of an event on the wire: the same at each attempt and replay."""
    return f"evt_{event['id']}"


def signed(row: dict[str, Any], event: dict[str, Any], body: str, now: datetime) -> dict[str, str]:
    """Headers of a message; after a rotation both secrets sign."""
    both = [row["secret"], *([row["old_secret"]] if row["old_until"] is not None and now < row["old_until"] else [])]
    number = message_id(event)
    signatures = " ".join(Webhook(secret).sign(number, now, body) for secret in both)
    return {"webhook-id": number, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signatures}


@dataclass(frozen=True)
class Outcome:
    """What an attempt came to; `status` is None where there was no answer."""

    status: int | None
    error: str = ""

    @property
    def arrived(self) -> bool:
        """Whether the receiver has said that it has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(eq=False)
class Sender:
    """Sends what is due, in threads of its own, until it is stopped.

    Parameters
    ----------
    schedule : sequence of timedelta
        Waits after the first, second, ... attempt; after the last a delivery is dead.
    lease : timedelta
        After so long a delivery that was being sent is taken over.
    poll_s : float
        Seconds between looks at the outbox.
    timeout_s : float
        Seconds that a receiver may take.
    """

    settings: Settings
    schedule: Sequence[timedelta] = SCHEDULE
    lease: timedelta = LEASE
    poll_s: float = 1.0
    timeout_s: float = TIMEOUT_S
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        self._stopping, self._woken, self._busy = threading.Event(), threading.Event(), Counter[str]()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, name="echelon-webhooks", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Send what is in hand to its end and stop."""
        self._stopping.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(30)

    @property
    def alive(self) -> bool:
        """Whether it sends."""
        return self._thread.is_alive()

    def _loop(self) -> None:
        client = httpx2.Client(timeout=self.timeout_s, follow_redirects=False, trust_env=False)
        with client, ThreadPoolExecutor(THREADS, "echelon-webhook") as pool:
            while not self._stopping.is_set():
                self._woken.clear()
                try:
                    many = self._take(pool, client)
                except Away as error:  # the database is away: the outbox waits
                    log.warning("webhooks.outbox", error=type(error).__name__)
                    many = 0
                if not many:
                    self._woken.wait(self.poll_s)

    def _take(self, pool: ThreadPoolExecutor, client: httpx2.Client) -> int:
        """Take what is due, as much as there are threads for, and give it to them; how many deliveries."""
        with self._lock:
            busy = Counter(self._busy)
        free, now = THREADS - busy.total(), self.clock()
        with self.settings.database.reading() as connection:
            if free <= 0 or not is_due(connection, now):
                return 0
        with self.settings.database.writing() as connection:
            taken = claim(connection, now, self.lease, limit=free, each=EACH, busy=busy)
        with self._lock:
            self._busy.update(delivery["webhook"] for delivery in taken)
        for delivery in taken:
            pool.submit(self._deliver, client, delivery)
        return len(taken)

    def _deliver(self, client: httpx2.Client, delivery: dict[str, Any]) -> None:
        try:
            self._send(client, delivery)
        except Exception:  # whatever it is, the others go on; the delivery is sent again when its lease ends
            log.exception("webhooks.broken", delivery=delivery["id"])
        finally:
            with self._lock:
                self._busy[delivery["webhook"]] -= 1
            self._woken.set()

    def _send(self, client: httpx2.Client, delivery: dict[str, Any]) -> None:
        with self.settings.database.reading() as connection:
            row, event = subscription(connection, delivery["webhook"]), event_row(connection, delivery["event"])
        outcome = self._attempt(client, row, event)
        told = {"webhook": row["id"], "message": message_id(event), "type": event["type"], "attempt": delivery["attempts"]}
        log.info("webhook.sent", **told, status=outcome.status, error=outcome.error)
        with self.settings.database.writing() as connection:
            if outcome.arrived:
                delivered(connection, delivery, outcome.status or 0)
            else:
                self._note_failure(connection, delivery, row, outcome)

    def _attempt(self, client: httpx2.Client, row: dict[str, Any], event: dict[str, Any]) -> Outcome:
        body = payload(event)
        headers = signed(row, event, body, self.clock()) | {"content-type": "application/json", "user-agent": "Echelon/1"}
        try:
            to = pin(row["url"], private=self.settings.webhooks_private)
            asked = client.build_request(
                "POST", to.url, content=body, headers=headers | {"host": to.host}, extensions={"sni_hostname": to.name}
            )
            answer = client.send(asked, stream=True)
            try:
                return Outcome(answer.status_code, "" if answer.is_success else f"answered {answer.status_code}")
            finally:
                answer.close()  # what it says is of no use, and may be long
        except (httpx2.HTTPError, httpx2.InvalidURL, Refused, InvalidData) as error:
            return Outcome(None, f"{type(error).__name__}: {error}")

    def _note_failure(self, connection: Any, delivery: dict[str, Any], row: dict[str, Any], outcome: Outcome) -> None:
        now, gone = self.clock(), outcome.status == GONE
        wait = None if gone or delivery["attempts"] > len(self.schedule) else self.schedule[delivery["attempts"] - 1]
        next_at = None if wait is None else now + wait * (1 + JITTER * random.random())
        failed(connection, delivery, now, status=outcome.status, error=outcome.error, next_at=next_at)
        long = row["failing_since"] is not None and now - row["failing_since"] >= GIVE_UP
        if row["removed_at"] is None and row["enabled"] and (gone or (next_at is None and long)):
            why = "the receiver answers 410 Gone" if gone else f"it has failed since {row['failing_since']:%Y-%m-%d %H:%M} UTC"
            disable(connection, row["id"], why, Author("echelon", now, why))
