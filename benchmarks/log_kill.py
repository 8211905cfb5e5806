"""
Two processes append contacts at once and are killed at any moment: is anything lost, doubled or unreadable?

Each writer logs numbered contacts by `log_contacts`, some at a time, and tells a number only when the call has come
back. It is killed with SIGKILL at random and begun again behind the last contact that it had told, so that a call that
was under way is repeated. At the end every told contact stands there once, and after every kill the file was whole.

    python benchmarks/log_kill.py --rows 10000 --most 40
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from expansion_kit.cities import log_contacts
from expansion_kit.cities.reading import read_raw

CITY = """name = "log"
country = "CN"
language = "en"
[tables.prospects]
file = "prospects.csv"
source = "made"
[tables.contacts]
file = "contacts.csv"
source = "made"
"""
WRITERS = 2


def make(folder):
    (folder / "city.toml").write_text(CITY, encoding="utf-8")
    (folder / "prospects.csv").write_text("客户编号,加盟阶段\nC1,咨询\nC2,咨询\n", encoding="utf-8")
    (folder / "contacts.csv").write_text("沟通编号,客户编号,日期,内容\nH0001,C1,2026-10-01,前\n", encoding="gb18030")
    log_contacts(folder, [{"prospect_id": "C1", "date": "2026-10-01", "note": "前"}])  # is there; loads what is needed


def write(folder, writer, rows, most, told):
    """Log the contacts that were not told yet, and tell each call when it has come back."""
    done = int(told.read_text() or 0) if told.exists() else 0
    draw = random.Random(os.getpid())
    while done < rows:
        some = range(done, min(rows, done + draw.randint(1, most)))
        said = [{"prospect_id": f"C{writer}", "date": "2026-10-02", "note": f"第 {n} 次, “{writer}”"} for n in some]
        log_contacts(folder, said)
        done = some[-1] + 1
        with open(told, "w") as file:
            file.write(str(done))


def start(*given):
    child = os.fork()
    if child:
        return child
    try:
        write(*given)
        os._exit(0)
    except BaseException as error:
        print(f"writer: {error!r}", file=sys.stderr)
        os._exit(1)


def contacts(folder):
    """Each contact as (id, prospect, note); an exception where the file cannot be read."""
    frame = read_raw(folder / "contacts.csv", table="contacts", country="CN").frame
    return list(zip(frame["沟通编号"], frame["客户编号"], frame["内容"]))


def kill_again_and_again(folder, rows, most, longest, *, at_most=None):
    """Kills until all is written, or so often; gives the number of kills and how many contacts were seen at each."""
    draw, kills, seen = random.Random(0), 0, [1]
    told = {writer: folder / f"told-{writer}" for writer in range(1, WRITERS + 1)}
    running = {writer: start(folder, writer, rows, most, file) for writer, file in told.items()}
    while running:
        time.sleep(draw.uniform(0.0, longest))
        writer = draw.choice(sorted(running))
        if at_most is None or kills < at_most:
            os.kill(running[writer], signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(running.pop(writer), 0)[1])
        assert ended in (0, -signal.SIGKILL), "a writer failed by itself"
        kills += ended != 0
        seen.append(len(contacts(folder)))
        assert seen[-1] >= seen[-2], "the log has shrunk"
        if ended:
            running[writer] = start(folder, writer, rows, most, told[writer])
    return kills, seen


def check(folder, rows):
    """Every contact once, ids of their own; otherwise an exception says what is wrong."""
    ids, people, notes = zip(*contacts(folder))
    expected = {(f"C{w}", f"第 {n} 次, “{w}”") for w in range(1, WRITERS + 1) for n in range(rows)} | {("C1", "前")}
    said = list(zip(people, notes))
    assert set(said) == expected, f"lost {len(expected - set(said))}, strange {len(set(said) - expected)}"
    assert len(said) == len(expected), f"doubled {len(said) - len(expected)}"
    assert len(set(ids)) == len(ids), "an id stands twice"


def main():
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000, help="contacts in all")
    parser.add_argument("--most", type=int, default=40, help="contacts in a call, at most")
    parser.add_argument("--longest", type=float, default=0.6, help="seconds between two kills, at most")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder, begun = Path(place), time.perf_counter()
        make(folder)
        each = given.rows // WRITERS
        kills, _ = kill_again_and_again(folder, each, given.most, given.longest)
        check(folder, each)
        left = sorted(path.name for path in folder.iterdir() if path.name.startswith("."))
        seconds = time.perf_counter() - begun
    print(
        f"rows {each * WRITERS:,}, kills {kills}, lost 0, doubled 0, unreadable 0, {seconds:.0f} s; hidden files {left}"
    )


if __name__ == "__main__":
    main()
