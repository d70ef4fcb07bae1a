"""Accessibility against pandana, which planners use, and a table of times against scipy's Dijkstra: the streets of a made
city on foot, from every node."""
import numpy
import pandana
import pandas
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra

from peers import THREADS, agree, row, same, seconds

MINUTES, PLACES = 15, 2000


class Streets:
    """The walkable streets of a made city; its nodes as a layer of points, and some of them as places."""

    def __init__(self, dosi, people):
        self.dosi = dosi
        dosi("make-city", "--out", "city.h5", "--people", people, "--overwrite")
        with dosi.open("city.h5") as city:
            network = city["network/streets"]
            self.x, self.y = network["x"][:], network["y"][:]
            tail, head, time = network["arc_tail"][:], network["arc_head"][:], network["time_walk"][:]
        walkable = time != 0xFFFFFFFF
        self.tail, self.head, self.time = tail[walkable], head[walkable], time[walkable]
        self.used = numpy.unique(numpy.concatenate([self.tail, self.head]))
        self.places = numpy.sort(numpy.random.default_rng(1).choice(self.used, PLACES, replace=False))
        self.layer("nodes", self.used)
        self.layer("places", self.places)

    def layer(self, name, nodes):
        pandas.DataFrame({"x": self.x[nodes], "y": self.y[nodes]}).to_csv(self.dosi.folder / f"{name}.csv", index=False, float_format="%.17g")
        self.dosi("import", "points", "--city", "city.h5", "--name", name, "--file", f"{name}.csv", "--crs", "EPSG:5186")


def everywhere(dosi, streets):
    reach = MINUTES * 60.0
    found = {}

    def prepare():
        edges = pandas.DataFrame({"from": streets.tail, "to": streets.head, "seconds": streets.time / 1000.0})
        found["network"] = pandana.Network(pandas.Series(streets.x), pandas.Series(streets.y), edges["from"], edges["to"], edges[["seconds"]], twoway=False)
        found["network"].set_pois("places", reach, 1, pandas.Series(streets.x[streets.places]), pandas.Series(streets.y[streets.places]))
        found["network"].set(pandas.Series(streets.places), name="places")

    def theirs():
        found["nearest"] = found["network"].nearest_pois(reach, "places", num_pois=1)[1].to_numpy()[streets.used]
        found["within"] = found["network"].aggregate(reach, type="count", name="places").to_numpy()[streets.used]

    def ours():
        dosi("access", "--city", "city.h5", "--out", "access.h5", "--origins", "nodes", "--destinations", "places", "--network", "streets",
             "--cutoffs", MINUTES, "--overwrite")

    building = seconds(prepare)
    ours()
    own, peer = seconds(ours), seconds(theirs)
    with dosi.open("access.h5") as result:
        time, within = result["origins/nearest_time"][:, 0], result["origins/within"][:].reshape(len(streets.used))
    apart = agree("time to the nearest", numpy.minimum(time / 1000.0, reach), found["nearest"], 1e-5)  # it rounds each arc
    agree("places within reach", within, found["within"], 0.01)   # so that one at the rim may be out
    return row(f"access, nearest and within {MINUTES} minutes from every node", len(streets.used), "origins/s", len(streets.used), own,
               {f"pandana, {THREADS} cores": (peer[0], len(streets.used)),
                f"pandana with its preparation, {THREADS} cores": (peer[0] + building[0], len(streets.used))}, apart)


def table(dosi, streets, origins=100):
    n = len(streets.x)
    graph = coo_matrix((streets.time.astype(float), (streets.tail, streets.head)), shape=(n, n)).tocsr()
    some = streets.places[:origins]
    found = {}

    def theirs():
        found["times"] = dijkstra(graph, indices=some)[:, streets.places]

    def ours():
        dosi("access", "--city", "city.h5", "--out", "table.h5", "--origins", "places", "--destinations", "places", "--network", "streets",
             "--matrix", "--overwrite")

    own, peer = seconds(ours), seconds(theirs)
    with dosi.open("table.h5") as result:
        times = result["origins/time"][:origins].astype(float)
    times[times == 0xFFFFFFFF] = numpy.inf
    reached = numpy.isfinite(times)
    same("places that are reached", reached.ravel(), numpy.isfinite(found["times"]).ravel())
    apart = agree("times", times[reached], found["times"][reached], 0)
    return row("access, times from place to place", PLACES, "pairs/s", PLACES ** 2, own, {"Dijkstra of scipy, one core": (peer[0], origins * PLACES)}, apart)


def rows(dosi, people=1_000_000):
    streets = Streets(dosi, people)
    return [everywhere(dosi, streets), table(dosi, streets)]
