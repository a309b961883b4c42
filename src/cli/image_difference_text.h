// What became of one image in another, for a person.
#pragma once

#include <string>

namespace estiba::cli {

class Session;

// Instructions, configuration, packages and files that differ, each with a letter before it: A
// (added), C (changed), D (deleted). Nothing for images that do not differ.
void print_image_difference(Session& session, const std::string& from, const std::string& to);

}  // namespace estiba::cli
