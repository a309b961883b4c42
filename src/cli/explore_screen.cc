#include "cli/explore_screen.h"

#define NCURSES_NOMACROS
#include <locale.h>
#include <ncurses.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "cli/output.h"

namespace estiba::cli {
namespace {

constexpr short kAddedPair = 1;
constexpr short kChangedPair = 2;
constexpr short kRemovedPair = 3;

// The terminal is the library's between construction and destruction.
class CursesScreen {
 public:
  CursesScreen() {
    ::setlocale(LC_CTYPE, "");
    screen_ = ::newterm(nullptr, stdout, stdin);
    if (screen_ == nullptr) {
      const char* term = std::getenv("TERM");
      throw Error(ErrorCode::kUnsupported,
                  std::string("cannot draw on the terminal \"") + (term ? term : "") + "\"",
                  "set TERM to what it is, or send the output to a file for a report");
    }
    ::cbreak();
    ::noecho();
    ::keypad(stdscr, TRUE);
    ::curs_set(0);
    ::set_escdelay(25);
    const char* no_colour = std::getenv("NO_COLOR");
    colours_ = (no_colour == nullptr || *no_colour == '\0') && ::has_colors();
    if (!colours_) return;
    ::start_color();
    ::use_default_colors();
    ::init_pair(kAddedPair, COLOR_GREEN, -1);
    ::init_pair(kChangedPair, COLOR_YELLOW, -1);
    ::init_pair(kRemovedPair, COLOR_RED, -1);
  }
  CursesScreen(const CursesScreen&) = delete;
  CursesScreen& operator=(const CursesScreen&) = delete;
  ~CursesScreen() {
    ::endwin();
    ::delscreen(screen_);
  }

  [[nodiscard]] attr_t attributes(TextStyle style) const {
    switch (style) {
      case TextStyle::kHeading:
        return A_BOLD;
      case TextStyle::kSelected:
        return A_REVERSE;
      case TextStyle::kMarked:
        return A_UNDERLINE;
      case TextStyle::kFaint:
        return A_DIM;
      case TextStyle::kAdded:
        return pair(kAddedPair);
      case TextStyle::kChanged:
        return pair(kChangedPair);
      case TextStyle::kRemoved:
        return pair(kRemovedPair);
      case TextStyle::kPlain:
        break;
    }
    return A_NORMAL;
  }

 private:
  [[nodiscard]] attr_t pair(short number) const {
    return colours_ ? static_cast<attr_t>(COLOR_PAIR(number)) : A_NORMAL;
  }

  SCREEN* screen_ = nullptr;
  bool colours_ = false;
};

ExploreKey key_of(int code) {
  switch (code) {
    case KEY_UP:
    case 'k':
      return ExploreKey::kUp;
    case KEY_DOWN:
    case 'j':
      return ExploreKey::kDown;
    case KEY_PPAGE:
      return ExploreKey::kPageUp;
    case KEY_NPAGE:
      return ExploreKey::kPageDown;
    case KEY_HOME:
    case 'g':
      return ExploreKey::kFirst;
    case KEY_END:
    case 'G':
      return ExploreKey::kLast;
    case '\n':
    case KEY_ENTER:
    case ' ':
      return ExploreKey::kOpen;
    case '\t':
    case KEY_LEFT:
    case KEY_RIGHT:
      return ExploreKey::kSwitch;
    case 'a':
      return ExploreKey::kWhole;
    case 'w':
      return ExploreKey::kWaste;
    case 'q':
    case ERR:
      return ExploreKey::kQuit;  // ERR: the terminal is gone
    default:
      return ExploreKey::kOther;
  }
}

void put_lines(const CursesScreen& screen, const std::vector<StyledLine>& lines) {
  ::erase();
  for (std::size_t row = 0; row < lines.size(); ++row) {
    ::move(static_cast<int>(row), 0);
    for (const StyledText& part : lines[row]) {
      const attr_t style = screen.attributes(part.style);
      ::attron(static_cast<int>(style));
      ::addstr(part.text.c_str());
      ::attroff(static_cast<int>(style));
    }
  }
  ::refresh();
}

}  // namespace

void show_exploration(ExploreView& view) {
  const CursesScreen screen;
  do {
    put_lines(screen, view.draw(static_cast<std::size_t>(::getmaxy(stdscr)),
                                static_cast<std::size_t>(::getmaxx(stdscr))));
  } while (view.press(key_of(::getch())));
}

}  // namespace estiba::cli
