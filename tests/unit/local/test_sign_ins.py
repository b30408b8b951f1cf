"""The table of sign-ins: whole lines that can be copied, however narrow the terminal."""

from __future__ import annotations

import io

from rich.console import Console

from deploy.local.demo import RECORDINGS
from deploy.local.sign_ins import WHO, SignIn, as_table


def test_no_address_or_password_is_broken_in_two() -> None:
    sign_ins = [
        SignIn(name=name, email=f"{name}@demo.example", password=f"{place}" * 16)
        for place, name in enumerate(WHO)
    ]
    out = io.StringIO()
    Console(file=out, width=60).print(as_table(sign_ins, console="http://127.0.0.1:8080/sign-in"))
    text = out.getvalue()
    assert "http://127.0.0.1:8080/sign-in" in text
    for one in sign_ins:
        assert any(one.email in line and one.password in line for line in text.splitlines()), (
            one.name
        )
        assert one.password not in repr(one)


def test_one_recording_asks_its_people_in() -> None:
    asking = [one.name for one in RECORDINGS if "--invite" in one.arguments]
    assert asking == ["mtbench"]
