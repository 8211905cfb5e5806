"""
How far the forecast behind the 2018 targets of Australia was from the real 2018, beside the seasonal naive forecast.

The README's case, end to end: import of the monthly turnover of cafes, eight states, history to 2017; run; compare. It
prints the weighted absolute percentage error (WAPE) of both forecasts over all states and months, and by state.

    python benchmarks/australia.py [FOLDER WITH aus_retail.csv]
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data" / "aus_retail"
INDUSTRY = "Cafes, restaurants and takeaway food services"
YEAR = 2018


def turnover(file):
    """Turnover by month (rows) and state, in dollars."""
    sold = pd.read_csv(file)
    sold = sold[sold["Industry"] == INDUSTRY]
    return sold.pivot(index="Month", columns="State", values="Turnover") * 1e6


def errors(file, output):
    """WAPE of the forecast in an `output` folder and of the same month a year before, by state and over all."""
    sold = turnover(file)
    real = sold.loc[f"{YEAR}-01" : f"{YEAR}-12"]
    ahead = pd.read_csv(output / "forecast.csv", encoding="utf-8-sig").dropna(subset="territory_id")
    ahead = ahead.pivot(index="period", columns="territory_id", values="sales_p50").loc[real.index, real.columns]
    naive = sold.loc[f"{YEAR - 1}-01" : f"{YEAR - 1}-12"].set_axis(real.index)
    off = {"forecast": (ahead - real).abs(), "seasonal naive": (naive - real).abs()}
    table = pd.DataFrame({name: gap.sum() / real.sum() for name, gap in off.items()})
    table.loc["all states"] = {name: gap.sum().sum() / real.sum().sum() for name, gap in off.items()}
    return table


def run(file, city):
    """Import and run as the README has it, quietly."""
    line = ["import", "table", file, "--into", city, "--as", "sales", "--where", f"Industry={INDUSTRY}"]
    line += ["--scale", "1e6", "--until", f"{YEAR - 1}-12", "--name", "Australia", "--country", "AU"]
    line += ["--currency", "AUD", "--source", "ABS 8501.0", "--lang", "en"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    for words in (line, ["run", city]):
        command = [sys.executable, "-m", "expansion_kit", *map(str, words)]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)


def main():
    file = Path(sys.argv[1] if len(sys.argv) > 1 else DATA) / "aus_retail.csv"
    if not file.is_file():
        print("left out: aus_retail.csv is not on this machine; name its folder")
        return
    with tempfile.TemporaryDirectory() as place:
        city = Path(place) / "australia"
        run(file, city)
        print(f"WAPE of {YEAR}, {INDUSTRY.lower()}, history to {YEAR - 1}-12")
        print(errors(file, city / "output").map("{:.1%}".format).to_string())


if __name__ == "__main__":
    main()
