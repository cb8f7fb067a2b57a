"""Run the forecasting benchmark: ``python -m benchmarks.forecasting --help``."""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.forecasting import datasets, peers, report
from benchmarks.forecasting.ours import PREFIX
from benchmarks.forecasting.protocol import TRACKS, Feed, discovered, feeds
from benchmarks.forecasting.runner import THREADS, Row, Run, method_named, run_within
from forecasting.methods import methods

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("ECHELON_BENCH_DATA", ROOT.parent / "shared" / "data"))


def names_of(text: str) -> list[str]:
    """Names between commas."""
    return [name for name in text.split(",") if name]


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__)
    sets = discovered(datasets.__path__)
    parser.add_argument("--data", type=names_of, default=sets, help=f"of {','.join(sets)}")
    parser.add_argument("--tracks", type=names_of, default=list(TRACKS), help=f"of {','.join(TRACKS)}")
    parser.add_argument("--minutes", type=names_of, default=["30", "5"], help="intervals, where a data set is not daily")
    parser.add_argument("--block", choices=("dev", "test"), default="test", help="of bank_calls; other sets have one block")
    parser.add_argument("--method", type=names_of, default=list(methods()), help="of ours, or none")
    parser.add_argument("--peers", default="all", help="of " + ",".join(peers.names()) + "; all or none")
    parser.add_argument("--stride", type=int, default=5, help="slow methods forecast every n-th day of the intraday track")
    parser.add_argument("--seconds", type=float, default=600, help="a method that takes longer on a track is stopped")
    parser.add_argument("--out", type=Path, help="figures as JSON, kept after every run")
    parser.add_argument("--resume", action="store_true", help="go on from --out: what is finished there is not run again")
    parser.add_argument("--table", type=Path, help="write the tables as a page")
    asked = parser.parse_args()
    unknown = set(asked.data) - set(sets) | set(asked.tracks) - set(TRACKS)
    unknown |= set(names_of(asked.peers)) - {*peers.names(), "all", "none"} | set(asked.method) - {*methods(), "none"}
    if unknown:
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return asked


def wanted(asked: argparse.Namespace) -> list[str]:
    """Methods to run; a peer that lacks its package is left out."""
    chosen = [PREFIX + name for name in asked.method if name != "none"]
    found = {"all": peers.names(), "none": []}.get(asked.peers, names_of(asked.peers))
    return chosen + [name for name in found if _installed(name)]


def _installed(name: str) -> bool:
    try:
        method_named(name)
    except ModuleNotFoundError as error:
        print(f"{name} is left out: no package {error.name}")
        return False
    return True


def runs(feed: Feed, asked: argparse.Namespace, chosen: list[str]) -> Iterator[Run]:
    """Runs on a feed; the intraday track comes whole for quick methods, then on every n-th day for all."""
    block = asked.block if asked.block in feed.blocks else next(iter(feed.blocks))
    for track in (track for track in feed.tracks if track in asked.tracks):
        strides = (1, asked.stride) if track == "intraday" and asked.stride > 1 else (1,)
        for stride in strides:
            for name in chosen:
                method = method_named(name)
                fits = (method.drivers or feed.drivers is None) and not (method.slow and stride < max(strides))
                if fits:
                    yield Run(feed.name, feed.title, feed.minutes, track, stride, block, name)


def main() -> None:
    """Run what is asked for, keep and print it."""
    os.environ.update(dict.fromkeys(THREADS, "1"))  # the processes that measure inherit it
    asked = arguments()
    known: dict[Run, Row] = report.read(asked.out) if asked.out and asked.resume else {}
    chosen = wanted(asked)
    for feed in feeds(DATA, asked.data, [int(minutes) for minutes in asked.minutes]):
        if isinstance(feed, str):
            print(feed)
            continue
        for run in runs(feed, asked, chosen):
            if run not in known or not known[run].settled(asked.seconds):
                known[run] = run_within(run, feed, asked.seconds)
                _progress(known[run])
                if asked.out:
                    report.write(asked.out, known.values())
    report.show(known.values())
    if asked.table:
        asked.table.parent.mkdir(parents=True, exist_ok=True)
        asked.table.write_text(report.page(known.values()), encoding="utf-8")


def _progress(row: Row) -> None:
    run, figure = row.run, row.figures
    found = f"WAPE {100 * figure['wape']:.2f} pinball {figure['pinball']:.3f} {row.cpu_ms:.0f} ms" if figure else row.status
    print(f"{run.title}, {run.track} /{run.stride}, {run.block}: {run.method}: {found} {row.note}", flush=True)


if __name__ == "__main__":
    main()
