"""Lets tests import the outsider, which is no part of the package and shares no line with the defence."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
