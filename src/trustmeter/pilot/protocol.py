"""What was promised before there were answers: a protocol that shows when somebody changes it."""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from trustmeter.errors import DesignError
from trustmeter.options import FamilyAdjustment, check_conf_level, check_option, check_whole
from trustmeter.pilot.design import PilotDesign

FORMAT = 1
_FROZEN = "# Frozen. Any change to this file is noticed when it is read.\n"
_HEX = 8


@dataclass(frozen=True)
class Protocol:
    """The analysis that was promised.

    Make one with ``plan(...).to_protocol(...)``, keep the file, and pass it to ``compare(..., protocol=...)``.

    Parameters
    ----------
    title, date
        What it is about, and the day of the promise (``"2026-01-31"``).
    design
        What will be compared.
    scales, primary
        Scales that will be compared, and the one by which the pilot is judged.
    hypotheses
        What is expected, in sentences.
    smallest_effect
        Scale → the smallest change that matters, in points.
    adjustment, conf_level, min_n
        As in `compare`.
    n, areas, people
        People a zone or area, areas with and without the pilot, and all people that each result will rest on.
    plan
        What the plan said.
    assumptions
        What the plan rested on, by name.
    questionnaire, fingerprint
        What is asked, and the hash of its wording; empty where it is not known.
    score_method
        How answers become scores; points are points of this method.
    package_version
        The version of trustmeter that made it.
    seed
        For what `compare` draws: assignments of areas where there are too many to count, joint draws.

    Raises
    ------
    DesignError
        When a part is missing or contradicts another.
    """

    title: str
    date: str
    design: PilotDesign
    scales: tuple[str, ...]
    primary: str
    hypotheses: tuple[str, ...] = ()
    smallest_effect: Mapping[str, float] = field(default_factory=dict)
    adjustment: FamilyAdjustment = "holm"
    conf_level: float = 0.95
    min_n: int = 10
    n: int = 0
    areas: tuple[int, int] = (1, 0)
    people: int = 0
    plan: str = ""
    assumptions: Mapping[str, float] = field(default_factory=dict)
    questionnaire: str = ""
    fingerprint: str = ""
    score_method: str = "pomp"
    package_version: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        where = "to_protocol"
        for name in ("title", "date", "plan", "questionnaire", "fingerprint", "package_version", "primary"):
            if not isinstance(getattr(self, name), str):
                raise DesignError(f"The `{name}` of a protocol is a text. Got {getattr(self, name)!r}.")
        if not self.title.strip():
            raise DesignError("A protocol needs a `title`: what is the pilot about?")
        _check_date(self.date)
        named = all(isinstance(one, str) and one for one in self.scales)
        if not named or not self.scales or len(set(self.scales)) < len(self.scales):
            raise DesignError(f"The `scales` of a protocol are names, each once. Got {self.scales!r}.")
        if self.primary not in self.scales:
            message = "A protocol says by which scale the pilot is judged: `primary=` one of its scales"
            raise DesignError(f"{message} ({', '.join(self.scales)}). Got {self.primary!r}.")
        if not all(isinstance(one, str) for one in self.hypotheses):
            raise DesignError("The `hypotheses` of a protocol are sentences.")
        for scale, value in self.smallest_effect.items():
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if scale not in self.scales or not number or not 0 < value < math.inf:
                raise DesignError(
                    f"The `smallest_effect` of a protocol is a number above zero of one of its scales. Got {scale!r}: {value!r}."
                )
        check_option("adjustment", self.adjustment, FamilyAdjustment, where)
        check_conf_level(self.conf_level, where)
        check_whole("min_n", self.min_n, 3, where)
        check_whole("seed", self.seed, 0, where)

    @property
    def sha256(self) -> str:
        """The hash of all that is promised."""
        return hashlib.sha256(_canonical(_content(self)).encode()).hexdigest()

    @property
    def short(self) -> str:
        """The first letters of the hash, by which the protocol is called."""
        return self.sha256[:_HEX]

    def page(self) -> str:
        """Return the protocol as a readable page (Markdown) that carries its hash."""
        told = _content(self)
        design = {name: value for name, value in told["design"].items() if value not in (None, [], False)}
        smallest = [f"{scale}: {value:g} points" for scale, value in self.smallest_effect.items()]
        parts = [
            f"# {self.title}",
            f"Analysis protocol of {self.date}, frozen as `{self.sha256}` (trustmeter {self.package_version}).",
            "## What is expected", *(f"- {one}" for one in self.hypotheses or ("Nothing was written down.",)),
            "## What will be compared", *(f"- {name}: {_shown(value)}" for name, value in design.items()),
            f"- scales: {', '.join(self.scales)}; judged by: {self.primary}",
            f"- smallest change that matters: {'; '.join(smallest) or 'none was declared'}",
            f"- questionnaire: {self.questionnaire or 'not named'} {f'(wording {self.fingerprint})' if self.fingerprint else ''}".rstrip(),
            "## How", f"- intervals at {100 * self.conf_level:g} %; p values of several scales adjusted: {self.adjustment}",
            f"- nothing is said of fewer than {self.min_n} people; scores: {self.score_method}; seed of what is drawn: {self.seed}",
            "## With whom", f"- {self.plan}", f"- people that each result will rest on: {self.people}",
            *(f"- assumed: {name} {value:g}" for name, value in self.assumptions.items()),
        ]  # fmt: skip
        return "\n".join(f"\n{part}\n" if part.startswith("#") else part for part in parts).strip() + "\n"


