// The compressed JavaScript and the number of files of each route, from the build's manifest. Fails when a page has too
// much of either.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const MOST = 400_000;
const MOST_FILES = 60;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** A chunk and everything that it imports at once. */
function withImports(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const imported of manifest[name].imports ?? []) withImports(imported, seen);
  return seen;
}

const sizes = new Map();
function compressed(name) {
  const { file } = manifest[name];
  if (!file.endsWith(".js")) return 0;
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length);
  return sizes.get(file);
}

/** The scripts and style sheets of these chunks. */
function files(names) {
  return new Set([...names].flatMap((name) => [manifest[name].file, ...(manifest[name].css ?? [])]));
}

const sum = (names) => [...names].reduce((total, name) => total + compressed(name), 0);
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const FRAME = "src/frame/Frame.tsx";
const pages = manifest[entry].dynamicImports.filter((name) => name.endsWith("Page.tsx"));

let isTooMuch = false;
for (const page of pages) {
  const entered = withImports(page, withImports(entry));
  const chunks = page.includes("/SignInPage") ? entered : withImports(FRAME, entered);
  const size = sum(chunks);
  const count = files(chunks).size;
  const problem = size > MOST ? "  TOO LARGE" : count > MOST_FILES ? "  TOO MANY FILES" : "";
  isTooMuch ||= problem !== "";
  process.stdout.write(
    `${String(Math.round(size / 1_000)).padStart(4)} kB ${String(count).padStart(3)} files  ${page}${problem}\n`,
  );
}
if (isTooMuch) {
  process.stderr.write(
    `A page opens with at most ${MOST / 1_000} kB of compressed JavaScript and ${MOST_FILES} files. ` +
      "Load what is heavy lazily; let vite.config.ts put what many pages share into one file.\n",
  );
  process.exit(1);
}
