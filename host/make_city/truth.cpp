#include "host/make_city/truth.hpp"

namespace dosi::make_city {
namespace {

h5::Group subgroup(h5::Group& truth, const char* name, const char* about) {
  auto g = truth.create_group(name);
  g.set_attribute("about", about);
  g.set_attribute("Conventions", "CF-1.10");
  return g;
}

template <class T, class Rows, class Get>
void put(h5::Group& g, const char* dimension, const Rows& rows, const char* name, const char* units,
         const char* long_name, Get get) {
  std::vector<T> values;
  for (const auto& row : rows) values.push_back(static_cast<T>(get(row)));
  stream::write_all<T>(g, name, {dimension}, values, {.units = units, .long_name = long_name});
}

void write_clusters(h5::Group& truth, const std::vector<Cluster>& clusters) {
  auto g = subgroup(
      truth, "clusters",
      "Discs where complaints of one category were relative_risk times as frequent from first_day to last_day; "
      "elsewhere complaints are in proportion to residents.");
  const char* d = "cluster";
  g.create_dimension(d, clusters.size());
  put<double>(g, d, clusters, "x", "m", "easting of the centre", [](const auto& c) { return c.at.x; });
  put<double>(g, d, clusters, "y", "m", "northing of the centre", [](const auto& c) { return c.at.y; });
  put<double>(g, d, clusters, "radius", "m", "radius of the disc", [](const auto& c) { return c.radius; });
  put<std::int64_t>(g, d, clusters, "first_day", "1", "first whole day since 2024-01-01",
                    [](const auto& c) { return c.first_day; });
  put<std::int64_t>(g, d, clusters, "last_day", "1", "last whole day since 2024-01-01",
                    [](const auto& c) { return c.last_day; });
  put<double>(g, d, clusters, "relative_risk", "1", "rate inside against outside",
              [](const auto& c) { return c.relative_risk; });
  put<double>(g, d, clusters, "expected", "1", "complaints of the category to expect without the cluster",
              [](const auto& c) { return c.expected; });
  put<std::int64_t>(g, d, clusters, "planted", "1", "complaints added", [](const auto& c) { return c.planted; });
  put<std::int64_t>(g, d, clusters, "residents", "1", "people who live in the disc",
                    [](const auto& c) { return c.residents; });
  std::vector<std::string> category;
  for (const auto& c : clusters) category.push_back(kCategories[c.category]);
  stream::write_strings(g, "category", {d}, category, {.long_name = "category of the complaints"});
}

void write_sales_truth(h5::Group& truth, const Sales_truth& sales) {
  auto g =
      subgroup(truth, "coefficients",
               "The coefficients at each row of points/sales: fair_price is their sum over the attributes of the same "
               "name (intercept: 1; built_year: counted from 2000).");
  g.set_attribute("price_noise", kPriceNoise);
  g.create_dimension("sale", sales.fair_price.size());
  for (std::size_t k = 0; k < kCoefficients; ++k)
    stream::write_all<double>(g, kCoefficient[k].name, {"sale"}, sales.coefficient[k],
                              {.units = kCoefficient[k].units, .long_name = kCoefficient[k].long_name});
  stream::write_all<double>(g, "fair_price", {"sale"}, sales.fair_price,
                            {.units = "KRW", .long_name = "price before noise"});

  auto w = subgroup(truth, "wrong_assessments",
                    "Rows of points/sales whose assessed value was multiplied by factor; the others are assessed at "
                    "assessed_share of the fair price, with 3 % noise.");
  w.set_attribute("assessed_share", kAssessedShare);
  w.create_dimension("wrong", sales.wrong_sale.size());
  stream::write_all<std::int64_t>(w, "sale", {"wrong"}, sales.wrong_sale,
                                  {.units = "1", .long_name = "row of points/sales, from 0"});
  stream::write_all<double>(w, "factor", {"wrong"}, sales.wrong_factor,
                            {.units = "1", .long_name = "assessed value against the right one"});
}

void write_places(h5::Group& truth, const Building_stock& stock, const Underserved& underserved) {
  auto g = subgroup(truth, "underserved", "A disc with many residents and no hospital, clinic or pharmacy.");
  g.create_dimension("area", 1);
  const std::vector<Underserved> one{underserved};
  put<double>(g, "area", one, "x", "m", "easting of the centre", [](const auto& u) { return u.at.x; });
  put<double>(g, "area", one, "y", "m", "northing of the centre", [](const auto& u) { return u.at.y; });
  put<double>(g, "area", one, "radius", "m", "radius of the disc", [](const auto& u) { return u.radius; });
  put<std::int64_t>(g, "area", one, "residents", "1", "people who live in the disc, about",
                    [](const auto& u) { return u.residents; });

  auto c = subgroup(truth, "centres",
                    "Where the city is dense; the first is the main centre, from which distances of sales count.");
  const auto& centres = stock.land().centres();
  c.create_dimension("centre", centres.size());
  put<double>(c, "centre", centres, "x", "m", "easting", [](const auto& u) { return u.at.x; });
  put<double>(c, "centre", centres, "y", "m", "northing", [](const auto& u) { return u.at.y; });
  put<double>(c, "centre", centres, "weight", "1", "density against the main centre's",
              [](const auto& u) { return u.weight; });
  put<double>(c, "centre", centres, "radius", "m", "radius of the densest part",
              [](const auto& u) { return u.radius; });

  auto b =
      subgroup(truth, "bridges", "The only arcs of network/streets that cross the river, both ways between two nodes.");
  std::vector<Edge> bridges;
  for (const auto& e : stock.streets().edges)
    if (e.bridge) bridges.push_back(e);
  b.create_dimension("bridge", bridges.size());
  put<std::uint32_t>(b, "bridge", bridges, "node_a", "1", "row of a node of network/streets",
                     [](const auto& e) { return e.a; });
  put<std::uint32_t>(b, "bridge", bridges, "node_b", "1", "row of a node of network/streets",
                     [](const auto& e) { return e.b; });
}

}  // namespace

void write_truth(city::City_writer& city, const Building_stock& stock, const std::vector<Cluster>& clusters,
                 const Sales_truth& sales, const Underserved& underserved) {
  auto root = city.root();
  auto truth = root.create_group("truth");
  truth.set_attribute("about",
                      "What make-city planted, for checking what analyses find; a real city has no such group.");
  truth.set_attribute("seed", std::to_string(stock.land().frame().seed));
  write_clusters(truth, clusters);
  write_sales_truth(truth, sales);
  write_places(truth, stock, underserved);
}

}  // namespace dosi::make_city
