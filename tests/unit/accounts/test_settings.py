"""The bootstrap key is strong or refused, and its text is in no message."""

from __future__ import annotations

import pytest

from services.accounts.settings import AccountsSettings
from services.chassis.settings import load_settings


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREWLINE_SECRETS_DIR", raising=False)
    monkeypatch.setenv("CREWLINE_MONGO_URI", "mongodb://m")
    monkeypatch.setenv("CREWLINE_MONGO_DATABASE", "crewline_accounts")
    monkeypatch.setenv("CREWLINE_NATS_URL", "nats://n")


def test_a_strong_key_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "ck_operator_" + "a1B2" * 8
    monkeypatch.setenv("CREWLINE_BOOTSTRAP_OPERATOR_KEY", text)
    settings = load_settings(AccountsSettings)
    assert settings.bootstrap_operator_key.get_secret_value() == text
    assert text not in repr(settings)
    assert settings.token_seconds == 900


def test_networks_of_proxies_are_read_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(AccountsSettings).trusted_proxy_networks == ("127.0.0.0/8", "::1/128")
    monkeypatch.setenv("CREWLINE_TRUSTED_PROXY_NETWORKS", '["10.0.0.0/8", "fd00::/8"]')
    assert load_settings(AccountsSettings).trusted_proxy_networks == ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize("network", ["10.0.0.1/8", "gateway", "10.0.0.0/33"])
def test_what_is_no_network_is_refused_by_name(
    network: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREWLINE_TRUSTED_PROXY_NETWORKS", f'["{network}"]')
    with pytest.raises(SystemExit):
        load_settings(AccountsSettings)
    assert "CREWLINE_TRUSTED_PROXY_NETWORKS" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["ck_operator_short", "secret" * 10, "ck_op er_" + "a" * 40])
def test_a_weak_key_is_refused_without_showing_it(
    text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CREWLINE_BOOTSTRAP_OPERATOR_KEY", text)
    with pytest.raises(SystemExit) as caught:
        load_settings(AccountsSettings)
    assert caught.value.code == 2
    said = capsys.readouterr().err
    assert "CREWLINE_BOOTSTRAP_OPERATOR_KEY" in said
    assert text not in said
