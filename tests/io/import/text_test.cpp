// Text, tables and their types, as the importers read them.
#include <gtest/gtest.h>
#include "io/import/text.hpp"
using namespace dosi::imports;
TEST(Import_text, numbers) {
  EXPECT_EQ(number_in("2.04 "), 2.04);
}
