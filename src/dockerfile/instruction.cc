#include "dockerfile/instruction.h"

#include <array>

namespace estiba::dockerfile {

std::string_view instruction_name(const Instruction::Body& body) {
  // In the order of the variant's alternatives.
  constexpr std::array<std::string_view, 17> kNames = {
      "RUN",        "COPY",  "ADD",        "CMD",     "ENTRYPOINT", "LABEL",
      "MAINTAINER", "ENV",   "ARG",        "WORKDIR", "EXPOSE",     "VOLUME",
      "USER",       "SHELL", "STOPSIGNAL", "ONBUILD", "HEALTHCHECK"};
  static_assert(kNames.size() == std::variant_size_v<Instruction::Body>);
  return kNames[body.index()];
}

}  // namespace estiba::dockerfile
