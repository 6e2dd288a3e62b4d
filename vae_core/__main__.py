"""The command line: python -m vae_core train | evaluate | checkpoints | reproduce"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from time import perf_counter
from typing import TypeVar

import torch
from tqdm import tqdm

from .config import PictureConfig, RunConfig, settings
from .datasets.registry import DataUnavailableError, fetch, held_out_images, training_images
from .datasets.upload_files import clean
from .datasets.upload_store import MAX_TITLE_LENGTH, UploadedSets, UploadError
from .datasets.uploads import read_upload
from .evaluation.metrics import evaluate
from .i18n.message import Message, UserError
from .reproduce import burda2016, ghosh2020, jiang2017, xie2016
from .reproduce.result import Row
from .rules import Choice, Rule, SettingError
from .runs import checkpoint
from .runs.checkpoint import SHIPPED, build_untrained, round_to_half
from .runs.recipes import RECIPES
from .runs.run import Run, measure, title
from .runtime.devices import VARIABLE, device
from .training.changes import record_end
from .training.monitor import Monitor, extend_history
from .training.trainer import DivergenceError, Step, Training
from .training.validation import check_together

TABLES: dict[str, Callable[[], Iterator[Step | Row]]] = {
    "burda2016": burda2016.reproduce,
    "xie2016": xie2016.reproduce,
    "jiang2017": jiang2017.reproduce,
    "ghosh2020": ghosh2020.reproduce,
}
PICTURES = {spec.name: spec for spec in fields(PictureConfig)}
Record = TypeVar("Record", bound=Step | Row)


def main(argv: list[str] | None = None, program: str = "python -m vae_core") -> int:
    """Run one command; a mistake becomes one sentence on standard error and the exit status 2.

    `program` is the name under which the help shows the command.
    """
    arguments = _parser(program).parse_args(argv)
    try:
        return COMMANDS[arguments.command](arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    except torch.OutOfMemoryError:
        say(Message("cli.gpu_full", {"variable": VARIABLE}))
        return 2


def train_command(arguments: argparse.Namespace) -> int:
    """Train a model and save it."""
    if not arguments.data:
        return _train(arguments, Path(arguments.folder or SHIPPED), arguments.dataset)
    folder = Path(arguments.folder or ".")
    if folder.resolve() == SHIPPED.resolve():
        raise SettingError("folder", arguments.folder, Message("cli.allowed_folder"))
    with own_data(Path(arguments.data), _pictures(arguments)) as dataset:
        return _train(arguments, folder, dataset)


def _train(arguments: argparse.Namespace, folder: Path, dataset: str) -> int:
    """Train with the settings of the arguments on a data set, and save the run in a folder."""
    values = {name: getattr(arguments, name) for name in settings()}
    config = RunConfig.from_flat(values | {"dataset": dataset})
    name = arguments.name or title(config)
    if name in checkpoint.names(folder):
        raise SettingError("name", name, Message("cli.allowed_name"))
    run = trained(config, name)
    checkpoint.save(run, folder)
    own = (
        "".join(f" --{option} {shlex.quote(getattr(arguments, option))}" for option in ("data", *PICTURES))
        if arguments.data
        else ""
    )
    path = str(folder / name if folder != SHIPPED else name)
    print(Message("cli.saved", {"name": name, "path": path, "options": own}).text())
    print(pairs(run.metrics))
    return 0


def evaluate_command(arguments: argparse.Namespace) -> int:
    """Print the metrics of a saved model on its held-out images."""
    if not arguments.data:
        return _evaluate(arguments)
    with own_data(Path(arguments.data), _pictures(arguments)):
        try:
            return _evaluate(arguments)
        except DataUnavailableError:
            allowed = Message("cli.allowed_data", {"name": arguments.name})
            raise SettingError("data", arguments.data, allowed) from None


def _evaluate(arguments: argparse.Namespace) -> int:
    path = SHIPPED / arguments.name if arguments.name in checkpoint.names() else Path(arguments.name)
    run = checkpoint.load(path)
    print(pairs(evaluate(run.model, held_out_images(run.config.data.dataset))))
    return 0


def checkpoints_command(arguments: argparse.Namespace) -> int:
    """Print the metrics of the shipped models, or train them again."""
    if not arguments.rebuild:
        for name in checkpoint.names():
            print(f"{name:24}{pairs(checkpoint.load(SHIPPED / name).metrics)}")
        return 0
    for name in arguments.names or RECIPES:
        if name not in RECIPES:
            raise SettingError("names", name, Choice(tuple(RECIPES)).allowed)
    for name in arguments.names or RECIPES:
        run = trained(RECIPES[name], name, half=True)
        checkpoint.save(run, SHIPPED)
        print(f"{name:24}{pairs(run.metrics)}")
    return 0


def reproduce_command(arguments: argparse.Namespace) -> int:
    """Train a published table again and print its figures beside the paper's."""
    if arguments.table not in TABLES:
        raise SettingError("table", arguments.table, Choice(tuple(TABLES)).allowed)
    started = perf_counter()
    rows = [record for record in _with_bar(TABLES[arguments.table](), arguments.table) if isinstance(record, Row)]
    for row in rows:
        parts = {"what": row.what, "paper": row.paper, "ours": row.ours, "unit": row.unit}
        print(Message("cli.row", {**parts, "difference": row.ours - row.paper}).text())
    print(
        pairs(
            {re.sub(r"\W+", "_", row.what.lower()).strip("_"): float(row.ours) for row in rows}
            | {"seconds": perf_counter() - started}
        )
    )
    return 0


