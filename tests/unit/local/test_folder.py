"""One stack a folder, secrets for one pair of eyes, and what a crashed run leaves behind."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.folder import FolderInUse, StackFolder, read_json, write_private
from deploy.local.stack_secrets import WebhookEndpoint, load_or_make_secrets, save_secrets
from services.accounts.domain.passwords import check_password

HOLDER = """
import sys, time
from pathlib import Path
from deploy.local.folder import StackFolder
folder = StackFolder(Path(sys.argv[1]))
folder.acquire()
print("held", flush=True)
time.sleep(60)
"""


def test_a_folder_is_taken_once_and_given_back(tmp_path: Path) -> None:
    first, second = StackFolder(tmp_path / "stack"), StackFolder(tmp_path / "stack")
    assert first.acquire() == 0
    with pytest.raises(FolderInUse, match=rf"process {os.getpid()}\)"):
        second.acquire()
    first.release()
    assert second.acquire() == 0, "one that was given back is not stale"
    second.release()


def test_a_dead_holder_is_recognised_whatever_its_file_says(
    tmp_path: Path, repository: Path
) -> None:
    folder = tmp_path / "stack"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], cwd=repository, stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(FolderInUse, match=rf"process {holder.pid}\)"):
            StackFolder(folder).acquire()
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate(timeout=10)
    mine = StackFolder(folder)
    assert mine.acquire() == holder.pid
    mine.release()


def test_what_the_last_run_said_of_itself_is_cleared_and_its_logs_are_kept(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    folder.acquire()
    write_private(folder.target_file, "{}")
    folder.ready_file("broker").write_text("{}")
    folder.log_file("broker").write_text("old")
    data = tmp_path / "stripe.sqlite3"
    data.write_text("data")

    again = StackFolder(tmp_path)
    with pytest.raises(FolderInUse):
        again.acquire()
    assert folder.target_file.exists(), "the stack that runs still needs it"
    folder.release()
    assert not folder.target_file.exists()

    again.acquire()
    assert not again.ready_file("broker").exists()
    assert not again.log_file("broker").exists()
    assert (tmp_path / "log" / "broker.last.log").read_text() == "old"
    assert data.read_text() == "data"
    again.release()


def test_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    made = load_or_make_secrets(folder)
    assert re.fullmatch(r"ck_[A-Za-z0-9]{1,40}_[A-Za-z0-9]{32,120}", made.operator_key)
    made = made.with_webhook("connect", WebhookEndpoint(id="we_1", secret="whsec_1"))
    save_secrets(folder, made)
    assert load_or_make_secrets(folder) == made
    assert folder.operator_key_file.read_text().strip() == made.operator_key
    for file in (folder.secrets_file, folder.operator_key_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for secret in (made.operator_key, made.sandbox_key, "whsec_1"):
        assert secret not in repr(made)
    assert {path.name for path in tmp_path.iterdir()} == {"secrets.json", "operator.key"}


def test_passwords_are_made_once_for_each_name_and_strong(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path)
    bare = load_or_make_secrets(folder)
    kept = read_json(folder.secrets_file)
    del kept["passwords"]
    write_private(folder.secrets_file, json.dumps(kept))
    assert load_or_make_secrets(folder) == bare, "a folder of before there were passwords"
    some = bare.with_passwords(["client"])
    more = some.with_passwords(["client", "vendor"])
    assert more.passwords["client"] == some.passwords["client"]
    assert len(set(more.passwords.values())) == 2
    for name, password in more.passwords.items():
        check_password(password, emails=(f"{name}@demo.example",))
        assert password not in repr(more)
    save_secrets(folder, more)
    assert load_or_make_secrets(folder).with_passwords(["vendor"]) == more


def test_private_files_replace_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "target.json"
    file.write_text("open to all")
    file.chmod(0o644)
    write_private(file, '{"a": 1}')
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_json(file) == {"a": 1}
    file.write_text("[1")
    assert read_json(file) == {}
