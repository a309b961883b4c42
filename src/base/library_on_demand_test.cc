#include "base/library_on_demand.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace estiba {
namespace {

TEST(LibraryOnDemandTest, FunctionsOfALibraryCanBeCalled) {
  const LibraryOnDemand mathematics("libm.so.6", "libc6");
  EXPECT_DOUBLE_EQ(mathematics.function<double(double)>("cbrt")(27.0), 3.0);
}

TEST(LibraryOnDemandTest, AMissingLibraryIsNamedWithItsPackage) {
  try {
    const LibraryOnDemand missing("libnothing.so.9", "libnothing9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(std::string(error.what()).find("libnothing.so.9"), std::string::npos);
    EXPECT_EQ(error.hint(), "apt-get install libnothing9");
  }
}

TEST(LibraryOnDemandTest, AMissingFunctionIsAnError) {
  const LibraryOnDemand mathematics("libm.so.6", "libc6");
  EXPECT_THROW((void)mathematics.function<void()>("no_such_function"), Error);
}

}  // namespace
}  // namespace estiba