def trained(config: RunConfig, name: str, half: bool = False) -> Run:
    """Train with a progress bar. Ctrl-C and divergence end it early and keep what is trained."""
    check_together(config)
    for progress in fetch(config.data):
        parts = {"name": progress.name, "done": progress.done / 1e6, "total": progress.total / 1e6}
        print("\r" + Message("cli.downloading", parts).text(), end="", file=sys.stderr)
    images, held_out = training_images(config.data), held_out_images(config.data.dataset)
    model = build_untrained(config).to(device())
    training = Training(model, images, config.train, config.loss)
    monitor, step, diverged = Monitor(held_out, interval_s=2.0), None, False
    history: list[dict[str, float]] = []
    try:
        for step in _with_bar(iter(training), name):
            frame = monitor.maybe_frame(model, step)
            history = extend_history(history, frame) if frame else history
    except KeyboardInterrupt:
        say(Message("cli.stopped"))
    except DivergenceError as error:
        diverged = True
        print(error, file=sys.stderr)
    end = monitor.final_frame(model, step) if step else None
    history = extend_history(history, end) if end else history
    if half:
        round_to_half(model)
    model.eval()
    return Run(name, config, model, measure(model, held_out, step), history, record_end([], config, training, diverged))


def text(key: str) -> str:
    """An English text; the command line speaks no other language."""
    return Message(key).text()


def option_help(key: str, rule: Rule, frame: str) -> str:
    """The help of an option: what it sets, and which values are allowed."""
    return Message(frame, {"help": Message(key), "allowed": rule.allowed}).text()


def say(message: Message) -> None:
    """Print a sentence to standard error."""
    print(message.text(), file=sys.stderr)


def pairs(metrics: dict[str, float]) -> str:
    """`name: value` pairs on one line, for a script to read."""
    return " ".join(
        f"{name}: {value:.4f}" if isinstance(value, float) else f"{name}: {value}" for name, value in metrics.items()
    )


def _with_bar(records: Iterator[Record], name: str) -> Iterator[Record]:
    """The records as they come; a bar shows the steps and begins anew where they do."""
    with tqdm(desc=name, unit="step") as bar:
        for record in records:
            if isinstance(record, Step):
                if record.step == 1:
                    bar.reset(record.steps)
                bar.update()
                if record.step % 20 == 0:
                    bar.set_postfix(phase=record.phase, loss=f"{record.terms['total']:.4g}")
            yield record


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=text("cli.description"))
    commands = parser.add_subparsers(dest="command", required=True)
    training = commands.add_parser(
        "train", help=text("cli.train"), formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    for name, default in RunConfig().flat().items():
        training.add_argument(
            f"--{name.replace('_', '-')}",
            default=default,
            help=option_help(f"setting.{name}.help", settings()[name].metadata["rule"], "cli.option").replace(
                "%", "%%"
            ),
        )
    training.add_argument("--name", default="", help=text("cli.train_name"))
    training.add_argument(
        "--folder",
        default="",
        help=text("cli.train_folder"),
    )
    _add_own(training)
    evaluation = commands.add_parser("evaluate", help=text("cli.evaluate"))
    evaluation.add_argument("name", help=text("cli.evaluate_name"))
    _add_own(evaluation)
    listing = commands.add_parser("checkpoints", help=text("cli.checkpoints"))
    listing.add_argument("--rebuild", action="store_true", help=text("cli.rebuild"))
    listing.add_argument("names", nargs="*", help=text("cli.names"))
    reproducing = commands.add_parser("reproduce", help=text("cli.reproduce"))
    reproducing.add_argument("table", help=Choice(tuple(TABLES)).allowed.text())
    return parser


def _add_own(command: argparse.ArgumentParser) -> None:
    """What the command line asks about own images, as the page does."""
    command.add_argument("--data", default="", help=text("cli.data"))
    for name, spec in PICTURES.items():
        command.add_argument(
            f"--{name}",
            default=spec.default,
            help=option_help(f"uploads.{name}_help", spec.metadata["rule"], "cli.picture_option"),
        )


def _pictures(arguments: argparse.Namespace) -> PictureConfig:
    return PictureConfig(**{name: getattr(arguments, name) for name in PICTURES})


COMMANDS = {
    "train": train_command,
    "evaluate": evaluate_command,
    "checkpoints": checkpoints_command,
    "reproduce": reproduce_command,
}


@contextmanager
def own_data(path: Path, pictures: PictureConfig) -> Iterator[str]:
    """Make a data set of a zip, a folder or a file, and delete it at the end.

    Yields its name, which depends only on the images. Raises UploadError.
    """
    if not path.exists():
        raise UploadError(Message("cli.no_such_path", {"path": str(path)}))
    upload = read_upload([path], pictures)
    skipped = sum(map(len, upload.skipped.values()))
    say(Message("cli.images", {"count": len(upload.images), "classes": len(upload.classes), "names": upload.classes}))
    if skipped:
        say(Message("cli.skipped", {"count": skipped}))
    sets = UploadedSets(lambda name: None, grace=float("inf"))
    try:
        sets.stage("", *upload.proposal(upload.fingerprint()))
        yield sets.add("", clean(path.resolve().stem)[:MAX_TITLE_LENGTH] or "own").name
    finally:
        sets.close()


if __name__ == "__main__":
    sys.exit(main())
