// The pictures of the brush as numbers and as canvases.

const FADED = 0.4; // the share of the shot that is shown where the matte removes it

export async function loadStart(data) {
  const { width, height, background, hue } = data.info;
  const names = ["crop", "person", "matte", "face"];
  const pixels = await Promise.all(names.map((name) => loadPixels(data.pictures[name], width, height)));
  const [crop, person, matte, face] = pixels;
  return {
    width, height, background, hue,
    crop: colours(crop),
    person: colours(person),
    alpha: Float32Array.from({ length: width * height }, (_, at) => matte[4 * at] / 255),
    face: Uint8Array.from({ length: width * height }, (_, at) => (face[4 * at] > 127 ? 1 : 0)),
  };
}

// A canvas of the picture's size.
export function sheet(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

export async function loadSheet(url, width, height) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = sheet(width, height);
  canvas.getContext("2d").drawImage(image, 0, 0, width, height);
  return canvas;
}

// How each view makes a value 0..255 from the person's share and colour, the shot's colour, and the background.
const VALUES = {
  portrait: (alpha, person, shot, background) => alpha * person * 255 + (1 - alpha) * background,
  matte: (alpha) => alpha * 255,
  crop: (alpha, person, shot) => 255 * (shot * alpha + (1 - alpha) * (FADED * shot + 1 - FADED)),
};

// Draw a view of the state within a box.
export function compose(view, start, state, box, canvas) {
  const [left, top, right, bottom] = box ?? [0, 0, start.width, start.height];
  if (left >= right || top >= bottom) return;
  const pixels = new ImageData(right - left, bottom - top), value = VALUES[view];
  let to = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * start.width + x, alpha = state.alpha[at];
      for (let channel = 0; channel < 3; channel++) {
        const place = 3 * at + channel;
        pixels.data[to++] = value(alpha, state.person[place], start.crop[place], start.background[channel]);
      }
      pixels.data[to++] = 255;
    }
  }
  canvas.getContext("2d").putImageData(pixels, left, top);
}

// The outline of the face's region, and its area, which is shown when a stroke is refused.
export function faceSheets({ width, height, face }) {
  const outline = new ImageData(width, height), area = new ImageData(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (!face[at]) continue;
      const inside = x > 0 && y > 0 && x < width - 1 && y < height - 1 &&
        face[at - 1] && face[at + 1] && face[at - width] && face[at + width];
      if (!inside) outline.data.set([255, 255, 255, (x + y) % 6 < 3 ? 230 : 60], 4 * at);
      area.data.set([166, 61, 42, (x + y) % 8 < 2 ? 190 : 70], 4 * at);
    }
  }
  return [outline, area].map((data) => {
    const canvas = sheet(width, height);
    canvas.getContext("2d").putImageData(data, 0, 0);
    return canvas;
  });
}

async function loadPixels(url, width, height) {
  const canvas = await loadSheet(url, width, height);
  return canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height).data;
}

function colours(pixels) {
  const values = new Float32Array((pixels.length / 4) * 3);
  for (let at = 0; at < pixels.length / 4; at++) {
    for (let channel = 0; channel < 3; channel++) values[3 * at + channel] = pixels[4 * at + channel] / 255;
  }
  return values;
}
