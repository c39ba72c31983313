"""The page that is filled in: one file with its words, its look and its script; nothing is fetched, nothing is sent."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from trustmeter.exchange.forms.own_words import spoken
from trustmeter.exchange.kiosk.form import form_of
from trustmeter.questionnaire.model import Questionnaire

SCRIPTS = ("web.answers.js", "web.device.js", "web.screens.js", "web.team.js")
"""The parts of the script, in order: what was answered, what the device keeps, what a person sees, what the team sees."""


def write_web_page(questionnaire: Questionnaire, path: Path, languages: Sequence[str]) -> None:
    """Write the page in some languages, the first being the one it opens in."""
    path.write_text(web_page(questionnaire, languages), encoding="utf-8", newline="\n")


def web_page(questionnaire: Questionnaire, languages: Sequence[str]) -> str:
    """Return the page as HTML. Its own rule allows this one script and this one style, and no request at all."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    form = form_of(questionnaire, languages, spoken("web.yaml"))
    parts = [_file(name) for name in SCRIPTS]
    script = '\n"use strict";\n(() => {\n' + "\n".join(parts) + "})();\n"
    style = "\n" + _file("web.css")
    environment = Environment(loader=PackageLoader("trustmeter.exchange"), autoescape=True, undefined=StrictUndefined)
    text: str = environment.get_template("web.html.j2").render(
        form=form,
        opening=form["languages"][0],
        rule=_rule(script, style),
        style=Markup(style),  # noqa: S704  (our own files, no word of a questionnaire is in them)
        script=Markup(script),  # noqa: S704
        held=Markup(_json(form)),  # noqa: S704  (every sign that could end the element is written as a code)
    )
    return text


def _rule(script: str, style: str) -> str:
    """Return the content security policy: what the browser allows this page."""
    nothing = "default-src connect-src img-src font-src media-src object-src frame-src worker-src form-action base-uri"
    closed = [f"{one} 'none'" for one in nothing.split()]
    return "; ".join([*closed, f"script-src {_hash(script)}", f"style-src {_hash(style)}"])


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _json(form: dict[str, Any]) -> str:
    text = json.dumps(form, ensure_ascii=False, separators=(",", ":"))
    return text.translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


def _file(name: str) -> str:
    return (resources.files("trustmeter.exchange") / "templates" / name).read_text(encoding="utf-8")
