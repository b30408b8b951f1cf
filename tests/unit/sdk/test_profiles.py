"""Where keys are kept, and which one is taken."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from services.sdk.errors import ProfileInvalid
from services.sdk.profiles import (
    Access,
    Profile,
    ProfileFile,
    Profiles,
    config_folder,
    find_access,
)

ONE = Profile(base_url="https://one.example", api_key="k1", person="Ada", organisation="A")
TWO = Profile(base_url="https://two.example", api_key="k2")


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, str]:
    """An environment with two profiles; the second is the current one."""
    profiles = Profiles(by_name={}).with_profile("one", ONE).with_profile("two", TWO)
    ProfileFile(tmp_path / "deep" / "er").write(profiles)
    return {"CREWLINE_CONFIG_DIR": str(tmp_path / "deep" / "er")}


def access(environment: dict[str, str], **given: Any) -> Access:
    asked = {"api_key": None, "base_url": None, "profile": None, **given}
    return find_access(**asked, environment=environment)


def test_only_its_owner_reads_the_file_and_no_part_of_it_is_left(stored: dict[str, str]) -> None:
    folder = Path(stored["CREWLINE_CONFIG_DIR"])
    assert [path.name for path in folder.iterdir()] == ["profiles.json"]
    assert stat.S_IMODE((folder / "profiles.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert ProfileFile(folder).read().get("one") == ONE
    assert "k1" not in repr(ONE)


def test_arguments_come_before_variables_before_profiles(stored: dict[str, str]) -> None:
    assert access(stored) == Access(base_url=TWO.base_url, api_key="k2", profile="two")
    named = {**stored, "CREWLINE_PROFILE": "one"}
    assert access(named).api_key == "k1"
    assert access(named, profile="two").api_key == "k2"
    assert access({**named, "CREWLINE_API_KEY": "v"}).api_key == "v"
    assert access({**named, "CREWLINE_API_KEY": "v"}, api_key="a").api_key == "a"
    both = {**stored, "CREWLINE_API_KEY": "v", "CREWLINE_BASE_URL": "https://x.example"}
    assert access(both) == Access(base_url="https://x.example", api_key="v")


def test_a_profiles_key_goes_to_its_own_address_only(stored: dict[str, str]) -> None:
    assert access(stored, base_url="https://two.example/").api_key == "k2"
    assert access(stored, base_url="https://evil.example").api_key == ""
    assert access({**stored, "CREWLINE_BASE_URL": "http://two.example"}).api_key == ""


def test_what_is_not_known_is_told(stored: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ProfileInvalid, match="crewline profiles"):
        access(stored, profile="three")
    with pytest.raises(ProfileInvalid, match="CREWLINE_BASE_URL"):
        access({"CREWLINE_CONFIG_DIR": str(tmp_path / "none")})
    empty = {"CREWLINE_CONFIG_DIR": str(tmp_path / "none")}
    assert access(empty, base_url="https://a.example") == Access(base_url="https://a.example")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"profiles": []}', '{"profiles": {"a": {}}}'])
def test_a_file_that_is_none_is_told_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "profiles.json").write_text(text)
    with pytest.raises(ProfileInvalid, match="move it away"):
        ProfileFile(tmp_path).read()
    assert (tmp_path / "profiles.json").read_text() == text


@pytest.mark.parametrize("name", ["", "../x", "a b", "-a", "x" * 65])
def test_names_are_names(name: str) -> None:
    with pytest.raises(ProfileInvalid):
        Profiles(by_name={}).with_profile(name, ONE)


def test_forgetting_the_current_one_makes_another_current() -> None:
    both = Profiles(by_name={"one": ONE, "two": TWO}, current="two")
    assert both.without("two").current == "one"
    assert both.without("one").current == "two"
    assert both.without("two").without("one").by_name == {}


@pytest.mark.parametrize(
    ("platform", "environment", "end"),
    [
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/crewline"),
        ("linux", {}, ".config/crewline"),
        ("darwin", {}, "Library/Application Support/crewline"),
        ("win32", {"APPDATA": "/appdata"}, "/appdata/crewline"),
        ("linux", {"CREWLINE_CONFIG_DIR": "/mine"}, "/mine"),
    ],
)
def test_each_platform_has_its_place(platform: str, environment: dict[str, str], end: str) -> None:
    assert config_folder(environment, platform=platform).as_posix().endswith(end)
