// Fetches the images that other commands stand on.
#pragma once

#include "build/base_image.h"

namespace estiba::cli {

class Session;

// Borrows the session.
[[nodiscard]] build::PullImage make_image_puller(Session& session);

}  // namespace estiba::cli
