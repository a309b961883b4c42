// The "config" object of an image, for .cc files only: it includes the JSON library.
#pragma once

#include <nlohmann/json.hpp>

#include "oci/image_config.h"
#include "oci/json_document.h"

namespace estiba {

[[nodiscard]] ContainerConfig parse_container_config(const JsonField& field);
// Without what is unset; null when all is.
[[nodiscard]] nlohmann::ordered_json container_config_json(const ContainerConfig& config);

}  // namespace estiba
