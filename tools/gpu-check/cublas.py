"""cuBLAS through PyTorch at GPT-2 small's shapes: what gpu-check puts its products beside.

Prints a line each: precision, rows, k, n, TFLOP/s, root mean square error against double precision.
"""
import torch

SHAPES = [(768, 768), (768, 1536), (768, 3072), (3072, 768), (64, 768)]


def seconds(call):
    call()
    times = []
    for _ in range(5):
        first, last = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        first.record()
        for _ in range(20):
            call()
        last.record()
        torch.cuda.synchronize()
        times.append(first.elapsed_time(last) / 20e3)
    return sorted(times)[2]


for precision in ("fp32", "tf32"):
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    for rows in (1536, 8192, 30323):
        for k, n in SHAPES:
            a = torch.rand(rows, k, device="cuda") * 2 - 1
            b = torch.rand(k, n, device="cuda") * 2 - 1
            c = torch.empty(rows, n, device="cuda")
            time = seconds(lambda: torch.mm(a, b, out=c))
            exact = a[:64].double() @ b.double()
            error = (c[:64].double() - exact).pow(2).mean().sqrt().item()
            print(precision, rows, k, n, f"{2e-12 * rows * k * n / time:.3f}", f"{error:.3e}", flush=True)
