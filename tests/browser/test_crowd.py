"""Many visitors of one server at once, without their browsers."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.support.gradio_session import SHORT_TRAINING, EventIds, GradioSession

WATCHERS = 20


def test_whoever_watches_a_training_takes_nobody_elses_place(server: str) -> None:
    """Each watcher's event lasts as long as the training.

    A server with fewer places for events than watchers answers nobody else.
    """
    events = EventIds.read(server)
    trainer, stranger, *tabs = [GradioSession(events) for _ in range(WATCHERS + 2)]
    trainer.press_train(SHORT_TRAINING | {"epochs": 500})
    with ThreadPoolExecutor(WATCHERS + 1) as pool:
        watched = [pool.submit(tab.call, events.follow, [trainer.owner]) for tab in tabs]
        time.sleep(2)  # until they have their places
        answer = pool.submit(stranger.press_train, SHORT_TRAINING)
        try:
            answer.result(10)
            assert not any(one.done() for one in watched)
        finally:
            for one in (trainer, stranger):
                one.call(events.stop, [one.owner])
    assert all(one.result() for one in watched)
