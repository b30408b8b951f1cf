"""Profiles: addresses and API keys of people who signed in, in a file that only they can read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .errors import ProfileInvalid

KEY_VARIABLE = "CREWLINE_API_KEY"
ADDRESS_VARIABLE = "CREWLINE_BASE_URL"
PROFILE_VARIABLE = "CREWLINE_PROFILE"
FOLDER_VARIABLE = "CREWLINE_CONFIG_DIR"
DEFAULT = "default"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_FILE = "profiles.json"
_FILE_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Where to and as whom; what belongs to it is told by the platform at sign-in."""

    base_url: str
    api_key: str = field(repr=False)
    person: str = ""
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All of them, and the one that is taken where none is named."""

    by_name: dict[str, Profile]
    current: str = DEFAULT

    def with_profile(self, name: str, profile: Profile) -> Profiles:
        """With one more, which becomes the current one. Errors: ProfileInvalid."""
        if not _NAME.fullmatch(name):
            raise ProfileInvalid(
                f"{name!r} is no name of a profile: letters, digits, and - _ . inside, at most 64",
                reason="PROFILE_NAME_INVALID",
            )
        return Profiles(by_name={**self.by_name, name: profile}, current=name)

    def without(self, name: str) -> Profiles:
        """Without it. Errors: ProfileInvalid."""
        self.get(name)
        left = {other: profile for other, profile in self.by_name.items() if other != name}
        current = self.current if self.current != name else next(iter(left), DEFAULT)
        return Profiles(by_name=left, current=current)

    def get(self, name: str) -> Profile:
        """Errors: ProfileInvalid."""
        found = self.by_name.get(name)
        if found is None:
            raise ProfileInvalid(f"there is no profile {name!r}", reason="PROFILE_NOT_FOUND")
        return found


class ProfileFile:
    """The file in the platform's folder for configuration."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / _FILE

    def read(self) -> Profiles:
        """None at all where there is no file. Errors: ProfileInvalid."""
        try:
            with self.path.open("rb") as file:
                text = file.read(_FILE_BYTES_MAX)
            said = json.loads(text)
            found = {
                str(name): Profile(
                    base_url=str(one["base_url"]),
                    api_key=str(one["api_key"]),
                    person=str(one.get("person", "")),
                    organisation=str(one.get("organisation", "")),
                )
                for name, one in said["profiles"].items()
            }
            return Profiles(by_name=found, current=str(said.get("current", DEFAULT)))
        except FileNotFoundError:
            return Profiles(by_name={})
        except OSError as err:
            raise ProfileInvalid(
                f"{self.path}: {err.strerror}", reason="PROFILES_UNREADABLE"
            ) from err
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise ProfileInvalid(
                f"{self.path}: is no file of profiles; move it away and sign in anew",
                reason="PROFILES_MALFORMED",
            ) from err

    def write(self, profiles: Profiles) -> None:
        """Whole or not at all, for its owner alone. Errors: ProfileInvalid."""
        said = {
            "current": profiles.current,
            "profiles": {name: asdict(one) for name, one in profiles.by_name.items()},
        }
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # mkstemp makes files of mode 600.
            number, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{_FILE}.")
        except OSError as err:
            raise self._unwritable(err) from err
        part = Path(name)
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                json.dump(said, file, indent=2)
            part.replace(self.path)
        except OSError as err:
            raise self._unwritable(err) from err
        finally:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()

    def _unwritable(self, err: OSError) -> ProfileInvalid:
        return ProfileInvalid(f"{self.path}: {err.strerror}", reason="PROFILES_UNWRITABLE")


def config_folder(environment: Mapping[str, str], *, platform: str = sys.platform) -> Path:
    """Where this platform keeps configuration; CREWLINE_CONFIG_DIR is another place."""
    said = environment.get(FOLDER_VARIABLE, "")
    if said:
        return Path(said)
    if platform == "win32":
        return Path(environment.get("APPDATA") or Path.home()) / "crewline"
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "crewline"
    base = environment.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "crewline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a client is made with; the key is empty where none is known."""

    base_url: str
    api_key: str = field(default="", repr=False)
    # The profile that either came from.
    profile: str = ""


def find_access(
    *,
    api_key: str | None,
    base_url: str | None,
    profile: str | None,
    environment: Mapping[str, str],
) -> Access:
    """Arguments before variables before the profile: the named one, or else the current one.

    A key is sent only where it belongs: a profile's key goes to the profile's address, unless
    the caller names another address and key both.

    Errors:
        ProfileInvalid: the named profile is not there, or no address is known.
    """
    named = profile or environment.get(PROFILE_VARIABLE) or ""
    key = api_key or environment.get(KEY_VARIABLE) or ""
    address = base_url or environment.get(ADDRESS_VARIABLE) or ""
    if address and key and not profile:
        return Access(base_url=address, api_key=key)
    profiles = ProfileFile(config_folder(environment)).read()
    name = named or profiles.current
    stored = profiles.get(name) if named else profiles.by_name.get(name)
    if stored is None:
        if not address:
            raise ProfileInvalid(
                "the platform's address is not known: not signed in, no base_url",
                reason="ADDRESS_MISSING",
            )
        return Access(base_url=address, api_key=key)
    same_place = not address or address.rstrip("/") == stored.base_url.rstrip("/")
    return Access(
        base_url=address or stored.base_url,
        api_key=key or (stored.api_key if same_place else ""),
        profile=name,
    )
