"""Writes the logs beside it: `make.py wandb` with wandb 0.31.0, `make.py tensorboard` with TensorBoard 2.21.0 installed."""

import glob
import math
import os
import shutil
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))


def with_wandb():
    os.environ["WANDB_SILENT"] = "true"
    import wandb

    folder = tempfile.mkdtemp()
    settings = wandb.Settings(
        x_disable_stats=True, x_disable_machine_info=True, disable_git=True, save_code=False, console="off", host="toy"
    )
    config = {"lr": 0.1, "optimizer": {"name": "sgd", "momentum": 0.9}, "layers": [8, 8], "note": "a toy"}
    run = wandb.init(
        mode="offline", project="toys", name="toy run", group="toy group", config=config, dir=folder, settings=settings
    )
    for epoch in range(5):
        run.log({"loss/train": 1 / (epoch + 1), "epoch": epoch, "accuracy": 0.2 * epoch})
    run.log({"loss/train": math.nan, "loss/test": math.inf, "nested": {"a": 1.5, "b": 2}, "text": "hi", "yes": True})
    run.log({"loss/test": 0.5}, step=20)
    run.finish()
    wandb.teardown()
    shutil.copyfile(glob.glob(f"{folder}/wandb/offline-run-*/run-*.wandb")[0], f"{here}/toy.wandb")
    shutil.rmtree(folder)


def with_tensorboard():
    import numpy
    from tensorboard.compat.proto import event_pb2, summary_pb2
    from tensorboard.plugins.histogram import metadata as histogram_metadata
    from tensorboard.plugins.scalar import metadata as scalar_metadata
    from tensorboard.plugins.text import metadata as text_metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util import tensor_util

    folder = f"{here}/tensorboard"
    shutil.rmtree(folder, ignore_errors=True)
    writer = EventFileWriter(folder)
    start = 1_795_428_902.0

    def write(step, value=None, **what):
        summary = summary_pb2.Summary(value=[value]) if value else None
        writer.add_event(event_pb2.Event(wall_time=start + step, step=step, summary=summary, **what))

    def tensor(tag, metadata, array):
        value = summary_pb2.Summary.Value(tag=tag, metadata=metadata)
        value.tensor.CopyFrom(tensor_util.make_tensor_proto(array))
        return value

    def scalars(step, factor):
        write(step, summary_pb2.Summary.Value(tag="loss/train", simple_value=factor / step))
        metadata = scalar_metadata.create_summary_metadata(display_name="", description="")
        write(step, tensor("loss/test", metadata if step == 1 else None, numpy.float32(factor * 2 / step)))

    for step in range(1, 6):
        scalars(step, 10)
    write(3, session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START))
    for step in range(3, 5):
        scalars(step, 1)
    histogram = histogram_metadata.create_summary_metadata(display_name="", description="")
    write(4, tensor("weights", histogram, numpy.zeros([2, 3], numpy.float32)))
    write(4, summary_pb2.Summary.Value(tag="old weights", histo=summary_pb2.HistogramProto(min=0, max=1)))
    write(4, summary_pb2.Summary.Value(tag="picture", image=summary_pb2.Summary.Image(height=1, width=1)))
    text = text_metadata.create_summary_metadata(display_name="", description="")
    write(4, tensor("note", text, "hi"))
    # Long after the others of its step, and a tag that has a record's own name.
    summary = summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag="epoch", simple_value=1.0)])
    writer.add_event(event_pb2.Event(wall_time=start + 100, step=1, summary=summary))
    writer.close()
    (path,) = glob.glob(f"{folder}/events.*")
    os.rename(path, f"{folder}/events.out.tfevents.1795428902.toy.1.0")


{"wandb": with_wandb, "tensorboard": with_tensorboard}[sys.argv[1]]()
