"""Exports one architecture with random weights, and libtorch's gradient beside it.

usage: export.py torchvision|timm NAME SIZE torchscript|dynamo OPSET FOLDER

Leaves model.onnx (input x [batch, 3, SIZE, SIZE], output y, dynamic batch), x.npy (batch of 2), y.npy, seed.npy (a
cotangent of y), dx.npy (autograd's gradient of sum(seed * y), float32), noise.txt (relative L2 of dx from the same in
float64) and how.txt. Needs torch, torchvision, timm, onnx and onnxscript; fetches no weights.
"""

import copy
import logging
import pathlib
import sys
import warnings

import numpy as np
import torch

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def build(source, name, size):
    if source == "timm":
        import timm

        try:
            return timm.create_model(name, pretrained=False, num_classes=50, img_size=size)
        except TypeError:  # convolutional networks take any size
            return timm.create_model(name, pretrained=False, num_classes=50)
    import torchvision

    if name.startswith("vit"):  # the published sizes are all large
        from torchvision.models.vision_transformer import VisionTransformer

        return VisionTransformer(
            image_size=size, patch_size=16, num_layers=2, num_heads=3, hidden_dim=48, mlp_dim=96, num_classes=50
        )
    options = {"aux_logits": False, "init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return getattr(torchvision.models, name)(num_classes=50, **options)


def roughen(model, random):
    """Gives every branch a natural size: statistics that are not 0 and 1, layer scales that are not 1e-6."""
    with torch.no_grad():
        for module in model.modules():
            if isinstance(getattr(module, "running_mean", None), torch.Tensor):
                module.running_mean.normal_(0, 0.1, generator=random)
                module.running_var.uniform_(0.5, 1.5, generator=random)
        for parameter in model.parameters():
            if parameter.numel() > 1 and float(parameter.std()) == 0:
                if 0 < abs(float(parameter.flatten()[0])) < 1e-2:
                    parameter.uniform_(0.2, 0.6, generator=random)
                else:
                    parameter.add_(torch.randn(parameter.shape, generator=random) * 0.1)


def gradient(model, x, seed):
    x = x.detach().requires_grad_(True)
    return torch.autograd.grad((model(x) * seed).sum(), x)[0]


def main():
    source, name, size, exporter, opset, folder = sys.argv[1:]
    size, opset, folder = int(size), int(opset), pathlib.Path(folder)
    torch.set_num_threads(1)
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(1)
    model = build(source, name, size).eval()
    roughen(model, random)
    x = torch.randn(2, 3, size, size, generator=random)
    with torch.no_grad():
        y = model(x)
    seed = torch.randn(y.shape, generator=random)
    dx = gradient(model, x, seed)
    exact = gradient(copy.deepcopy(model).double(), x.double(), seed.double())
    noise = float((dx.double() - exact).norm() / exact.norm())

    folder.mkdir(parents=True, exist_ok=True)
    names = {"input_names": ["x"], "output_names": ["y"], "opset_version": opset}
    path = str(folder / "model.onnx")
    if exporter == "torchscript":
        axes = {"x": {0: "batch"}, "y": {0: "batch"}}
        torch.onnx.export(model, (x,), path, dynamo=False, dynamic_axes=axes, **names)
    else:
        shapes = ({0: torch.export.Dim("batch")},)
        torch.onnx.export(
            model, (x,), path, dynamo=True, dynamic_shapes=shapes, external_data=False, verbose=False, **names
        )
    for stem, tensor in (("x", x), ("y", y), ("seed", seed), ("dx", dx)):
        np.save(folder / f"{stem}.npy", tensor.numpy())
    (folder / "noise.txt").write_text(f"{noise:.2e}\n")
    (folder / "how.txt").write_text(f"{exporter} {opset}\n")


if __name__ == "__main__":
    main()
