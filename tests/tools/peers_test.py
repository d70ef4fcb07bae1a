#!/usr/bin/env python3
"""What tools/peers says of two programs: no figure where their answers differ, and ratios the right way round."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/peers"))
import peers  # noqa: E402


class Numbers(list):
    """As much of an array as a comparison needs."""
    def __sub__(self, other):
        return Numbers(a - b for a, b in zip(self, other))

    def __abs__(self):
        return Numbers(abs(a) for a in self)

    def max(self):
        return max(self, key=lambda v: (v != v, v))


class Peers(unittest.TestCase):
    def test_answers_that_differ_end_the_run(self):
        self.assertEqual(peers.agree("a", Numbers([1, 2]), Numbers([1, 2]), 0), 0)
        self.assertAlmostEqual(peers.agree("a", Numbers([1, 2.002]), Numbers([1, 2]), 0.01), 0.001)
        for other in ([1, 2.1], [1, float("nan")]):
            with self.assertRaisesRegex(SystemExit, "times: the answers differ"):
                peers.agree("times", Numbers(other), Numbers([1, 2]), 0.01)
        peers.same("b", [3.0, 4], [3, 4])
        with self.assertRaisesRegex(SystemExit, "b: dosi says .*3, 4.* the peer .*3, 5"):
            peers.same("b", [3, 4], [3, 5])

    def test_a_ratio_above_one_is_dosi_faster(self):
        row = peers.row("job", 10, "rows/s", 10, (2.0, 0.01), {"slow": (20.0, 10), "slow, a tenth of it": (2.0, 1), "fast": (1.0, 10)}, 0.0)
        self.assertEqual(row["rate"], 5)
        self.assertEqual([round(b["ratio"], 9) for b in row["baselines"]], [10, 10, 0.5])

    def test_the_first_run_is_not_counted(self):
        times = iter([3.0] + [0.0] * 20)
        clock = [0.0]

        def work():
            clock[0] += next(times) + 0.01
        real, peers.time.perf_counter = peers.time.perf_counter, lambda: clock[0]
        try:
            mean, spread = peers.seconds(work)
        finally:
            peers.time.perf_counter = real
        self.assertAlmostEqual(mean, 0.01)
        self.assertLess(spread, 1e-6)

    def test_a_command_that_fails_is_named(self):
        with self.assertRaisesRegex(SystemExit, "dosi gwr --layer a: .*"):
            peers.Dosi("/bin/false", ".")("gwr", "--layer", "a")


if __name__ == "__main__":
    unittest.main()
