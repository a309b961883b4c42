#include "build/copy/mode_change.h"

#include <sys/stat.h>

#include <charconv>

#include "base/error.h"

namespace estiba::build {
namespace {

constexpr unsigned kPermissions = 07777;
constexpr unsigned kAnyExecute = 0111;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The permissions of a class of users, in all three places.
unsigned spread(unsigned mode, char from) {
  const unsigned bits = from == 'u' ? mode >> 6 & 7 : from == 'g' ? mode >> 3 & 7 : mode & 7;
  return bits << 6 | bits << 3 | bits;
}

}  // namespace

class ModeChange::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), rest_(text) {}

  std::vector<Step> parse() {
    for (;;) {
      read_clause();
      if (rest_.empty()) return std::move(steps_);
      take();  // the comma
    }
  }

  [[noreturn]] void fail() const {
    throw Error(ErrorCode::kInvalidArgument,
                "invalid chmod parameter: \"" + std::string(text_) + "\"",
                "write it in octal, 0 to 07777, or as chmod(1) takes it: u=rwX,go=rX");
  }

 private:
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  char take() {
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  void read_clause() {
    const unsigned who = read_who();
    do {
      read_operation(who);
    } while (!rest_.empty() && next() != ',');
  }

  unsigned read_who() {
    unsigned who = 0;
    for (;; take()) {
      switch (next()) {
        case 'a':
          who |= 06777;
          continue;
        case 'u':
          who |= 04700;
          continue;
        case 'g':
          who |= 02070;
          continue;
        case 'o':
          who |= 0007;
          continue;
        default:
          return who;
      }
    }
  }

  void read_operation(unsigned who) {
    const char operation = next();
    if (operation != '+' && operation != '-' && operation != '=') fail();
    take();
    Step step{operation, who == 0 ? 06777 : who};
    const bool only_others = who != 0 && (who & ~07u) == 0;
    for (;; take()) {
      const char letter = next();
      if (letter == 'u' || letter == 'g' || letter == 'o') {
        if (step.bits != 0 || step.execute_if_any) steps_.push_back(step);
        Step copy{step.operation, step.who & 0777};
        copy.copied_from = letter;
        steps_.push_back(copy);
        step = Step{'+', step.who};
        if (operation == '-') step.operation = '-';
        continue;
      }
      if (letter == 'r')
        step.bits |= 0444;
      else if (letter == 'w')
        step.bits |= 0222;
      else if (letter == 'x')
        step.bits |= 0111;
      else if (letter == 'X' && operation == '-')
        step.bits |= 0111;
      else if (letter == 'X')
        step.execute_if_any = true;
      else if (letter == 's' && !only_others)
        step.bits |= 06000;
      else if (letter == 't' && !only_others) {
        step.bits |= 01000;
        step.who |= 01000;
      } else if (letter != 's' && letter != 't')
        break;
    }
    steps_.push_back(step);
  }

  std::string_view text_;
  std::string_view rest_;
  std::vector<Step> steps_;
};

ModeChange ModeChange::parse(std::string_view text) {
  ModeChange change;
  Parser parser(text);
  if (text.empty()) parser.fail();
  if (!is_digit(text.front())) {
    change.steps_ = parser.parse();
    return change;
  }
  const char* end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, change.octal_mode_, 8);
  if (error != std::errc() || last != end || change.octal_mode_ > kPermissions) parser.fail();
  change.octal_ = true;
  return change;
}

unsigned ModeChange::changed_bits(const Step& step, unsigned before, unsigned now) {
  if (step.copied_from != '\0') return spread(now, step.copied_from) & step.who;
  unsigned bits = step.bits;
  if (step.execute_if_any && ((before & kAnyExecute) != 0 || S_ISDIR(before))) bits |= kAnyExecute;
  return bits & step.who;
}

unsigned ModeChange::apply(unsigned mode) const {
  if (octal_) return octal_mode_;
  unsigned now = mode & kPermissions;
  for (const Step& step : steps_) {
    const unsigned bits = changed_bits(step, mode, now);
    if (step.operation == '=') now &= ~step.who;
    now = step.operation == '-' ? now & ~bits : now | bits;
  }
  return now;
}

unsigned ModeChange::new_directory_mode() const {
  return octal_ ? octal_mode_ & 0777 : 0755;
}

}  // namespace estiba::build
