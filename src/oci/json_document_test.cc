#include "oci/json_document.h"

#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "oci/limits.h"

namespace estiba {
namespace {

std::string refusal(std::string_view text, std::size_t max_bytes = 1u << 20) {
  try {
    (void)parse_json(text, max_bytes, "test document");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.message();
  }
  return "accepted";
}

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(ParseJson, DepthIsBounded) {
  EXPECT_EQ(refusal(nested(kMaxJsonDepth)), "accepted");
  EXPECT_NE(refusal(nested(kMaxJsonDepth + 1)).find("nested"), std::string::npos);
  EXPECT_NE(refusal(std::string(1u << 20, '[')).find("nested"), std::string::npos);
  std::string objects;
  for (int i = 0; i < 1000; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects).find("nested"), std::string::npos);
}

TEST(ParseJson, TheNumberOfValuesIsBounded) {
  std::string text = "[";
  for (std::size_t i = 0; i < kMaxJsonValues; ++i) text += "0,";
  text += "0]";
  EXPECT_NE(refusal(text).find("more than 262144 values"), std::string::npos);
}

TEST(ParseJson, SizeIsBounded) {
  EXPECT_EQ(refusal("[1]", 3), "accepted");
  EXPECT_EQ(refusal("[11]", 3), "test document is larger than 3 bytes");
}

TEST(ParseJson, RepeatedKeysAreRefusedAtEveryLevel) {
  EXPECT_EQ(refusal(R"({"a":1,"a":2})"), "test document says the key \"a\" twice");
  EXPECT_EQ(refusal(R"([{"b":{"a":1,"c":[],"a":2}}])"), "test document says the key \"a\" twice");
  EXPECT_EQ(refusal(R"({"a":1,"\u0061":2})"), "test document says the key \"a\" twice");
  EXPECT_EQ(refusal(R"({"a":{"a":1},"b":{"a":1}})"), "accepted");
}

TEST(ParseJson, WhatIsNotJsonIsRefused) {
  for (const char* text :
       {"",         " ",     "{",   "}",   "[1,]",      "{\"a\"}",     "{a:1}",
        "nul",      "01",    "1 2", "'a'", "\"\xff\"",  "\"\\ud800\"", "{\"a\":1}x",
        "\xef\xbb", "1e999", "-",   "[1}", "{\"a\":1]", "// x\n1"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(ParseJson, AnyBytesEitherParseOrAreRefused) {
  std::mt19937 random(1);
  const std::string_view alphabet = "{}[]\",:0123e+-.truefalsn\\u \x80\xc3";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::size_t i = random() % 24; i > 0; --i) text += alphabet[random() % alphabet.size()];
    (void)refusal(text);
  }
}

TEST(ParseJson, ValuesKeepTheirPlaces) {
  const nlohmann::json document =
      parse_json(R"({"a":[1,{"b":[true,null,-2,0.5,"x"]},[]],"c":{"d":{}}})", 1000, "x");
  EXPECT_EQ(document.dump(), R"({"a":[1,{"b":[true,null,-2,0.5,"x"]},[]],"c":{"d":{}}})");
}

class Fields : public testing::Test {
 protected:
  nlohmann::json json_ = parse_json(
      R"({"text":"x","number":7,"negative":-1,"big":18446744073709551615,"half":0.5,"null":null,
          "list":["a",null],"words":["a","b"],"map":{"k":"v","n":null},"nul":"a\u0000b",
          "object":{"inner":{"leaf":1}}})",
      10'000, "doc");
  JsonField field_{json_, "doc"};

  template <typename Action>
  std::string complaint(Action action) {
    try {
      action();
    } catch (const Error& error) {
      return error.message();
    }
    return "none";
  }
};

TEST_F(Fields, AbsentAndNullAreEmpty) {
  for (const char* key : {"missing", "null"}) {
    EXPECT_FALSE(field_[key].present());
    EXPECT_EQ(field_[key].string(), "");
    EXPECT_EQ(field_[key].size(), 0u);
    EXPECT_FALSE(field_[key].integer());
    EXPECT_FALSE(field_[key].boolean());
    EXPECT_TRUE(field_[key].strings().empty());
    EXPECT_TRUE(field_[key].string_map().empty());
    EXPECT_FALSE(field_[key]["deeper"]["still"].present());
  }
}

TEST_F(Fields, ValuesAreRead) {
  EXPECT_EQ(field_["text"].string(), "x");
  EXPECT_EQ(field_["number"].size(), 7u);
  EXPECT_EQ(field_["negative"].integer(), -1);
  EXPECT_EQ(field_["words"].strings(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(field_["map"].string_map(),
            (std::map<std::string, std::string>{{"k", "v"}, {"n", ""}}));
  EXPECT_EQ(field_["object"]["inner"]["leaf"].size(), 1u);
}

TEST_F(Fields, ComplaintsNameTheField) {
  EXPECT_EQ(complaint([&] { (void)field_["number"].string(); }), "doc: number must be a string");
  EXPECT_EQ(complaint([&] { (void)field_["negative"].size(); }),
            "doc: negative must not be negative");
  EXPECT_EQ(complaint([&] { (void)field_["big"].size(); }), "doc: big must be a whole number");
  EXPECT_EQ(complaint([&] { (void)field_["half"].size(); }), "doc: half must be a whole number");
  EXPECT_EQ(complaint([&] { (void)field_["list"].strings(); }), "doc: list[1] is missing");
  EXPECT_EQ(complaint([&] { (void)field_["nul"].string(); }), "doc: nul holds a NUL character");
  EXPECT_EQ(complaint([&] { (void)field_["object"]["inner"]["leaf"]["x"]; }),
            "doc: object.inner.leaf must be an object");
  EXPECT_EQ(complaint([&] { (void)field_["object"]["nothing"].required(); }),
            "doc: object.nothing is missing");
  EXPECT_EQ(complaint([&] { (void)field_["text"].elements(); }), "doc: text must be a list");
}

}  // namespace
}  // namespace estiba
