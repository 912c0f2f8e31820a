/** The rear camera's stream, its frames for guidance, and the photo. */
import type { GuideDocument } from "./document";

export interface Photo {
  file: Blob;
  width: number;
  height: number;
  facing: string;
}

interface PhotoTaker {
  takePhoto(): Promise<Blob>;
}

declare global {
  interface Window {
    ImageCapture?: new (track: MediaStreamTrack) => PhotoTaker;
  }
}

export const cameraAvailable = () =>
  isSecureContext && typeof (navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia === "function";

export class Camera {
  private constructor(private stream: MediaStream, readonly video: HTMLVideoElement) {}

  /** Open the rear camera, upright. Raises what getUserMedia raises. */
  static async open(video: HTMLVideoElement, limits: GuideDocument["limits"]): Promise<Camera> {
    const [width, height] = upright() ? [...limits.stream].reverse() : limits.stream; // sensors are landscape
    // "none": a size that the camera delivers, not a part that is cropped to this shape
    const size = { width: { ideal: width! }, height: { ideal: height! }, resizeMode: { ideal: "none" } };
    const streamOf = (facingMode: ConstrainDOMString) =>
      navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode, ...size } });
    const stream = await streamOf({ exact: "environment" }).catch(() => streamOf({ ideal: "environment" }));
    video.srcObject = stream;
    // Before iOS 17 the video stays black after the first play() alone.
    video.onloadedmetadata = () => void video.play().catch(() => undefined);
    await video.play().catch(() => undefined);
    return new Camera(stream, video);
  }

  get width(): number {
    return this.video.videoWidth;
  }

  get height(): number {
    return this.video.videoHeight;
  }

  get facing(): string {
    return this.stream.getVideoTracks()[0]?.getSettings().facingMode ?? "";
  }

  /** A frame at most `side` pixels long; null before the camera delivers one. */
  async frame(side: number): Promise<ImageBitmap | null> {
    const longer = Math.max(this.width, this.height);
    if (!longer || this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return null;
    const scale = Math.min(1, side / longer);
    return createImageBitmap(this.video, {
      resizeWidth: Math.round(this.width * scale),
      resizeHeight: Math.round(this.height * scale),
      resizeQuality: "medium",
    });
  }

  /** A photo of the camera where the browser can take one as JPEG and no smaller than the stream, else a frame. */
  async takePhoto(quality: number): Promise<Photo> {
    const taken = await this.cameraPhoto().catch(() => null);
    return taken ?? this.framePhoto(quality);
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
    this.video.srcObject = null;
  }

  private async cameraPhoto(): Promise<Photo | null> {
    const track = this.stream.getVideoTracks()[0];
    if (!window.ImageCapture || !track) return null;
    const file = await limited(new window.ImageCapture(track).takePhoto(), 4000);
    if (file.type !== "image/jpeg") return null;
    const { width, height } = await sizeOf(file);
    const upright = height > width === this.height > this.width;
    return upright && height >= this.height ? { file, width, height, facing: this.facing } : null;
  }

  private async framePhoto(quality: number): Promise<Photo> {
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = this.height;
    canvas.getContext("2d")?.drawImage(this.video, 0, 0);
    const file = await encoded(canvas, quality);
    return { file, width: canvas.width, height: canvas.height, facing: this.facing };
  }
}

const upright = () => matchMedia("(orientation: portrait)").matches;

/** A canvas as JPEG. */
export function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((file) => {
      if (file) resolve(file);
      else reject(new Error("no JPEG"));
    }, "image/jpeg", quality);
  });
}

export async function sizeOf(file: Blob): Promise<{ width: number; height: number }> {
  const bitmap = await createImageBitmap(file);
  const { width, height } = bitmap;
  bitmap.close();
  return { width, height };
}

function limited<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => {
      reject(new Error("too late"));
    }, milliseconds);
  });
  return Promise.race([work, late]);
}
