#include <nlohmann/json.hpp>

#include "base/error.h"
#include "dockerfile/arguments.h"
#include "dockerfile/unicode.h"

namespace estiba::dockerfile {
namespace {

// Collects the strings of the outermost array. Whether the text is JSON at all is only known at its
// end, so values of other types are remembered until then.
class StringArrayReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return other(); }
  bool boolean(bool) override { return other(); }
  bool number_integer(number_integer_t) override { return other(); }
  bool number_unsigned(number_unsigned_t) override { return other(); }
  bool number_float(number_float_t, const string_t&) override { return other(); }
  bool binary(binary_t&) override { return other(); }
  bool string(string_t& value) override {
    if (depth_ == 1) strings_.push_back(std::move(value));
    return true;
  }
  bool key(string_t&) override { return true; }
  bool start_object(std::size_t) override { return nested(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return depth_ == 0 ? ++depth_ > 0 : nested(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }

  [[nodiscard]] bool only_strings() const { return only_strings_; }
  [[nodiscard]] std::vector<std::string> take() { return std::move(strings_); }

 private:
  bool other() {
    only_strings_ = false;
    return true;
  }
  bool nested() {
    ++depth_;
    return other();
  }
  bool close() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool only_strings_ = true;
  std::vector<std::string> strings_;
};

}  // namespace

std::optional<std::vector<std::string>> parse_string_array(std::string_view text) {
  text = trim_left_space(text);
  // The library takes a NUL for the end of the text.
  if (!text.starts_with('[') || text.find('\0') != std::string_view::npos) return std::nullopt;
  StringArrayReader reader;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader)) return std::nullopt;
  if (reader.only_strings()) return reader.take();
  throw Error(ErrorCode::kInvalidArgument, "a JSON array of arguments may hold nothing but strings",
              "quote every argument with double quotes");
}

}  // namespace estiba::dockerfile
