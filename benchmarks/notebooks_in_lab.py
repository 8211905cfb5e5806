"""
The notebooks as a newcomer opens them: JupyterLab's first start in Chromium, nothing reachable but this machine, Run
All Cells, and a look at every cell.

    python benchmarks/notebooks_in_lab.py [NUMBER ...] [--lang en|zh] [--pictures FOLDER]
"""

import argparse
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# Run first by every Python below it: notes who asks for another machine, and refuses it.
WATCH = """
import os, socket, sys

here = {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::", socket.gethostname()}


def watch(event, given):
    if event == "socket.connect":
        host = given[1][0] if isinstance(given[1], tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = given[0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in here:
        with open(os.environ["ASKED"], "a") as asked:
            print(sys.argv[:2], event, host, file=asked)
        raise OSError(f"the network is closed: {host}")


sys.addaudithook(watch)
"""
CELLS = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].filter(
    c => c.type === 'code').map(c => ({
    count: c.executionCount, state: c.executionState,
    outputs: [...Array(c.outputs.length).keys()].map(i => c.outputs.get(i).toJSON()),
}))"""
STILL = """() => {
    const panel = window.jupyterapp?.shell.currentWidget, kernel = panel?.sessionContext?.session?.kernel
    return kernel?.status === 'idle' && panel.content.model && [...panel.content.model.cells].every(
        cell => cell.type !== 'code' || %s)
}"""
MOVE = "(panel, at) => { panel.scrollTop = at; return [panel.scrollHeight, panel.clientHeight] }"
PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea img')].map(
    img => [img.naturalWidth, img.getBoundingClientRect().width])"""


