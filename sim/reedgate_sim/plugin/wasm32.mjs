// Runs tests on the 32-bit MicroPython: one request a line on stdin, one answer a line on stdout.
// Each test has a MicroPython of its own; the compiled code and the sources read are kept.
// Arguments: the package's micropython.mjs, vm/run_test.py. Started by wasm32.py beside it.

import fs from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { pathToFileURL } from "node:url";

const [packageFile, runnerFile] = process.argv.slice(2);
const { loadMicroPython } = await import(pathToFileURL(packageFile));

// It would compile its code anew for each MicroPython.
const instantiate = WebAssembly.instantiate;
let compiled;
WebAssembly.instantiate = async (binary, imports) => {
  compiled ??= await WebAssembly.compile(binary);
  return { module: compiled, instance: await instantiate(compiled, imports) };
};

const trees = new Map(); // folder -> [[path, content]], once read

function sourcesOf(folder) {
  const found = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped = entry.name.startsWith(".") || entry.name === "node_modules";
      if (!skipped) found.push(...sourcesOf(place));
    } else if (entry.name.endsWith(".py")) {
      found.push([place, fs.readFileSync(place)]);
    }
  }
  return found;
}

function copyInto(files, folder) {
  if (!fs.existsSync(folder)) return;
  if (!trees.has(folder)) trees.set(folder, sourcesOf(folder));
  for (const [place, content] of trees.get(folder)) {
    files.mkdirTree(path.dirname(place));
    files.writeFile(place, content);
  }
}

// The wrapper's own code, so that no file of the project is in its way.
const START = `
import sys
sys.path[:] = [""] + folders + [".frozen"]
_runner = {"__name__": "run_test"}
exec(compile(source, runner_file, "exec"), _runner)
status = _runner["main"](*arguments)
`;

async function run({ words, folders }) {
  const said = { output: [], errors: [] };
  const python = await loadMicroPython({
    heapsize: 32768 * 1024,
    pystack: 16 * 1024,
    linebuffer: false,
    stdout: (bytes) => said.output.push(Buffer.from(bytes)),
    stderr: (bytes) => said.errors.push(Buffer.from(bytes)),
  });
  for (const folder of [words[0], ...folders]) copyInto(python.FS, folder);
  // As source text: what JavaScript hands over is a proxy there, and would take heap of its own.
  const given =
    `folders = ${JSON.stringify(folders)}\narguments = ${JSON.stringify(words)}\n` +
    `runner_file = ${JSON.stringify(runnerFile)}\n` +
    `source = ${JSON.stringify(fs.readFileSync(runnerFile, "utf8"))}\n`;
  let status = -1;
  try {
    python.runPython(given + START);
    status = python.globals.get("status");
  } catch (problem) {
    said.errors.push(Buffer.from(`${problem.message}\n`));
  }
  const text = (pieces) => Buffer.concat(pieces).toString("utf8");
  return { status, output: text(said.output), errors: text(said.errors) };
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await run(JSON.parse(line))) + "\n");
}
