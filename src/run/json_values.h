// How records keep the standard library's types; for .cc files only: it includes the JSON library.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

namespace nlohmann {

template <typename T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& document, const std::optional<T>& value) {
    document = value ? json(*value) : json(nullptr);
  }
  static void from_json(const json& document, std::optional<T>& value) {
    value = document.is_null() ? std::optional<T>() : std::optional<T>(document.get<T>());
  }
};

template <>
struct adl_serializer<std::chrono::nanoseconds> {
  static void to_json(json& document, const std::chrono::nanoseconds& value) {
    document = value.count();
  }
  static void from_json(const json& document, std::chrono::nanoseconds& value) {
    value = std::chrono::nanoseconds(document.get<std::chrono::nanoseconds::rep>());
  }
};

// Kept as nanoseconds since 1970.
template <>
struct adl_serializer<
    std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>> {
  using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
  static void to_json(json& document, const Time& value) {
    document = value.time_since_epoch().count();
  }
  static void from_json(const json& document, Time& value) {
    value = Time(std::chrono::nanoseconds(document.get<std::int64_t>()));
  }
};

}  // namespace nlohmann
