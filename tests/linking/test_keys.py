"""Pseudonyms need a key that is random, somewhere else, and never told."""

from __future__ import annotations

import hashlib
import hmac
import stat
import sys
from pathlib import Path

import pandas as pd
import pytest

import trustmeter as tm
from trustmeter.errors import DesignError
from trustmeter.linking.keys import make_key


def test_a_pseudonym_is_the_keyed_hash_of_the_bare_code(tmp_path: Path) -> None:
    key = make_key(tmp_path / "study.key")
    secret = bytes.fromhex(key.read_text().strip())
    codes = pd.Series(["Zoë 7-a", " ZOE7A", 12.0, None, " - "], index=list("abcde"), name="code")
    found = tm.pseudonymise(codes, key=key)
    expected = hmac.new(secret, b"zoe7a", hashlib.sha256).hexdigest()[:32]
    assert found["a"] == found["b"] == expected
    assert found["c"] == hmac.new(secret, b"12", hashlib.sha256).hexdigest()[:32]
    assert found[["d", "e"]].isna().all()
    assert (found.name, list(found.index)) == ("code", list("abcde"))
    assert codes["a"] == "Zoë 7-a"


def test_another_key_gives_other_pseudonyms(tmp_path: Path) -> None:
    codes = pd.Series(["a", "b"])
    one, other = (tm.pseudonymise(codes, key=make_key(tmp_path / name)) for name in ("one.key", "two.key"))
    assert not set(one) & set(other)


def test_a_key_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = make_key(tmp_path / "study.key")
    monkeypatch.setenv("STUDY_KEY", key.read_text())
    codes = pd.Series(["a"])
    assert tm.pseudonymise(codes, key="env:STUDY_KEY")[0] == tm.pseudonymise(codes, key=key)[0]
    with pytest.raises(DesignError, match="holds no key"):
        tm.pseudonymise(codes, key="env:NOBODY_SET_THIS")


@pytest.mark.parametrize(
    "content",
    [
        b"", b"tiny", b"ab" * 31, b"0" * 64, b"password" * 8, b"correct horse battery staple and some more words 42!",
        bytes(range(32)), b"\x01\x02" * 20, b"1234567890" * 7,
    ],
)  # fmt: skip
def test_weak_keys_are_refused_and_never_shown(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "weak.key"
    path.write_bytes(content)
    with pytest.raises(DesignError, match="make-key") as caught:
        tm.pseudonymise(pd.Series(["a"]), key=path)
    assert len(content) < 3 or content.decode("latin-1") not in str(caught.value)


def test_random_keys_are_never_refused(tmp_path: Path) -> None:
    for number in range(100):
        assert tm.pseudonymise(pd.Series(["a"]), key=make_key(tmp_path / f"{number}.key")).notna().all()


def test_a_key_does_not_lie_beside_answers(tmp_path: Path) -> None:
    key = make_key(tmp_path / "study.key")
    (tmp_path / "answers.CSV").write_text("a\n")
    with pytest.raises(DesignError, match="another place"):
        tm.pseudonymise(pd.Series(["a"]), key=key)
    with pytest.raises(DesignError, match="another place"):
        make_key(tmp_path / "second.key")


def test_a_key_is_never_written_over_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = make_key(tmp_path / "study.key")
    if sys.platform != "win32":
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    with pytest.raises(DesignError, match="never written over"):
        make_key(key)
    new = make_key(tmp_path / "keys" / "study.key")
    if sys.platform != "win32":
        assert stat.S_IMODE(new.parent.stat().st_mode) == 0o700
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DesignError, match="cannot be made"):
        make_key(tmp_path / "file" / "study.key")


def test_a_key_itself_is_not_passed() -> None:
    with pytest.raises(DesignError, match="never passed"):
        tm.pseudonymise(pd.Series(["a"]), key=b"0" * 32)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="no key at the place"):
        tm.pseudonymise(pd.Series(["a"]), key="6f1c9d0a" * 8)
    with pytest.raises(DesignError, match="one column"):
        tm.pseudonymise(["a"], key="env:X")  # type: ignore[arg-type]
