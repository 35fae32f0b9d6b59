"""Writes W&B offline runs for the dashboard's bench: COUNT runs of STEPS records each, one every INTERVAL seconds."""

import math
import os
import shutil
import sys
import time

folder, count, steps, interval = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
os.environ["WANDB_SILENT"] = "true"
os.chdir(folder)

import wandb  # noqa: E402

settings = wandb.Settings(console="off", x_disable_stats=True, x_disable_meta=True)
run = wandb.init(mode="offline", project="bench", name=f"bench-{os.getpid()}", settings=settings)
for step in range(steps):
    loss = 2.0 / (1.0 + step / 50.0)
    run.log({"loss": loss, "accuracy": step / steps, "gradient_magnitude": 10.0 * math.exp(-step / steps)})
    if interval > 0:
        time.sleep(interval)
run.finish()

# The others are copies under other names.
source = os.path.dirname(run.dir)
inner = next(name for name in os.listdir(source) if name.endswith(".wandb"))
for other in range(1, count):
    name = f"copy{other:04}"
    target = os.path.join(os.path.dirname(source), f"offline-run-20261101_{other // 3600:02}{other // 60 % 60:02}{other % 60:02}-{name}")
    os.mkdir(target)
    shutil.copy(os.path.join(source, inner), os.path.join(target, f"run-{name}.wandb"))
