// The terminal that `estiba explore` draws on; the library behind it stays in explore_screen.cc.
#pragma once

#include "cli/explore_view.h"

namespace estiba::cli {

// Shows the view until the person leaves it; the terminal is as before afterwards. Throws
// kUnsupported when the terminal cannot place a cursor.
void show_exploration(ExploreView& view);

}  // namespace estiba::cli
