"""Changed files by the hundred through the readers; `benchmarks/fuzz.py --minutes 20` does it for longer."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MINUTES = 1.0 if "CI" in os.environ else 0.15


def test_no_changed_file_crashes_hangs_or_is_taken_silently():
    line = [sys.executable, str(ROOT / "benchmarks" / "fuzz.py"), "--minutes", str(MINUTES), "--seed", "8"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(line, capture_output=True, text=True, timeout=MINUTES * 60 + 120, env=environment)
    told = re.search(r"(\d+) inputs: (\d+) refused (\d+) accepted 0 findings", done.stdout.replace(",", ""))
    assert done.returncode == 0 and told, done.stdout + done.stderr
    assert int(told[2]) > 0 and int(told[3]) > 0
