// Networks from tables: times, directions, bad rows.
#include <gmock/gmock.h>
#include "io/import/network.hpp"
#include "tests/io/import/temp.hpp"

namespace dosi::imports {
namespace {

using city::kNever;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using testing::thrown;

const std::string kNodes = "idx,lon,lat\n10,127.00,37.50\n20,127.01,37.50\n30,127.01,37.51\n";

struct Import_network : testing::Folder {
  Network_import network(const std::string& nodes, const std::string& edges, Network_request q = {}) {
    q.nodes = write("n'1.csv", nodes);
    q.edges = write("e 1.csv", edges);
    return import_network(q, {});
  }
};

TEST_F(Import_network, times_are_those_given_or_length_over_speed) {
  const auto done = network(kNodes,
                            "u,v,length_m,speed_kmh,time_s,class\n"
                            "10,20,100,50,1.1904,secondary_link\n10,30,100,36,,residential\n20,30,,60,,primary\n");
  const auto& n = done.network;
  EXPECT_EQ(n.nodes(), 3u);
  EXPECT_THAT(n.node_id, ElementsAre(10, 20, 30));
  ASSERT_EQ(n.arcs(), 6u) << "three ways back for walkers";
  EXPECT_THAT(n.arc_tail, ElementsAre(0, 0, 1, 1, 2, 2));
  EXPECT_THAT(n.arc_head, ElementsAre(1, 2, 0, 2, 0, 1));
  EXPECT_EQ(n.times.at("drive")[0], 1190u);
  EXPECT_EQ(n.times.at("drive")[1], 10000u);
  EXPECT_EQ(n.times.at("drive")[2], kNever);
  EXPECT_NEAR(n.arc_length[3], 1110, 2) << "0.01 degrees north";
  EXPECT_EQ(n.times.at("drive")[3], static_cast<std::uint32_t>(std::llround(n.arc_length[3] * 60)));
  EXPECT_EQ(n.times.at("walk")[0], 80000u);
  EXPECT_EQ(n.times.at("walk")[2], 80000u);
  EXPECT_EQ(n.times.at("bicycle")[0], 24000u);
  EXPECT_EQ(n.times.at("bicycle")[2], kNever) << "a bicycle heeds one-way streets";
  EXPECT_EQ(n.arc_class[0], static_cast<std::uint8_t>(city::Road::secondary));
}

TEST_F(Import_network, classes_close_ways_to_modes) {
  const auto done =
      network(kNodes, "u,v,length_m,class\n10,20,100,motorway_link\n20,30,100,steps\n30,10,100,2210000500.0\n");
  const auto& n = done.network;
  ASSERT_EQ(n.arcs(), 5u) << "no walking back along a motorway";
  EXPECT_THAT(n.times.at("walk"), ElementsAre(kNever, 80000, 80000, 80000, 80000));
  EXPECT_THAT(n.times.at("drive"), ElementsAre(3600, kNever, kNever, 12000, kNever));
  EXPECT_EQ(n.times.at("bicycle")[2], kNever);
  EXPECT_EQ(n.arc_class[3], 0) << "a number is no class";
}

TEST_F(Import_network, loops_and_parallel_edges_stay) {
  const auto done = network(
      kNodes, "u,v,length_m,time_s\n10,10,50,5\n10,20,100,5\n10,20,100,6\n10,20,300,7\n20,10,100,8\n30,20,1,1\n");
  EXPECT_EQ(done.network.arcs(), 6u + 3u) << "ways back for the second, the third and the last edge";
  EXPECT_EQ(done.report.counts.at("arcs for drive"), 6u);
  Network_request q;
  q.both_ways = true;
  EXPECT_EQ(network(kNodes, "u,v\n10,20\n20,30\n30,30\n", q).network.arcs(), 5u);
}

TEST_F(Import_network, bad_rows_are_rejected_by_reason) {
  std::string edges = "u,v,length_m,speed_kmh,time_s,class\n";
  for (int i = 0; i < 12; ++i) edges += "10,20,100,50,7,primary\n";
  edges +=
      "10,20,-1,50,7,a\n10,20,5,-50,7,a\n10,20,5,50,-7,a\n10,20,nan,50,7,a\n10,20,5,50,inf,a\n10,20,five,50,7,a\n"
      "10,99,5,50,7,a\n,20,5,50,7,a\n10,20,5,0,,a\n10,20,5,50,4294968,a\n40,20,5,50,7,a\n10,20,5,50\n";
  const auto done = network(kNodes + "40,37.5,127.0\n20,127,37.5\n", edges);
  EXPECT_THAT(
      done.report.rejected_by_reason(),
      UnorderedElementsAre(
          Pair("nodes: latitude and longitude swapped", 1), Pair("nodes: the node's number came before", 1),
          Pair("edges: length is negative", 1), Pair("edges: speed is negative", 1), Pair("edges: time is negative", 1),
          Pair("edges: length is not finite", 1), Pair("edges: time is not finite", 1),
          Pair("edges: length is not a number", 1), Pair("edges: an end is no node of the table", 1),
          Pair("edges: an end is missing", 1), Pair("edges: speed is 0", 1), Pair("edges: the time is too long", 1),
          Pair("edges: an end is a node that was rejected", 1), Pair("edges: fewer fields than the header", 1)));
  EXPECT_EQ(done.report.read, done.report.kept + done.report.rejected());
}

TEST_F(Import_network, mostly_bad_tables_are_refused) {
  EXPECT_THAT(thrown([&] { network(kNodes, "u,v,length_m\n10,20,5\n10,20,-1\n10,20,x\n"); }),
              HasSubstr("2 of 3 rows are bad, the first in row 3: length is negative"));
  EXPECT_THROW(network(kNodes, "u,v\n1,2\n"), DataError);
  EXPECT_THROW(network(kNodes, ""), DataError);
  EXPECT_THROW(network("", "u,v\n10,20\n"), DataError);
  EXPECT_THAT(thrown([&] { network(kNodes, "a,b\n10,20\n"); }), HasSubstr("--from and --to"));
  EXPECT_THAT(thrown([&] { network("a,lon,lat\n1,127,37\n", "u,v\n10,20\n"); }), HasSubstr("--node-id"));
  Network_request q;
  q.modes = {"walk"};
  EXPECT_THAT(thrown([&] { network(kNodes, "u,v,class\n10,20,motorway\n", q); }), HasSubstr("no arc is left"));
  q.modes = {"walk", "swim"};
  EXPECT_THAT(thrown([&] { network(kNodes, "u,v\n10,20\n", q); }), HasSubstr("'swim'"));
}

TEST_F(Import_network, nodes_may_be_named_by_words_or_by_decimals) {
  auto done = network("node_id,x,y\nA,127.00,37.50\nB,127.01,37.50\n", "from,to\nA,B\n");
  EXPECT_THAT(done.network.node_id, ElementsAre(0, 1));
  done = network("id,x,y\n1.0,127.00,37.50\n2,127.01,37.50\n", "from,to\n1,2.0\n");
  EXPECT_THAT(done.network.node_id, ElementsAre(1, 2));
}

TEST_F(Import_network, the_city_takes_it) {
  auto done = network(kNodes, "u,v,time_s\n10,20,1\n30,20,2\n");
  const Destination to{folder / "c.h5", "network", "streets", "", false, "test"};
  done.report.layer = "streets";
  store(to, done.crs, done.network, done.report);
  const auto n = city::City::open(to.city).read_network("streets");
  EXPECT_EQ(n.times, done.network.times);
  EXPECT_EQ(n.node_id, done.network.node_id);
}

}  // namespace
}  // namespace dosi::imports
