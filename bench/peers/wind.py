"""The bare lattice-Boltzmann step against lbmpy, whose kernels are generated for the processor: D3Q19, one relaxation
time, single precision, one array (AA), all cores. A shear wave shows first that lbmpy's kernels, as built here, flow as
theory says; dosi's own are checked by dosi-bench."""
import json
import subprocess

import numpy
import pystencils
from lbmpy import LBMConfig, LBMOptimisation, LBStencil, Method, Stencil, create_lb_update_rule
from lbmpy.advanced_streaming import LBMPeriodicityHandling, Timestep
from lbmpy.macroscopic_value_kernels import macroscopic_values_getter, macroscopic_values_setter

from peers import THREADS, row, seconds

RELAXATION = 1.6
STEPS = (Timestep.EVEN, Timestep.ODD)


class Box:
    """A periodic box of n^3 cells."""

    def __init__(self, n):
        self.n = n
        stencil = LBStencil(Stencil.D3Q19)
        self.data = pystencils.create_data_handling((n, n, n), periodicity=True, default_layout="fzyx", parallel=False)
        pdfs = self.data.add_array("pdfs", values_per_cell=stencil.Q, dtype=numpy.float32, alignment=64)
        velocity = self.data.add_array("velocity", values_per_cell=3, dtype=numpy.float32)
        self.kernels = []
        for step in STEPS:
            config = LBMConfig(stencil=stencil, method=Method.SRT, relaxation_rate=RELAXATION, compressible=True,
                               streaming_pattern="aa", timestep=step)
            rule = create_lb_update_rule(lbm_config=config, lbm_optimisation=LBMOptimisation(symbolic_field=pdfs))
            self.kernels.append(self.compiled(rule, vectorised=True))
        order = {"streaming_pattern": "aa", "previous_timestep": Timestep.ODD}
        self.set = self.compiled(macroscopic_values_setter(rule.method, 1, velocity.center_vector, pdfs, **order))
        self.get = self.compiled(macroscopic_values_getter(rule.method, None, velocity.center_vector, pdfs, **order))
        self.wrap = LBMPeriodicityHandling(stencil, self.data, pdfs.name, streaming_pattern="aa")

    @staticmethod
    def compiled(rule, vectorised=False):
        config = pystencils.CreateKernelConfig(target=pystencils.Target.CurrentCPU if vectorised else pystencils.Target.GenericCPU,
                                               default_dtype="float32")
        config.cpu.openmp.enable = True
        config.cpu.openmp.num_threads = THREADS
        config.cpu.vectorize.enable = vectorised
        config.cpu.vectorize.assume_inner_stride_one = vectorised
        return pystencils.create_kernel(rule, config).compile()

    def run(self, steps, wrapped=False):
        for i in range(steps):
            if wrapped:
                self.wrap(STEPS[(i + 1) % 2])
            self.data.run_kernel(self.kernels[i % 2])

    def wave(self, steps=200, speed=0.01):
        """How far the amplitude of a shear wave is from the theory's after some steps, relative."""
        k = 2 * numpy.pi / self.n
        z = numpy.arange(self.n)
        self.data.fill("velocity", 0.0)
        self.data.cpu_arrays["velocity"][1:-1, 1:-1, 1:-1, 0] = speed * numpy.sin(k * (z + 0.5))
        self.data.run_kernel(self.set)
        self.run(steps, wrapped=True)
        self.data.run_kernel(self.get)
        now = self.data.gather_array("velocity")[0, 0, :, 0]
        amplitude = 2 * numpy.mean(now * numpy.sin(k * (z + 0.5)))
        return abs(amplitude / (speed * numpy.exp(-(1 / RELAXATION - 0.5) / 3 * k * k * steps)) - 1)


def bare(dosi, n=256, steps=20):
    apart = Box(32).wave()
    if not apart < 0.01:  # of which second order, on 32 cells, takes 0.004
        raise SystemExit(f"wind: lbmpy's shear wave is {apart:.2g} off the theory's")
    box = Box(n)
    peer = seconds(lambda: box.run(steps))
    bench = str(dosi.program) + "-bench"
    subprocess.run([bench, "wind", "--size", str(n ** 3), "--device", "cpu", "--only", "wind, FP32", "--json", "wind.json"],
                   cwd=dosi.folder, check=True, capture_output=True)
    ours = next(r for r in json.loads((dosi.folder / "wind.json").read_text())["rows"] if r["threads"] == THREADS)
    updates = n ** 3 * steps
    return row("wind, FP32", n ** 3, "updates/s", ours["rate"], (1.0, ours["spread"]), {f"lbmpy, {THREADS} cores": (peer[0], updates)}, float(apart))


def rows(dosi):
    return [bare(dosi)]
