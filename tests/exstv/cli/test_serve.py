"""What `exstv serve` says of itself: nothing that is secret."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from pydantic import SecretStr

from exstv.cli import serve
from exstv.server_settings import ServerSettings
from exstv.settings import Settings

TOKEN = "k3y-of-the-harbour"


def test_no_line_of_the_log_holds_the_token_whoever_wrote_it_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    server = ServerSettings(token=SecretStr(TOKEN))
    settings = Settings(server=server, station=tmp_path, media_root=tmp_path, state_dir=tmp_path)

    serve.log_to_terminal(settings)

    try:
        raise LookupError(f"/t/{TOKEN}/iptv")
    except LookupError:
        logging.getLogger("anybody").exception("broke path=%s settings=%r", f"/t/{TOKEN}/", settings)
    said = capsys.readouterr().err
    assert "broke path=/t/…/" in said and "LookupError: /t/…/iptv" in said and TOKEN not in said
