// Builds the widget: `node build.mjs` writes built/, `node build.mjs --check` compares.
// esbuild is looked for in THUMBWHEEL_NODE_MODULES, then in NODE_PATH, then near this file.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

// Another version may give other bytes, and the bytes are in the repository.
const ESBUILD = "0.28.2";
const CORE_LIMIT = 4096;

const folder = fileURLToPath(new URL(".", import.meta.url));

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function loadEsbuild() {
  const { THUMBWHEEL_NODE_MODULES: named, NODE_PATH: listed = "" } = process.env;
  const places = [named, ...listed.split(delimiter)];
  const bases = places.filter(Boolean).map((place) => join(resolve(place), "..", "package.json"));
  for (const base of [...bases, import.meta.url]) {
    try {
      return createRequire(base)("esbuild");
    } catch (problem) {
      if (problem.code !== "MODULE_NOT_FOUND") throw problem;
    }
  }
  fail(`esbuild was not found. Run "npm install esbuild@${ESBUILD}" somewhere and set ` +
    "THUMBWHEEL_NODE_MODULES to that node_modules folder.");
}

const esbuild = loadEsbuild();
if (esbuild.version !== ESBUILD) {
  fail(`This build needs esbuild ${ESBUILD}, found ${esbuild.version}.`);
}

// Style sheets become strings without spaces.
const styles = {
  name: "styles",
  setup(build) {
    build.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const options = { loader: "css", minify: true, target: "esnext" };
      const { code } = await esbuild.transform(readFileSync(path, "utf8"), options);
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// Shared, because the form and the signals use private properties of the element.
let mangleCache = {};

async function bundle(name, define) {
  const result = await esbuild.build({
    absWorkingDir: folder,
    entryPoints: [`source/${name}.js`],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    mangleProps: /^_[a-z]/,
    mangleCache,
    define,
    plugins: [styles],
    write: false,
    logLevel: "warning",
  });
  mangleCache = result.mangleCache;
  return Buffer.from(result.outputFiles[0].contents);
}

const hashedName = (name, bytes) =>
  JSON.stringify(`${name}.${createHash("sha256").update(bytes).digest("hex").slice(0, 12)}.js`);

const form = await bundle("form", {});
const signals = await bundle("signals", {});
const sync = await bundle("sync", {});
const core = await bundle("v1", {
  __FORM__: hashedName("form", form),
  __SIGNALS__: hashedName("signals", signals),
  __SYNC__: hashedName("sync", sync),
});

const check = process.argv.includes("--check");
mkdirSync(join(folder, "built"), { recursive: true });
for (const [name, bytes] of Object.entries({ v1: core, form, signals, sync })) {
  const path = join(folder, "built", `${name}.js`);
  const size = gzipSync(bytes, { level: 9 }).length;
  console.log(`built/${name}.js: ${bytes.length} bytes, ${size} gzip`);
  if (name === "v1" && size > CORE_LIMIT) {
    fail(`The core has ${size} bytes gzip and may have ${CORE_LIMIT}: make it smaller.`);
  }
  if (!check) {
    writeFileSync(path, bytes);
    continue;
  }
  let committed;
  try {
    committed = readFileSync(path);
  } catch {}
  if (!committed?.equals(bytes)) {
    fail(`built/${name}.js is not what the source gives. Run "node build.mjs" and commit built/.`);
  }
}
