"""GWR and MGWR against mgwr, its authors' own program: prices in a made town, four columns, bandwidths by AICc."""
import numpy
import pandas
from mgwr.gwr import GWR, MGWR
from mgwr.sel_bw import Sel_BW

from peers import THREADS, agree, row, same, seconds

COLUMNS = ["a", "b", "c", "d"]


def town(n, seed):
    random = numpy.random.default_rng(seed)
    centres = random.uniform(0, 20_000, (12, 2))
    xy = numpy.vstack([centres[random.integers(12, size=n // 2)] + random.normal(0, 900, (n // 2, 2)),
                       random.uniform(0, 20_000, (n - n // 2, 2))])
    x = random.normal(size=(n, 4))
    u, v = xy.T / 20_000
    slopes = numpy.stack([1 + u, 2 * numpy.sin(3 * v), u * v, numpy.ones(n)], axis=1)
    y = 5 + 2 * u * u + (x * slopes).sum(axis=1) + random.normal(0, 0.7, n)
    return xy, x, y


def bring(dosi, name, xy, x, y):
    table = pandas.DataFrame(x, columns=COLUMNS)
    table["price"], table["east"], table["north"] = y, xy[:, 0] + 200_000, xy[:, 1] + 500_000
    table.to_csv(dosi.folder / f"{name}.csv", index=False, float_format="%.17g")
    dosi("import", "points", "--city", f"{name}.h5", "--name", "homes", "--file", f"{name}.csv", "--x", "east", "--y", "north",
         "--crs", "EPSG:5186", "--city-crs", "EPSG:5186")


def search(dosi, n=2000):
    xy, x, y = town(n, 1)
    bring(dosi, "search", xy, x, y)
    found = {}

    def theirs():
        selector = Sel_BW(xy, y[:, None], x, n_jobs=THREADS)
        bandwidth = selector.search()
        found["fit"] = GWR(xy, y[:, None], x, bandwidth, n_jobs=THREADS).fit()
        found["bandwidth"] = bandwidth

    def ours():
        dosi("gwr", "--city", "search.h5", "--out", "search-result.h5", "--layer", "homes", "--y", "price", "--x", ",".join(COLUMNS), "--overwrite")

    peer = seconds(theirs)
    own = seconds(ours)
    with dosi.open("search-result.h5") as result:
        same("bandwidth", result["terms/bandwidth"][:1], [found["bandwidth"]])
        apart = agree("AICc", result["model/aicc"][-1:], numpy.array([found["fit"].aicc]), 1e-9)
        apart = max(apart, agree("coefficients", result["places/coefficient"][:], found["fit"].params, 1e-8))
    return row("gwr, bandwidth by AICc and fit", n, "searches/s", 1, own, {f"mgwr, {THREADS} processes": (peer[0], 1)}, apart)


def multiscale(dosi, n=300):
    xy, x, y = town(n, 2)
    bring(dosi, "multiscale", xy, x, y)
    found = {}

    def theirs():
        z, response = (x - x.mean(0)) / x.std(0), ((y - y.mean()) / y.std())[:, None]
        selector = Sel_BW(xy, response, z, multi=True, n_jobs=THREADS)
        selector.search()
        found["fit"] = MGWR(xy, response, z, selector, n_jobs=THREADS).fit()
        found["bandwidths"] = selector.bw[0]

    def ours():
        dosi("gwr", "--city", "multiscale.h5", "--out", "multiscale-result.h5", "--layer", "homes", "--model", "mgwr", "--y", "price",
             "--x", ",".join(COLUMNS), "--overwrite")

    peer = seconds(theirs)
    own = seconds(ours)
    with dosi.open("multiscale-result.h5") as result:
        same("bandwidths", result["terms/bandwidth"][:], found["bandwidths"])
        apart = agree("AICc", result["model/aicc"][-1:], numpy.array([found["fit"].aicc]), 1e-6)
    return row("mgwr, bandwidths, fit and inference", n, "models/s", 1, own, {f"mgwr, {THREADS} processes": (peer[0], 1)}, apart)


def rows(dosi):
    return [search(dosi), multiscale(dosi)]
