"""Visitors without a browser: they speak Gradio's protocol as the page does."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass

import httpx

from vae_core.config import RunConfig

SHORT_TRAINING: dict[str, object] = {"dataset": "digits", "hidden": "64", "epochs": 200}


@dataclass(frozen=True)
class EventIds:
    """The ids of the page's event handlers, read from Gradio's configuration of the page at `address`.

    `settings` names the fields of the training form in the order in which `submit` takes them.
    """

    address: str
    greet: int
    submit: int
    follow: int
    stop: int
    settings: tuple[str, ...]

    @classmethod
    def read(cls, address: str) -> EventIds:
        """Find the handlers by the elements that they are bound to."""
        config = httpx.get(address + "config", timeout=60).json()
        element_ids = {component["id"]: component["props"].get("elem_id") or "" for component in config["components"]}
        components = {element_id: number for number, element_id in element_ids.items() if element_id}
        handlers = config["dependencies"]

        def bound(element_id: str, event: str) -> dict:
            return next(handler for handler in handlers if [components[element_id], event] in handler["targets"])

        submit = bound("train-start", "click")
        owner = submit["inputs"][:1]
        greet = next(handler for handler in handlers if handler["inputs"] == handler["outputs"] == owner)
        status = components["train-status"]
        follow = next(handler for handler in handlers if status in handler["outputs"] and handler["types"]["generator"])
        return cls(
            address,
            greet["id"],
            submit["id"],
            follow["id"],
            bound("train-stop", "click")["id"],
            tuple(element_ids[number].removeprefix("setting-") for number in submit["inputs"][1:]),
        )


class GradioSession:
    """A visitor with an open page. One stream returns the answers to all events, as in a browser."""

    def __init__(self, events: EventIds) -> None:
        self.events, self.session_hash = events, uuid.uuid4().hex[:12]
        self.client = httpx.Client(base_url=events.address, timeout=1200)
        self.client.get("").raise_for_status()
        answer = self.client.post(
            "gradio_api/run/predict", json={"data": [""], "fn_index": events.greet, "session_hash": self.session_hash}
        )
        self.owner = answer.raise_for_status().json()["data"][0]

    def call(self, handler: int, data: list[object], until: str = "") -> tuple[str, float]:
        """Trigger an event handler. Return its last message and the seconds until that message.

        The last message is the first that contains `until`, or the one that completes the event.
        """
        started = time.perf_counter()
        body = {
            "data": data,
            "event_data": None,
            "fn_index": handler,
            "trigger_id": None,
            "session_hash": self.session_hash,
        }
        event = self.client.post("gradio_api/queue/join", json=body).raise_for_status().json()["event_id"]
        text = ""
        query = {"session_hash": self.session_hash}
        with self.client.stream("GET", "gradio_api/queue/data", params=query) as stream:
            for line in stream.iter_lines():
                if not line.startswith("data:"):
                    continue
                message = json.loads(line[5:])
                if message.get("event_id") != event:
                    continue  # an earlier event of this session, whose end nobody waited for
                text = line
                if (until and until in line) or message["msg"] == "process_completed":
                    break
        return text, time.perf_counter() - started

    def press_train(self, settings: dict[str, object]) -> None:
        """Submit the training form with these settings."""
        values = RunConfig.from_flat(settings).flat()
        self.call(self.events.submit, [self.owner, *[values[name] for name in self.events.settings]])

    def train(self, settings: dict[str, object]) -> tuple[float, float, bool]:
        """Train to the end.

        Return the seconds from pressing Train to the first epoch and to the end, and the success.
        """
        started = time.perf_counter()
        self.press_train(settings)
        self.call(self.events.follow, [self.owner], until="epoch")
        first = time.perf_counter() - started
        text = ""
        while "process_completed" not in text:
            text, _ = self.call(self.events.follow, [self.owner])
        return first, time.perf_counter() - started, self.finished()

    def finished(self) -> bool:
        """Whether the page would say that the visitor's newest training has finished."""
        text, _ = self.call(self.events.follow, [self.owner], until="Finished")
        return "Finished" in text
