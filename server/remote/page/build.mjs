// Bundles the page and copies the runtime and the models under names that contain a hash of their content:
//   node build.mjs GENERATED OUT
//   node build.mjs GENERATED --names     writes nothing and prints assets.json
// GENERATED contains tables.json and the models (server/remote/page_build.py); OUT gets the files, each also compressed, and
// assets.json, which maps plain names to those with a hash.
//   node build.mjs --tests OUT           writes the scripts of the conformance tests
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const options = process.argv.slice(2).filter((argument) => argument.startsWith("--"));
const [generated, out] = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const here = dirname(fileURLToPath(import.meta.url));
const runtime = join(here, "node_modules", "@mediapipe", "tasks-vision", "wasm");
const SCRIPTS = [
  ["guide.css", "esm"],
  ["upload.ts", "esm"],
  ["guide.ts", "esm"],
  ["worker.ts", "iife"], // a module worker cannot load the runtime, which calls importScripts
];
const TEST_SCRIPTS = [
  ["tests/exact.ts", "esm"],
  ["tests/conformance.ts", "esm"],
];
const BROTLI = { params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 } };

async function bundle([source, format]) {
  const result = await build({
    entryPoints: [join(here, "src", source)],
    bundle: true,
    minify: true,
    write: false,
    format,
    target: ["es2020", "safari15", "chrome87"],
    charset: "utf8",
    legalComments: "none",
  });
  return result.outputFiles[0].contents;
}

async function bundles(scripts) {
  const files = {};
  for (const script of scripts) files[basename(script[0]).replace(".ts", ".js")] = await bundle(script);
  return files;
}

async function contents() {
  const files = await bundles(SCRIPTS);
  for (const name of readdirSync(runtime)) files[name] = readFileSync(join(runtime, name));
  for (const name of readdirSync(generated)) files[name] = readFileSync(join(generated, name));
  return files;
}

// Only small files need gzip, too: the others belong to live guidance, which needs https or this computer, where browsers
// accept brotli.
const isSmall = (name) => [".js", ".json", ".css", ".txt"].includes(extname(name));

function hashedName(name, content) {
  const digest = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return name.replace(extname(name), `-${digest}${extname(name)}`);
}

function write(name, content) {
  if (existsSync(join(out, name))) return;
  writeFileSync(join(out, `${name}.br`), brotliCompressSync(content, BROTLI));
  if (isSmall(name)) writeFileSync(join(out, `${name}.gz`), gzipSync(content, { level: 9 }));
  writeFileSync(join(out, name), content); // last: its presence means that all are complete
}

async function writePage() {
  const files = await contents();
  const assets = {};
  for (const name of Object.keys(files).sort()) assets[name] = hashedName(name, files[name]);
  const manifest = JSON.stringify(assets, null, 1) + "\n";
  if (options.includes("--names")) {
    process.stdout.write(manifest);
    return;
  }
  mkdirSync(out, { recursive: true });
  for (const name of Object.keys(assets)) write(assets[name], files[name]);
  const current = Object.values(assets).flatMap((name) => [name, `${name}.br`, `${name}.gz`]);
  for (const name of readdirSync(out)) if (!current.includes(name)) rmSync(join(out, name));
  writeFileSync(join(out, "assets.json"), manifest);
}

async function writeTests(folder) {
  mkdirSync(folder, { recursive: true });
  const files = await bundles(TEST_SCRIPTS);
  for (const name of Object.keys(files)) writeFileSync(join(folder, name), files[name]);
}

if (options.includes("--tests")) await writeTests(generated);
else await writePage();
