from pathlib import Path

import pytest

from assistant.settings import Settings
from ingest.errors import InputError


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_PORT", "8123")
    assert Settings.load().port == 8123


def test_a_file_sets_them_and_the_environment_wins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 9000\nhost = "::1"\n', "utf-8")
    monkeypatch.setenv("ASSISTANT_SETTINGS_FILE", str(file))
    monkeypatch.setenv("ASSISTANT_PORT", "8123")
    settings = Settings.load()
    assert (settings.host, settings.port) == ("::1", 8123)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ASSISTANT_PROT", "1", "unknown setting ASSISTANT_PROT"),
        ("ASSISTANT_PORT", "0", "setting port"),
        ("ASSISTANT_PORT", "many", "setting port"),
        ("ASSISTANT_SETTINGS_FILE", "no-such-file.toml", "is not a file"),
    ],
)
def test_a_mistake_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=reason):
        Settings.load()


@pytest.mark.parametrize(("text", "reason"), [("colour = 1", "colour"), ("port = ", "cannot be")])
def test_a_bad_file_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, reason: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(text, "utf-8")
    monkeypatch.setenv("ASSISTANT_SETTINGS_FILE", str(file))
    with pytest.raises(InputError, match=reason):
        Settings.load()


def test_the_fingerprint_ignores_addresses() -> None:
    assert Settings.load(port=1).fingerprint() == Settings.load(port=2).fingerprint()
    assert Settings.load().fingerprint() != Settings.load(passage_words=50).fingerprint()
