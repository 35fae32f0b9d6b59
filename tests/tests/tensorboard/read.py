"""Prints what TensorBoard's own reader finds in a folder of event files, anew for each line on stdin.

A line of JSON: the scalars by tag, each a list of [step, wall time, value], where NaN is null.
"""

import json
import logging
import math
import sys

from tensorboard.backend.event_processing.event_accumulator import SCALARS, EventAccumulator

logging.disable()
accumulator = EventAccumulator(sys.argv[1], size_guidance={SCALARS: 0})
for _ in sys.stdin:
    accumulator.Reload()
    scalars = {
        tag: [
            [event.step, event.wall_time, None if math.isnan(event.value) else event.value]
            for event in accumulator.Scalars(tag)
        ]
        for tag in accumulator.Tags()[SCALARS]
    }
    print(json.dumps(scalars), flush=True)