def closed(folder):
    """Environment in which no Python reaches another machine, on a fresh account; who asks stands in the file ASKED."""
    (folder / "watch").mkdir(parents=True)
    (folder / "watch" / "sitecustomize.py").write_text(WATCH, "utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "JPY", "IPYTHON"))}
    own = {"HOME": folder, "JUPYTER_CONFIG_DIR": folder / "config", "JUPYTER_DATA_DIR": folder / "data"}
    own |= {"JUPYTER_RUNTIME_DIR": folder / "runtime", "IPYTHONDIR": folder / "ipython", "MPLCONFIGDIR": folder / "mpl"}
    own |= {"PYTHONPATH": f"{folder / 'watch'}{os.pathsep}{ROOT}", "ASKED": folder / "asked.txt"}
    return kept | {name: str(value) for name, value in own.items()} | {"OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}


def asked(folder):
    """What programs in that environment asked of other machines."""
    file = folder / "asked.txt"
    return file.read_text("utf-8").splitlines() if file.exists() else []


def workplace(folder, lang=""):
    """The notebooks and the demo city, to be changed at will."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    shutil.copytree(ROOT / "data" / "demo_city", folder / "data" / "demo_city", ignore=shutil.ignore_patterns("output"))
    for path in (folder / "notebooks").glob("*.ipynb"):
        path.write_text(path.read_text("utf-8").replace('lang = \\"\\"', f'lang = \\"{lang}\\"', 1), "utf-8")
    return folder


@contextmanager
def server(words, folder, environment):
    """A server of this Python on a free port of this machine, ended with all its kernels; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", *words, f"--port={port}"]
    log = open(folder / "server.log", "wb")  # noqa: SIM115 - closed below
    process = subprocess.Popen(line, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _answers(f"http://127.0.0.1:{port}/static/none", process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        for end in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, end)
                process.wait(10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        log.close()


def _answers(address, process, seconds=90):
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=seconds).close()
            return
        except urllib.error.HTTPError:  # an answer, too
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


@contextmanager
def lab(folder, lang=""):
    """JupyterLab over a workplace in `folder`; gives the address of a notebook by its number."""
    token, place = secrets.token_hex(16), workplace(folder / "place", lang)
    words = ["jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0"]
    words += [f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True"]
    names = {int(path.name[0]): path.name for path in (place / "notebooks").glob("*.ipynb")}
    quiet = {"JUPYTER_CONFIG_PATH": str(ROOT / "notebooks" / ".jupyter")}  # as `make lab` does
    with server(words, place, closed(folder / "account") | quiet) as address:
        yield lambda n: f"{address}lab/workspaces/auto-{n}/tree/notebooks/{names[n]}?token={token}"


@contextmanager
def opened(browser, address, *, width=1200, height=900):
    """A page that reaches only this machine; what it asked for beyond and its complaints stand in `.faults`."""
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.faults, own = [], address.split("/", 3)[2]

    def ask(route):
        if route.request.url.split("/", 3)[2:3] == [own] or route.request.url.startswith(("data:", "blob:")):
            return route.continue_()
        page.faults.append(f"request {route.request.url}")
        return route.abort()

    context.route("**/*", ask)
    page.on("console", lambda said: page.faults.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.faults.append(f"error {error}"))
    page.goto(address, timeout=180_000)
    try:
        yield page
    finally:
        context.close()


def run_all(page, *, seconds=240):
    """Run All Cells by the menu; the code cells as they are then."""
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
    page.wait_for_function(STILL % "true", timeout=90_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.click('.lm-MenuBar-itemLabel:text-is("Run")')
    page.click('.lm-Menu-itemLabel:text-is("Run All Cells")')
    page.wait_for_function(STILL % "cell.executionCount && cell.executionState === 'idle'", timeout=1000 * seconds)
    return page.evaluate(CELLS)


def leave(page):
    """Save, and end the kernel."""
    page.evaluate("window.jupyterapp.shell.currentWidget.context.save()")
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")


def scroll(page, keep=None):
    """Down the notebook, a screen at a time, as a reader does; with a folder and a name, pictures of it."""
    panel, at, turn = page.locator(".jp-WindowedPanel-outer").first, 0, 0
    while True:
        tall, seen = panel.evaluate(
            "(panel, at) => [panel.scrollTop = at, panel.scrollHeight, panel.clientHeight]", at
        )[1:]
        page.wait_for_timeout(400 if keep else 60)
        if keep:
            page.screenshot(path=keep.with_name(f"{keep.name}_{turn:02d}.png"))
        if at + seen >= tall:
            return
        at, turn = at + seen - 20, turn + 1


def pictures_of(cells):
    return [data for cell in cells for one in cell["outputs"] for data in one.get("data", {}) if data == "image/png"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", nargs="*", type=int, default=[1, 2, 3, 4, 5, 6])
    parser.add_argument("--lang", default="")
    parser.add_argument("--pictures", type=Path)
    given = parser.parse_args()
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    if path is None:
        print("no Chromium on this machine")
        return
    from playwright.sync_api import sync_playwright

    faulty = False
    with tempfile.TemporaryDirectory() as aside, sync_playwright() as driver:
        folder = Path(aside)
        chromium = driver.chromium.launch(executable_path=path, args=QUIET)
        with lab(folder, given.lang) as address:
            print(f"{'notebook':>8}{'open s':>8}{'run s':>8}{'cells':>7}{'pictures':>10}{'faults':>8}")
            for number in given.numbers:
                begun = time.perf_counter()
                with opened(chromium, address(number)) as page:
                    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
                    open_for = time.perf_counter() - begun
                    cells = run_all(page)
                    run_for = time.perf_counter() - begun - open_for
                    scroll(page, given.pictures and given.pictures / f"notebook_{number}")
                    shown = page.evaluate(PICTURES)
                    faults = [*page.faults, *(one for cell in cells for one in cell["outputs"] if is_fault(one))]
                    faults += ["a picture is not seen"] * (len(pictures_of(cells)) - sum(own > 0 for own, _ in shown))
                    leave(page)
                print(f"{number:8}{open_for:8.1f}{run_for:8.1f}{len(cells):7}{len(shown):10}{len(faults):8}", *faults)
                faulty |= bool(faults)
        for line in asked(folder / "account"):
            print("asked for another machine:", line)
            faulty = True
    sys.exit(faulty)


def is_fault(output):
    return output["output_type"] == "error" or output.get("name") == "stderr"


if __name__ == "__main__":
    main()
