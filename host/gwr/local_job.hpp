// What GWR and MGWR have in common as jobs: the places, the table of rows, what is made of a fit.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/gwr/fitted.hpp"
#include "host/gwr/places.hpp"
#include "host/gwr/search.hpp"
#include "host/job/job.hpp"

namespace dosi::gwr {

class Local_job : public job::Job {
 public:
  const result::Rows_schema& schema() const final { return schema_; }
  result::Table_kind table_kind() const final { return result::Table_kind::points; }
  result::Json title() const final;
  std::string level() const final {
    return q_.multiscale
               ? "within 1e-6 between devices, exact for any threads and tiles, errors within 1e-9 for any ranks"
               : "within 1e-6 between devices, exact for any threads, tiles and ranks";
  }
  void finish(result::Writer& result) override;

 protected:
  Local_job(const job::Setting& s, const Question& q);
  void add_number(const char* name, const char* english, const char* korean, bool by_term = false,
                  const char* units = "");
  void add_flag(const char* name, const char* english, const char* korean, bool by_term = false);
  // Lists over the streets, which are then let go: as long as the widest bandwidth counts; where the search has no
  // limit, as memory holds.
  void find_near(New_places& wanted);
  std::size_t k() const { return places_.terms.size(); }
  double n() const { return static_cast<double>(places_.size()); }
  // Fills in what follows from coefficient, fitted, leverage and, in standard_error, its square over the error's
  // variance.
  void complete(result::Tile& tile) const;

  Question q_;
  comm::Ranks& ranks_;
  std::unique_ptr<access::Travel_times> streets_;  // where distances are times
  std::optional<double> listed_;  // … and of how many neighbours each place's list is, once they are known
  Places places_;
  Least_squares global_;
  result::Rows_schema schema_;
  // To be set by prepare().
  Whole whole_;
  std::vector<double> bandwidth_, parameters_, critical_;  // by term
  std::map<double, Evaluation> evaluations_;
  std::size_t singular_ = 0;

 private:
  void write_moran(result::Writer& result, const std::vector<double>& residual) const;
  std::vector<Term> summarise(const h5::Group& table) const;
};

std::unique_ptr<job::Job> make_multiscale_job(const job::Setting& s, const Question& q);

}  // namespace dosi::gwr
