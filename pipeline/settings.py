"""Every setting of the program, in one place; each is an environment variable `YOMITORI_<NAME>`."""

from __future__ import annotations

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipeline.errors import StoreProblem

SECRET_BYTES = 32


def _default_data() -> Path:
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "yomitori"


class Settings(BaseSettings):
    """What an office may set; defaults suit one small PC."""

    model_config = SettingsConfigDict(env_prefix="YOMITORI_", frozen=True, extra="ignore")

    data: Path = Field(default_factory=_default_data, description="データを置くフォルダー")
    database: str | None = Field(None, description="データベースの URL（空ならデータフォルダーの SQLite）")
    engine: Literal["local", "procrastinate"] = Field(
        "local",
        description="読み取りの担い手（local: 取り込んだ命令が自分で読む、procrastinate: PostgreSQL を通じて"
        " yomitori worker が読む）",
    )
    shared: Path | None = Field(
        None,
        description="原本・鍵・自前の様式とリストを置く、どの機械からも同じに見えるフォルダー（空ならデータフォルダー）",
    )
    worker_silence: float = Field(
        30.0, ge=3, le=3600, description="この秒数、知らせのないワーカーの仕事を、ほかのワーカーに渡す"
    )
    forms: Path | None = Field(None, description="様式フォルダー（指定すると同梱の様式と置き換わる）")
    workers: int = Field(
        2, ge=0, le=64, description="読み取りを並列に行うプロセスの数（0: このプロセスの中で、見張りなし）"
    )
    host: str = Field("127.0.0.1", description="確認画面を出すアドレス")
    port: int = Field(8765, ge=0, le=65535, description="確認画面のポート")
    public_host: str | None = Field(None, description="ブラウザーに入れる名前（ほかの PC から使うとき）")
    certificate: Path | None = Field(None, description="TLS の証明書（PEM）")
    key: Path | None = Field(None, description="TLS の秘密鍵（PEM）")
    behind_proxy: bool = Field(False, description="TLS を受け持つプロキシの後ろ、またはコンテナーの中で動かす")
    error_rate: dict[str, float] = Field(
        default_factory=lambda: {
            "choice": 5e-4,
            "score": 5e-4,
            "digits": 1e-3,
            "date": 1e-3,
            "text": 3e-3,
            "presence": 5e-4,
            "code": 1e-4,
        },
        description="種類ごとに許す、見ずに受け入れた値の誤り率",
    )
    audit_anchor: Path | None = Field(
        None,
        description="監査ログの控えを置くファイル（空ならデータフォルダー（共有フォルダーがあればその中）の audit.anchor）",
    )
    many_records: int = Field(100, ge=0, description="個人を識別する書き出しで、念を押す記録の数")
    log: Path | None = Field(
        None, description="できごとを一行に一つの JSON で書き足すファイル（空なら、警告だけを標準エラー出力へ）"
    )
    retention: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict,
        description="確定した記録を残す日数。様式の id ごとに、- は様式のないもの、* はそのほかのすべて"
        "（空なら、期限で消えるものはない）",
    )
    backup_key: Path | None = Field(None, description="バックアップの合言葉（12 文字以上）を書いたファイル")
    open_seconds: float = Field(30.0, gt=0, description="一つのファイルを開くのに待つ秒数")
    open_bytes: int = Field(1536 * 1024 * 1024, gt=0, description="読み取りプロセスのメモリー上限（バイト）")

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.database or f"sqlite:///{self.data / 'yomitori.sqlite'}"

    @property
    def common(self) -> Path:
        """Folder of what every machine that reads must see."""
        return self.shared or self.data

    @property
    def vault(self) -> Path:
        """Folder of original scans, named by their SHA-256."""
        return self.common / "vault"

    @property
    def cuts(self) -> Path:
        """Crops of fields bound for review, by the SHA-256 of their scan."""
        return self.data / "cuts"

    @property
    def private(self) -> Path:
        """The one folder (mode 0700) for temporary pictures."""
        return self.data / "private"

    @property
    def own_forms(self) -> Path:
        """The office's own form files."""
        return self.common / "forms"

    @property
    def drafts(self) -> Path:
        """Form files that somebody is drawing."""
        return self.data / "drafts"

    @property
    def calibration(self) -> Path:
        """Curves and acceptance lines fitted on this office's own settled records."""
        return self.common / "calibration.json"

    @property
    def own_lists(self) -> Path:
        """The office's own lists."""
        return self.common / "lists"

    @property
    def blanks(self) -> Path:
        """Rendered blanks, by the SHA-256 of their PDF."""
        return self.data / "blanks"

    @property
    def shown_database(self) -> str:
        """The store's URL without its password, for people."""
        return re.sub(r"//([^:/@]+):[^@]*@", r"//\1:***@", self.database_url)

    @property
    def anchor(self) -> Path:
        """Where the audit log's end is kept, outside the database."""
        return self.audit_anchor or self.common / "audit.anchor"

    @property
    def secret_file(self) -> Path:
        """Where the store's secret lies, outside the database."""
        return self.common / "secret.key"

    def secret(self) -> bytes:
        """The store's secret, 32 bytes: of pseudonymous ids, the audit chain and second factors.

        Raises:
            StoreProblem: it is gone or cut short.
        """
        try:
            found = self.secret_file.read_bytes()
        except OSError:
            found = b""
        if len(found) < SECRET_BYTES:
            raise StoreProblem(
                "secret-missing",
                f"鍵のファイル {self.secret_file} がないか、壊れています。",
                (
                    "共有フォルダーがつながっているかを確かめてください。つながっているのにないときは、"
                    if self.shared
                    else ""
                )
                + "バックアップから戻してください。新しい鍵では、仮の番号も監査ログも前のものとつながりません。",
            )
        return found

    def make_secret(self) -> None:
        """Make the secret of a new store, mode 0600, whole or not at all; one that is there stays."""
        path = self.secret_file
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(".part", f"{path.name}.", path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            _linked(Path(part), path)
        finally:
            Path(part).unlink(missing_ok=True)


def _linked(part: Path, path: Path) -> None:
    """Give a whole file its name, but never over one that another process made meanwhile."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError:  # a share that knows no second names
        if not path.exists():
            part.rename(path)


def load() -> Settings:
    """Read the settings from the environment; raises pydantic's ValidationError naming the variable."""
    return Settings()
