"""The pages' own files: read once, compressed once, cached by content for ever."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request, Response

FOLDER = Path(__file__).resolve().parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
SERVED = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is sent."""

    body: bytes
    gzipped: bytes
    media_type: str
    tag: str


@dataclass(frozen=True, slots=True)
class Statics:
    """Every file under `static/` by its path there."""

    files: Mapping[str, File]
    # Changes whenever any file does: modules import each other by relative path, so they share one version.
    version: str

    @classmethod
    def load(cls, folder: Path = FOLDER) -> "Statics":
        """Read the folder; files of unknown kinds are left out."""
        paths = sorted(path for path in folder.rglob("*") if path.suffix in SERVED)
        files = {str(path.relative_to(folder)): _file(path) for path in paths}
        whole = hashlib.blake2b("".join(f"{name}{file.tag}" for name, file in files.items()).encode(), digest_size=6)
        return cls(files, whole.hexdigest())

    def link(self, name: str) -> str:
        """Return the address of a file; it changes with the content."""
        return f"/static/{self.version}/{name}"

    def routes(self) -> APIRouter:
        """Return the route that serves the files."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{version}/{name:path}")
        def static(version: str, name: str, request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]
            file = self.files.get(name)
            if file is None:
                return Response("there is no such file\n", status_code=404, media_type="text/plain")
            headers = {"Cache-Control": FOR_EVER if version == self.version else "no-cache", "Vary": "Accept-Encoding"}
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(
                    file.gzipped, media_type=file.media_type, headers={**headers, "Content-Encoding": "gzip"}
                )
            return Response(file.body, media_type=file.media_type, headers=headers)

        return router


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(
        body, gzip.compress(body, 9, mtime=0), SERVED[path.suffix], hashlib.blake2b(body, digest_size=9).hexdigest()
    )
