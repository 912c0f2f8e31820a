"""Only config.image_file calls the decoders of Pillow, OpenCV, libheif and Qt on bytes that may come from outside."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.paths import ROOT

PACKAGES = ("config", "hardware", "kiosk", "server")
DECODER_MODULE = "config/image_file.py"

FORBIDDEN_CALLS = {
    "imread", "imreadmulti", "imdecode", "imdecodemulti", "imreadanimation", "imdecodeanimation",
    "open_heif", "read_heif", "register_heif_opener", "register_avif_opener", "from_bytes_heif",
    "fromData", "loadFromData", "QImageReader", "QMovie", "getThumbnail", "VideoCapture",
}  # fmt: skip
ALLOWED = {
    # The camera's own stream, read in the camera's own process; its frames are decoded by config.image_file.
    ("hardware/cameras/webcam/stream.py", "VideoCapture"),
    # A portrait that this station's engine has just made; the call names the format, JPEG.
    ("kiosk/ui/steps/review.py", "fromData"),
}


def decoder_calls(tree: ast.AST) -> Iterator[str]:
    """Yield the decoders that `tree` calls, under whatever name Pillow's modules were imported."""
    pillow = {"Image", "ImageFile", "PIL"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("PIL"):
            pillow |= {name.asname or name.name for name in node.names}
            yield from (name.name for name in node.names if name.name in ("open", "Parser"))
        if isinstance(node, ast.ImportFrom) and node.module in ("cv2", "pillow_heif"):
            yield from (name.name for name in node.names if name.name in FORBIDDEN_CALLS)
        if isinstance(node, ast.Import):
            pillow |= {name.asname for name in node.names if name.name.startswith("PIL") and name.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = ast.unparse(node.value).split(".")[-1]
            if owner in pillow and node.attr in ("open", "Parser"):
                yield f"{owner}.{node.attr}"
            elif node.attr in FORBIDDEN_CALLS and isinstance(node.value, ast.Name):
                yield node.attr
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in FORBIDDEN_CALLS - {"open_heif"}
        ):
            yield node.func.id


def test_pictures_are_opened_in_one_place() -> None:
    calls = {
        (str(path.relative_to(ROOT)), name)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for name in decoder_calls(ast.parse(path.read_text(encoding="utf-8")))
    }
    here = {(file, name) for file, name in calls if file == DECODER_MODULE}
    assert {"Image.open", "imdecode", "open_heif"} <= {name for _, name in here}, "the search finds known calls"
    assert calls - here == ALLOWED


@pytest.mark.parametrize(
    "source",
    [
        "from PIL import Image\nImage.open(x)",
        "from PIL import Image as Picture\nPicture.open(x)",
        "import PIL.Image\nPIL.Image.open(x)",
        "from PIL.Image import open",
        "from PIL import ImageFile\nImageFile.Parser()",
        "from config.opencv import cv2\ncv2.imread(x)",
        "import cv2 as c\nf = c.imdecode",
        "import pillow_heif\npillow_heif.open_heif(x)",
        "QImage.fromData(x)",
    ],
)
def test_the_search_finds_each_way_to_call_a_decoder(source: str) -> None:
    assert list(decoder_calls(ast.parse(source)))
