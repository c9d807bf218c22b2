"""The dashboard's own port: files, pages, API and sign-in under one origin, with the headers of production."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from local import dashboard
from local.dashboard import DashboardSite
from local.wsgi_calls import Answer, environ_of

SETTINGS = {"region": "us-east-2", "userPoolId": "us-east-2_x", "clientId": "abc", "stage": "local"}
POLICY = json.loads(dashboard.HEADERS.read_text())["Content-Security-Policy"]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / ".vite").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>the page")
    (tmp_path / "assets/index-1.js").write_text("code; " * 1_000)
    (tmp_path / ".vite/manifest.json").write_text("{}")
    (tmp_path.parent / "secret.txt").write_text("not for you")
    return tmp_path


def ask(built: Path, path: str, method: str = "GET", **headers: str) -> Answer:
    def front(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [f"front at {environ['PATH_INFO']}".encode()]

    site = DashboardSite(front, settings=SETTINGS, built=built)
    return Answer.of(site, environ_of(method, path, headers.items(), b"", port=1))


def header(answer: Answer, name: str) -> str | None:
    return dict(answer.headers).get(name)


@pytest.mark.parametrize(
    "path", ["/", "/executions/exec-1?wave=4", "/signin", "/.vite/manifest.json", "/../secret.txt"]
)
def test_whatever_is_no_file_is_a_page_that_is_asked_for_each_time(built: Path, path: str) -> None:
    answer = ask(built, path)
    assert (answer.status, answer.body) == ("200 OK", b"<!doctype html>the page")
    assert header(answer, "Cache-Control") == "no-cache"


def test_an_asset_is_kept_for_ever_compressed_and_never_a_page(built: Path) -> None:
    answer = ask(built, "/assets/index-1.js", **{"Accept-Encoding": "br, gzip"})
    assert gzip.decompress(answer.body) == b"code; " * 1_000
    assert header(answer, "Cache-Control") == "public, max-age=31536000, immutable"
    assert header(answer, "Content-Encoding") == "gzip"
    assert ask(built, "/assets/index-1.js").body == b"code; " * 1_000
    assert ask(built, "/assets/index-0.js").status == "404 Not Found"


def test_every_file_has_the_headers_of_production_and_nothing_inline_is_allowed(built: Path) -> None:
    for path in ("/", "/assets/index-1.js", "/settings.json"):
        assert header(ask(built, path), "Content-Security-Policy") == POLICY.replace(" {signInOrigin}", "")
    assert "unsafe" not in POLICY
    assert "default-src 'none'" in POLICY
    assert "require-trusted-types-for 'script'" in POLICY


def test_settings_name_what_differs_between_installations(built: Path) -> None:
    answer = ask(built, "/settings.json")
    assert json.loads(answer.body) == {**SETTINGS, "signInEndpoint": "/cognito", "apiBase": "/api"}
    assert header(answer, "Cache-Control") == "no-cache"


def test_api_and_sign_in_are_the_clouds_and_nothing_else_is(built: Path) -> None:
    assert ask(built, "/api/health").body == b"front at /api/health"
    assert ask(built, "/cognito", "POST").body == b"front at /"
    assert ask(built, "/", "POST").status == "405 Method Not Allowed"
    assert ask(built, "/_local/crashes").body == b"<!doctype html>the page"


def test_without_a_build_it_says_how_to_make_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ask(tmp_path, "/")
    assert (answer.status, b"make setup dashboard-build" in answer.body) == ("503 Service Unavailable", True)
    monkeypatch.setattr(dashboard, "BUILT", tmp_path)
    assert "make setup dashboard-build" in dashboard.where("http://127.0.0.1:1")
    monkeypatch.setattr("local.dashboard.shutil.which", lambda _: None)
    assert "Node is missing" in dashboard.where("http://127.0.0.1:1")
    (tmp_path / "index.html").touch()
    assert dashboard.where("http://127.0.0.1:1") == "http://127.0.0.1:1"
