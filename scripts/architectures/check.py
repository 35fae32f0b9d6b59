"""Differentiates what export.py left and prints how far outputs and gradients are from libtorch's, as a table.

usage: check.py DISSECT FOLDER      (FOLDER/NAME/model.onnx ..., the smallest first)

Needs numpy, onnx and onnxruntime. Leaves with 1 where a model is refused or is further than 1e-5 (relative L2) from
libtorch, unless libtorch's float32 is itself that far from its float64.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

BOUND = 1e-5


def relative(a, b):
    return float(np.linalg.norm(a.astype("f8") - b) / np.linalg.norm(b.astype("f8")))


def check(dissect, case, gradient):
    """The row of one case, and whether it passes."""
    how, noise = (case / "how.txt").read_text().strip(), float((case / "noise.txt").read_text())
    model = case / "model.onnx"
    made = subprocess.run([dissect, "gradient", model, "-o", gradient], capture_output=True, text=True)
    if made.returncode:
        return f"| {case.name} | {how} | refused: {made.stderr.strip()} | | | | |", False
    x, y, seed, dx = (np.load(case / f"{stem}.npy") for stem in ("x", "y", "seed", "dx"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(gradient, options, providers=["CPUExecutionProvider"])
    ours = session.run(["y", "x_grad"], {"x": x, "y_grad": seed})
    errors = relative(ours[0], y), relative(ours[1], dx)
    nodes = [len(onnx.load(path).graph.node) for path in (model, gradient)]
    row = f"| {case.name} | {how} | {x.shape[-1]} | {nodes[0]} to {nodes[1]} | {errors[0]:.1e} | {errors[1]:.1e} | {noise:.1e} |"
    return row, errors[0] <= BOUND and errors[1] <= max(BOUND, 4 * noise)


def main():
    dissect, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    cases = sorted(folder.glob("*/how.txt"), key=lambda how: (how.parent / "model.onnx").stat().st_size)
    print("| architecture | exporter, opset | size | nodes | output | gradient | libtorch's own |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        for how in cases:
            row, passed = check(dissect, how.parent, f"{scratch}/gradient.onnx")
            failed += not passed
            print(row, flush=True)
    print(f"\n{len(cases)} models, {failed} failed", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
