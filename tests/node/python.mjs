// Runs a Python script on Pyodide's CPython, with the machine's files under /host:
//   node python.mjs SCRIPT PATHS [ARGUMENT...]      PATHS: what is added to sys.path, JSON
import process from "node:process";
import { loadPyodide } from "pyodide";

const [script, paths, ...rest] = process.argv.slice(2);
const python = await loadPyodide();
python.FS.mkdirTree("/host");
python.FS.mount(python.FS.filesystems.NODEFS, { root: "/" }, "/host");
python.globals.set("told", python.toPy({ script, paths: JSON.parse(paths), rest, cwd: process.cwd() }));
process.exitCode = python.runPython(`
import os, runpy, sys
sys.path += ["/host" + path for path in told["paths"]]
sys.argv = [told["script"], *told["rest"]]
os.chdir("/host" + told["cwd"])
code = 0
try:
    runpy.run_path("/host" + told["script"], run_name="__main__")
except SystemExit as end:
    code = int(end.code or 0)
code
`);
