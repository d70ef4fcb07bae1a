// What is done with results that were kept: two compared, and the page of all.
#pragma once

namespace dosi::bench {

enum class Change { same, faster, slower, ambiguous };

// Of rates, with the relative standard deviation of each.
Change change(double before, double after, double spread_before, double spread_after);

// argv: compare A.json B.json. Returns the exit code.
int compare(int argc, char** argv);

// argv: page FOLDER FILE [--check]. Writes the page of all results in a folder, or says whether it is current.
int page(int argc, char** argv);

}  // namespace dosi::bench
