/**
 * MediaPipe's face mesh and person mask by tasks-vision, with the weights of `kiosk.guidance` (page_models.py).
 *
 * 0.10.21 is the release of the wheel; those from 1.0 on report their use to their maker.
 */
import { FaceLandmarker, FilesetResolver, ImageSegmenter } from "@mediapipe/tasks-vision";
import type { Plane } from "./vision/picture";

/** Addresses of the files that live guidance needs. */
export interface Assets {
  worker: string;
  tables: string;
  face: string;
  person: string;
  loader: string;
  runtime: string;
  loader_nosimd: string;
  runtime_nosimd: string;
}

/** The runtime for this phone: without SIMD it takes 2.5 times as long. */
export async function runtimeFiles(assets: Assets) {
  const simd = await FilesetResolver.isSimdSupported();
  return {
    wasmLoaderPath: simd ? assets.loader : assets.loader_nosimd,
    wasmBinaryPath: simd ? assets.runtime : assets.runtime_nosimd,
  };
}

export class Nets {
  private stamp = 0;

  private constructor(private faces: FaceLandmarker, private person: ImageSegmenter | null) {}

  get hasMask(): boolean {
    return this.person !== null;
  }

  /** Without WebGL2 the mask cannot be made, and guidance continues without the backdrop. */
  static async load(assets: Assets, withMask: boolean): Promise<Nets> {
    const files = await runtimeFiles(assets);
    const options = (modelAssetPath: string) => ({
      baseOptions: { modelAssetPath, delegate: "CPU" as const }, // deterministic, and equal to Python's
      runningMode: "VIDEO" as const,
    });
    // With numFaces 1 it would smooth over time.
    const faces = await FaceLandmarker.createFromOptions(files, { ...options(assets.face), numFaces: 2 });
    if (!withMask) return new Nets(faces, null);
    const person = await ImageSegmenter.createFromOptions(files, {
      ...options(assets.person),
      outputConfidenceMasks: true,
      outputCategoryMask: false,
    }).catch(() => null);
    return new Nets(faces, person);
  }

  /** Mesh points of every face, 478 x (x, y, z) in pixels of the picture, the widest first. */
  meshes(picture: ImageData): Float32Array[] {
    const landmarks = this.faces.detectForVideo(picture, this.next()).faceLandmarks;
    const meshes = landmarks.map((points) => {
      const scale = [picture.width, picture.height, picture.width];
      return Float32Array.from(points.flatMap(({ x, y, z }) => [x, y, z]), (value, k) => value * scale[k % 3]!);
    });
    return meshes.sort((a, b) => width(b) - width(a));
  }

  mask(picture: ImageData): Plane | null {
    if (!this.person) return null;
    const result = this.person.segmentForVideo(picture, this.next());
    const mask = result.confidenceMasks?.[0];
    const plane = mask && { width: mask.width, height: mask.height, data: mask.getAsFloat32Array().slice() };
    result.close();
    return plane ?? null;
  }

  /** Drop the face that is tracked, before a picture of another stream. */
  forget(): void {
    this.faces.detectForVideo(new ImageData(64, 64), this.next());
  }

  /** The next time of a stream, in milliseconds: only the order matters. */
  private next(): number {
    this.stamp += 33;
    return this.stamp;
  }
}

const width = (p: Float32Array) => Math.hypot(p[3 * 454]! - p[3 * 234]!, p[3 * 454 + 1]! - p[3 * 234 + 1]!);
