"""Make docs/demo.png from a real run: what `make demo` prints, beside the head of the report that it writes.

Needs Chromium. Run by hand when the look of either has changed.
"""

from __future__ import annotations

import html
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; width: 1500px; height: 860px; background: #e9ecef; display: flex; gap: 24px; padding: 24px; box-sizing: border-box;
  overflow: hidden; }}
pre {{ flex: none; width: 760px; margin: 0; padding: 18px 20px; background: #14181d; color: #e6e6e6; border-radius: 8px;
  font: 13px/1.42 "DejaVu Sans Mono", monospace; box-sizing: border-box; overflow: hidden; white-space: pre-wrap; }}
iframe {{ flex: 1; border: 0; background: #fff; border-radius: 8px; }}
</style><pre>$ make demo
{text}</pre><iframe src="{report}"></iframe>"""


def main() -> None:
    """Run the demo, then photograph it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("Chromium is not there. On Debian or Ubuntu: apt install chromium.")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.html"
        command = [sys.executable, "-m", "trustmeter.cli", "demo", "--to", str(report)]
        run = subprocess.run(command, capture_output=True, text=True, check=True, env={"COLUMNS": "88", "PATH": ""})
        text = run.stdout.replace(str(report), "build/demo/report.html")
        page = Path(folder) / "page.html"
        page.write_text(PAGE.format(text=html.escape(text), report=report.name), encoding="utf-8")
        picture = ROOT / "docs" / "demo.png"
        options = [
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            "--window-size=1500,860",
            f"--screenshot={picture}",
        ]
        subprocess.run([browser, *options, page.as_uri()], check=True, capture_output=True)
    print(picture.relative_to(ROOT))


if __name__ == "__main__":
    main()
