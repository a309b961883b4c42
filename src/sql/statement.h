// A prepared statement with its bound values and its current row.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace estiba::sql {

// Marks bytes that are bound as a blob, not as text.
struct Blob {
  std::string_view bytes;
};

struct PreparedStatement;  // the engine's own

// Borrowed from its Connection's cache and given back on destruction, reset; it must not outlive
// the connection. Columns are counted from 0, parameters in the order of their numbers. Reading a
// column as a type that it does not have (NULL included) fails with kInternal: ask is_null() or use
// the optional_ getters.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Starts over with these values for all parameters. Values are copied.
  template <typename... Values>
  Statement& bind(const Values&... values) {
    begin_binding(sizeof...(values));
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }

  // Moves to the next row; false when there is none.
  [[nodiscard]] bool step();
  // Steps to the end. Returns the number of rows changed, inserted or deleted.
  std::int64_t run();

  [[nodiscard]] int column_count() const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string blob(int column) const;
  [[nodiscard]] bool boolean(int column) const { return integer(column) != 0; }
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;

  // for (const Statement& row : connection.query("SELECT ...", ...)) row.text(0);
  struct End {};
  class Iterator {
   public:
    explicit Iterator(Statement& statement) : statement_(statement), more_(statement.step()) {}
    const Statement& operator*() const { return statement_; }
    Iterator& operator++() {
      more_ = statement_.step();
      return *this;
    }
    bool operator!=(End) const { return more_; }

   private:
    Statement& statement_;
    bool more_;
  };
  [[nodiscard]] Iterator begin() { return Iterator(*this); }
  [[nodiscard]] End end() { return {}; }

 private:
  friend class Connection;
  friend std::int64_t copy_rows(Statement& select, Statement& insert);
  explicit Statement(std::unique_ptr<PreparedStatement> prepared);

  void begin_binding(std::size_t count);
  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::string_view bytes);
  void bind_null(int index);

  template <std::integral Value>
  void bind_one(int index, Value value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind_one(int index, double value) { bind_real(index, value); }
  void bind_one(int index, std::string_view value) { bind_text(index, value); }
  void bind_one(int index, const std::string& value) { bind_text(index, value); }
  void bind_one(int index, const char* value) { bind_text(index, value); }
  void bind_one(int index, Blob value) { bind_blob(index, value.bytes); }
  void bind_one(int index, std::nullopt_t) { bind_null(index); }
  template <typename Value>
  void bind_one(int index, const std::optional<Value>& value) {
    if (value) {
      bind_one(index, *value);
    } else {
      bind_null(index);
    }
  }

  std::unique_ptr<PreparedStatement> prepared_;
};

}  // namespace estiba::sql
