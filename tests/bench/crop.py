"""Stability of head and crop, and accuracy of the crown: `python -m tests.bench.crop [FOLDER] [--runs N]`.

Every picture is changed N times: shifted by up to 12 px of the portrait, scaled by 4 %, turned by 1.5 degrees, gain
and gamma changed by 8 %, with noise, and as JPEG 75-95. Prints the p95 of each measure's distance from its median, in
pixels of a portrait whose head is 400 px high; "one crop" reads the landmarks from a single square of whole pixels, as
an earlier version did. The crown is also compared with that of the true matte of cut-outs composed onto plain
backdrops.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from config.arrays import Pixels
from config.opencv import cv2
from config.standards.registry import load_standard
from kiosk.capture.cropping.solver import solve
from kiosk.capture.cropping.subject import face_centre_x, head_of_face
from kiosk.capture.matting.matte import MatteSettings, compute_matte, extract_crop
from kiosk.capture.types import PhotoProblem
from kiosk.guidance.detection.crown import find_crown
from kiosk.guidance.detection.landmarks import Face, FaceFinder, downscale
from kiosk.guidance.detection.mesh import CROP_SIDE_PX, crop_square, find_meshes, resize_square
from tests.bench.composed_shots import composed_shots
from tests.bench.picture_files import cutout_folder, photo_folder, picture_files

Rows = dict[str, list[float]]
CHSI = load_standard("chsi")
SIDE_PX = 1400


def perturb(random: np.random.Generator, pixels: Pixels, unit: float) -> tuple[Pixels, NDArray[np.float64]]:
    """Return the picture as if taken again, and the matrix (2, 3) from the original to it."""
    height, width = pixels.shape[:2]
    scale, angle = 1 + random.uniform(-0.04, 0.04), math.radians(random.uniform(-1.5, 1.5))
    turn = scale * np.array([(math.cos(angle), -math.sin(angle)), (math.sin(angle), math.cos(angle))])
    centre = np.array([width / 2, height / 2])
    matrix = np.column_stack([turn, centre - turn @ centre + unit * random.uniform(-12, 12, 2)])
    moved = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE) / 255
    noisy = 255 * moved ** random.uniform(0.92, 1.08) * random.uniform(0.92, 1.08) + random.normal(0, 2, moved.shape)
    quality = int(random.uniform(75, 96))
    _, data = cv2.imencode(".jpg", noisy.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8), matrix


def detect_once(finder: FaceFinder, pixels: Pixels, face: Face) -> Face:
    reach = 1.15 * float(np.linalg.norm(face.forehead - face.chin))
    left, top = (round(float(v) - reach) for v in (face.forehead + face.chin) / 2)
    side = round(2 * reach)
    faces = find_meshes(finder._single_face_mesh, resize_square(crop_square(pixels, left, top, side)))
    return faces[0].transform(side / CROP_SIDE_PX, (left, top)) if faces else face


def record(rows: Rows, name: str, face: Face, back: NDArray[np.float64], unit: float) -> None:
    """Record the measures of the face, mapped back into the original picture, in pixels of the portrait."""
    for measure, point in (("eye line", face.eyes), ("chin", face.chin)):
        rows[f"{measure}, {name}"].append(float((back[:, :2] @ point + back[:, 2])[1]) / unit)
    rows[f"face width, {name}"].append(face.width * math.sqrt(abs(np.linalg.det(back[:, :2]))) / unit)


def crown_from_matte(finder: FaceFinder, pixels: Pixels, face: Face) -> float | None:
    """Return the row of the crown as the engine finds it: by crop and matte, twice."""
    at = float(face.eyes[1]) - 0.92 * face.width
    for _ in range(2):
        try:
            crop = solve(head_of_face(face, at), (pixels.shape[1], pixels.shape[0]), CHSI)
            image = extract_crop(pixels, crop, (480, 640))
            matte = compute_matte(image, finder.person_mask(np.rint(image * 255).astype(np.uint8)), MatteSettings())
        except PhotoProblem:
            return None
        head = crop.to_portrait(head_of_face(face, at))
        row = find_crown(matte.alpha, head.centre, head.width, head.eyes)
        if row is None:
            return None
        at = crop.top + row / crop.scale
    return at


def jitter(finder: FaceFinder, pixels: Pixels, runs: int, crowns: bool) -> dict[str, NDArray[np.float64]]:
    """Return the distances of each measure from its median over the runs."""
    rows: Rows = defaultdict(list)
    (first, *_) = finder.find(pixels).faces
    unit = float(np.linalg.norm(first.chin - first.eyes)) / 185  # of a head of 400 px
    random = np.random.default_rng(3)
    for _ in range(runs):
        changed, matrix = perturb(random, pixels, unit)
        back = cv2.invertAffineTransform(matrix)
        faces = finder.find(changed).faces
        if not faces:
            continue
        record(rows, "one crop", detect_once(finder, changed, faces[0]), back, unit)
        record(rows, "now", faces[0], back, unit)
        at = crown_from_matte(finder, changed, faces[0]) if crowns else None
        if at is not None:
            rows["crown, now"].append(float((back[:, :2] @ (face_centre_x(faces[0]), at) + back[:, 2])[1]) / unit)
    return {name: np.abs(np.array(values) - np.median(values)) for name, values in rows.items()}


def print_table(title: str, results: dict[str, dict[str, NDArray[np.float64]]]) -> None:
    names = sorted({name for rows in results.values() for name in rows})
    print(f"\n{title}: p95 in px of the portrait\n{'':24s}" + "".join(f"{name:>22s}" for name in names))
    for picture, rows in results.items():
        print(f"{picture:24s}" + "".join(f"{p95(rows.get(name)):22.2f}" for name in names))
    every = {name: np.concatenate([rows[name] for rows in results.values() if name in rows]) for name in names}
    print(f"{'all':24s}" + "".join(f"{p95(every[name]):22.2f}" for name in names))


def p95(values: NDArray[np.float64] | None) -> float:
    return math.nan if values is None or not len(values) else float(np.percentile(values, 95))


def true_crowns(finder: FaceFinder, runs: int) -> None:
    """Print the jitter of the composed shots, and the error of their crowns against those of the true mattes."""
    results, errors = {}, []
    for shot in composed_shots(cutout_folder(), ("blue", "white", "grey")):
        faces = finder.find(shot.pixels).faces
        if not faces:
            continue
        face, name = faces[0], f"{shot.name} {shot.backdrop_kind}"
        truth = find_crown(shot.alpha, face_centre_x(face), face.width, float(face.eyes[1]))
        at = crown_from_matte(finder, shot.pixels, face)
        if at is None or truth is None:
            print(f"{name}: no crop")
            continue
        errors.append((at - truth) / (float(np.linalg.norm(face.chin - face.eyes)) / 185))
        results[name] = jitter(finder, shot.pixels, runs, crowns=True)
    if results:
        print_table("cut-outs on plain backdrops", results)
        worst = np.percentile(np.abs(errors), 95)
        print(f"crown against the true matte: bias {np.mean(errors):+.2f} sd {np.std(errors):.2f} p95 {worst:.2f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=photo_folder() / "portraits")
    parser.add_argument("--runs", type=int, default=16)
    arguments = parser.parse_args()
    finder = FaceFinder(still=True)
    results = {}
    for path in picture_files(arguments.folder, (".jpg",)):
        pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
        pixels = downscale(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8), SIDE_PX)
        if finder.find(pixels).faces:
            results[path.stem] = jitter(finder, pixels, arguments.runs, crowns=False)
    if results:
        print_table("portraits", results)
    try:
        true_crowns(finder, max(2, arguments.runs // 4))
    except FileNotFoundError as missing:
        print(missing)
    finder.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