def write_protocol(protocol: Protocol, path: str | Path) -> None:
    """Write a protocol as a YAML file and its page beside it.

    Raises
    ------
    DesignError
        When the file does not end in .yaml, or cannot be written.
    """
    file = Path(path)
    if file.suffix.lower() not in {".yaml", ".yml"}:
        raise DesignError(f"A protocol is a .yaml file. Got {file.name!r}.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_as_yaml(protocol), encoding="utf-8", newline="\n")
        file.with_suffix(".md").write_text(protocol.page(), encoding="utf-8", newline="\n")
    except OSError:
        raise DesignError(
            f"The protocol cannot be written to {file.name!r}. Name a folder that may be written to."
        ) from None


def read_protocol(path: str | Path) -> Protocol:
    r"""Read a protocol, and refuse it when it was changed after it was frozen.

    Use it when the answers are in, to run what was promised: ``compare(scores, design, protocol=read_protocol(path))``.

    Parameters
    ----------
    path
        The ``.yaml`` file that ``plan(...).to_protocol(path, ...)`` wrote.

    Returns
    -------
    Protocol

    Raises
    ------
    DesignError
        When there is no such file, it is no protocol, or it was changed; the message names the parts that were.

    Notes
    -----
    The file holds the SHA-256 of all its content, and a shorter one of each part. The hash shows a change made by mistake or in
    haste; against somebody who makes a new hash it helps only if the old one was published. So publish the page, or its hash.

    Examples
    --------
    >>> import tempfile, trustmeter as tm
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "protocol.yaml"
    >>> plan = tm.plan(tm.PilotDesign("2026", "2027", linked=True), n=180, smallest_effect=3)
    >>> promised = plan.to_protocol(file, title="Nearness", date="2026-01-31", scales="trust")
    >>> tm.read_protocol(file) == promised
    True
    """
    file = Path(path)
    if not file.is_file():
        raise DesignError(
            f"There is no protocol {file.name!r} in {file.parent.name or '.'!r}. Give the path of its .yaml file."
        )
    text = file.read_bytes().decode("utf-8", errors="replace")
    if text.count("\r\n") == text.count("\n"):  # another system's line ends, all of them
        text = text.replace("\r\n", "\n")
    tree = _parsed(text, file.name)
    changed = _changed(tree)
    protocol = None if changed else _protocol(tree, file.name)
    if protocol is None or protocol.sha256 != tree["sha256"] or _as_yaml(protocol) != text:
        which = f" These parts are not as they were: {', '.join(changed)}." if changed else ""
        message = f"The protocol {file.name!r} was changed after it was frozen, so it promises nothing.{which}"
        raise DesignError(f"{message} Take the original file; a new promise needs a new protocol.")
    return protocol


def _check_date(date: str) -> None:
    try:
        good = datetime.date.fromisoformat(date).isoformat() == date
    except ValueError:
        good = False
    if not good:
        raise DesignError(f"The `date` of a protocol is the day of the promise, such as '2026-01-31'. Got {date!r}.")


def _content(protocol: Protocol) -> dict[str, Any]:
    """Return all that is promised, as plain values, by name."""
    content: dict[str, Any] = {"format": FORMAT}
    for part in fields(protocol):
        value = getattr(protocol, part.name)
        if isinstance(value, PilotDesign):
            value = {one.name: getattr(value, one.name) for one in fields(value)}
            value = {name: list(one) if isinstance(one, tuple) else one for name, one in value.items()}
        elif isinstance(value, Mapping):
            value = {str(name): float(number) for name, number in value.items()}
        content[part.name] = list(value) if isinstance(value, tuple) else value
    content["conf_level"] = float(protocol.conf_level)
    if protocol.seed == 0:  # as it stands when nothing is said: files and hashes of older protocols stay as they are
        del content["seed"]
    return content


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _digest(value: Any) -> str:
    return hashlib.sha256(_canonical(value).encode()).hexdigest()[:_HEX]


def _as_yaml(protocol: Protocol) -> str:
    from ruamel.yaml import YAML

    content = _content(protocol)
    parts = {name: _digest(value) for name, value in content.items()}
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style, yaml.sort_base_mapping_type_on_output, yaml.allow_unicode = False, False, True
    yaml.width = 10_000
    buffer = io.StringIO()
    yaml.dump({"sha256": protocol.sha256, "protocol": content, "parts": parts}, buffer)
    return _FROZEN + buffer.getvalue()


def _parsed(text: str, name: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        tree = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError):
        raise DesignError(f"The file {name!r} cannot be read as YAML: it was changed, or is no protocol.") from None
    shape = {"sha256": str, "protocol": dict, "parts": dict}
    if not isinstance(tree, dict) or any(not isinstance(tree.get(key), kind) for key, kind in shape.items()):
        raise DesignError(
            f"The file {name!r} is no protocol, or it was changed. Make one with `plan(...).to_protocol(...)`."
        )
    return tree


def _changed(tree: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts whose hash is not theirs."""
    content, parts = tree["protocol"], tree["parts"]
    found = []
    for name in dict.fromkeys([*content, *parts]):
        try:
            same = name in content and _digest(content[name]) == parts.get(name)
        except (TypeError, ValueError):
            same = False
        if not same:
            found.append(str(name))
    return found


def _protocol(tree: Mapping[str, Any], name: str) -> Protocol | None:
    """Return the protocol, or ``None`` where its parts do not make one."""
    content = dict(tree["protocol"])
    if content.pop("format", None) != FORMAT:
        raise DesignError(f"The protocol {name!r} is of a form that this version of trustmeter does not know.")
    try:
        design = {key: value for key, value in content.pop("design").items() if key != "_"}
        lists = ("scales", "hypotheses", "areas")
        made: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in content.items()}
        return Protocol(design=PilotDesign(**design), **made)
    except (DesignError, TypeError, ValueError, KeyError, AttributeError):
        return None


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
