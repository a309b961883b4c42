#include "registry/web/openapi.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

using Operations = std::set<std::string>;  // "GET /about getAbout"

Operations documented_operations() {
  Operations operations;
  const auto document = nlohmann::json::parse(openapi_document());
  for (const auto& [path, methods] : document.at("paths").items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string upper = method;
      std::transform(upper.begin(), upper.end(), upper.begin(),
                     [](char c) { return static_cast<char>(c - 'a' + 'A'); });
      operations.insert(upper + " " + path + " " + operation.at("operationId").get<std::string>());
    }
  }
  return operations;
}

Operations served_operations() {
  Operations operations;
  for (const ApiRoute& route : all_routes()) {
    operations.insert(std::string(route.method) + " " + std::string(route.path) + " " +
                      std::string(route.operation));
  }
  return operations;
}

Operations without(Operations all, const Operations& some) {
  for (const std::string& one : some) all.erase(one);
  return all;
}

TEST(OpenApiTest, EveryRouteIsDocumented) {
  EXPECT_EQ(without(served_operations(), documented_operations()), Operations{});
  EXPECT_EQ(served_operations().size(), all_routes().size());
}

TEST(OpenApiTest, EveryDocumentedOperationIsServed) {
  EXPECT_EQ(without(documented_operations(), served_operations()), Operations{});
}

}  // namespace
}  // namespace estiba::registry::web
