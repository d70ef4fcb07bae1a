// What was planted, kept in the group `truth` of the city, so that a demo can show that it was found.
#pragma once

#include "host/make_city/complaints.hpp"
#include "host/make_city/facilities.hpp"
#include "host/make_city/sales.hpp"

namespace dosi::make_city {

void write_truth(city::City_writer& city, const Building_stock& stock, const std::vector<Cluster>& clusters,
                 const Sales_truth& sales, const Underserved& underserved);

}  // namespace dosi::make_city
