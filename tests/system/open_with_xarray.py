"""Opens every group of a made city and of an access result with xarray, as people will, and looks at what comes out.

    open_with_xarray.py CITY RESULT [MODULES]

CITY comes from make-city; RESULT from access with origins dong, destinations hospitals, two groups, two cut-offs,
nearest 3, matrix, decay, supply and isochrones. Prints OK, or fails with the group at fault. With MODULES it only
says whether the Python modules are there.
"""
import json
import sys

try:
    import h5py
    import numpy as np
    import xarray as xr
    import h5netcdf  # noqa: F401
except ImportError as missing:
    print("MISSING", missing)
    sys.exit(0)


def open_group(path, group):
    with xr.open_dataset(path, group=group, engine="h5netcdf") as d:
        return d.load()


def groups_of(path):
    found = ["/"]
    with h5py.File(path, "r") as f:
        f.visititems(lambda name, o: found.append(name) if isinstance(o, h5py.Group) else None)
    return found


def open_all(path):
    """Every group, by name; every text must be str and every variable must have named dimensions."""
    opened = {}
    for group in groups_of(path):
        try:
            d = open_group(path, group)
        except Exception as e:
            raise AssertionError(f"{path}: {group}: {e}") from e
        opened[group] = d
        for name, v in d.variables.items():
            assert not any(dim.startswith("phony_dim") for dim in v.dims), f"{group}/{name}: dimensions {v.dims}"
            if v.dtype == object:
                assert all(isinstance(t, str) for t in v.values.ravel()), f"{group}/{name}: is not text throughout"
            for key, value in {**v.attrs, **d.attrs}.items():
                assert not isinstance(value, bytes), f"{group}/{name}: attribute {key} is bytes"
    return opened


def is_hangul(text):
    return any("가" <= c <= "힣" for c in text)


def look_at_city(path):
    city = open_all(path)
    assert city["/"].attrs["dosi_kind"] == "city" and city["/"].attrs["Conventions"] == "CF-1.10"
    assert "Korea" in city["/"]["crs"].attrs["crs_wkt"]

    dong = city["zones/dong"]
    assert all(is_hangul(t) for t in dong["name_ko"].values), dong["name_ko"].values
    assert dong["residents"].dims == ("zone",) and dong["residents"].dtype == np.int64
    assert dong.sizes["zone_edge"] == dong.sizes["zone"] + 1
    assert dong["ring_first"].values[-1] == dong.sizes["ring"] and dong["vertex_first"].values[-1] == dong.sizes["vertex"]

    buildings = city["points/buildings"]
    assert buildings["residents"].dims == ("point",)
    assert int(buildings["residents"].sum()) == int(dong["residents"].sum())
    assert buildings["x"].attrs["units"] == "m" and buildings["x"].attrs["standard_name"] == "projection_x_coordinate"
    assert set(np.unique(buildings["kind"])) <= {"house", "villa", "apartment", "shop", "office", "industrial"}

    streets = city["network/streets"]
    assert streets["time_drive"].attrs["units"] == "ms"
    assert bool(streets["time_drive"].isnull().any()), "arcs closed to cars must come out as NaN"
    assert not bool(streets["time_walk"].isnull().any())
    speed = streets["arc_length"] / streets["time_walk"] * 3600
    assert 2 < float(speed.mean()) < 5, "km/h on foot"

    terrain = city["raster/terrain"]
    assert terrain["values"].dims == ("y", "x") and "x" in terrain.coords and "y" in terrain.coords
    assert terrain["values"].attrs["units"] == "m" and float(terrain["values"].mean()) > 0
    assert float(terrain["values"].sel(x=200000, y=550000, method="nearest")) > -100

    for name in ("clusters", "coefficients", "wrong_assessments", "underserved", "centres", "bridges"):
        assert city[f"truth/{name}"].attrs["about"], name
    clusters = city["truth/clusters"]
    assert float(clusters["relative_risk"].min()) > 1 and clusters["radius"].attrs["units"] == "m"
    sales = city["points/sales"]
    assert city["truth/coefficients"].sizes["sale"] == sales.sizes["point"]
    paid = float((sales["price_krw"] / city["truth/coefficients"]["fair_price"].values).mean())
    assert 0.9 < paid < 1.1, paid


def look_at_result(path):
    result = open_all(path)
    root = result["/"].attrs
    assert root["dosi_kind"] == "result" and root["complete"] == 1 and root["job"] == "access"
    provenance = json.loads(root["provenance"])
    assert provenance["parameters"]["cutoffs"] == {"value": [5, 10], "unit": "min"}, provenance["parameters"]["cutoffs"]
    assert json.loads(root["panels"]) and json.loads(root["summary"])

    origins = result["origins"]
    assert origins["nearest_time"].dims == ("origin", "rank") and origins["nearest_time"].attrs["units"] == "ms"
    assert origins["within"].dims == ("origin", "cutoff", "opportunity")
    assert list(origins["cutoff"].values) == [300, 600] and "cutoff" in origins.coords
    assert origins["cutoff"].attrs["units"] == "s" and list(origins["opportunity_name"].values) == ["count", "beds"]
    assert origins["time"].dims == ("origin", "destination")
    hospitals = result["destinations"].sizes["destination"]
    nearest = origins["nearest_time"]
    assert bool(nearest.isel(rank=slice(hospitals, None)).isnull().all()), "ranks beyond the last hospital must be NaN"
    both = ~nearest.isel(rank=0).isnull()
    assert bool((nearest.isel(rank=0)[both] == origins["time"].min("destination")[both]).all())
    counted = (origins["time"] <= 300_000).sum("destination")
    assert bool((counted == origins["within"].isel(opportunity=0).sel(cutoff=300)).all())
    assert float(origins["gravity"].max()) > 0 and float(origins["supply"].mean()) > 0
    people = origins["people_residents"]
    minutes = nearest.isel(rank=0) / 60_000
    mean = float(minutes.weighted(people).mean())
    assert 0 < mean < 300, mean

    zones = result["zones"]
    assert zones["median_time"].dims == ("zone", "group") and zones["median_time"].attrs["units"] == "min"
    assert list(zones["group_name"].values) == ["residents", "age_65_up"]
    assert all(is_hangul(t) for t in zones["name_ko"].values)
    assert abs(float(people.sum()) - float(result["city"]["people"][0])) < 1e-6 * float(people.sum())

    grid = result["isochrones"]
    assert grid["time"].dims == ("place", "y", "x") and {"x", "y"} <= set(grid.coords)
    assert grid.sizes["place"] == hospitals and float(grid["time"].min()) >= 0
    return mean


if sys.argv[3:]:
    print("HERE")
else:
    look_at_city(sys.argv[1])
    print(f"mean walk to the nearest hospital: {look_at_result(sys.argv[2]):.1f} min")
    print("OK")
