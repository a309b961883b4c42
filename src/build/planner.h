// Turns a parsed Dockerfile into the graph that a build carries out.
#pragma once

#include "build/base_image.h"
#include "build/build.h"
#include "build/plan.h"
#include "dockerfile/parser.h"
#include "store/lease.h"

namespace estiba::build {

// What the builds before it in the graph are planned to make; borrowed.
using EarlierPlans = std::vector<const Plan*>;

// Only what the target needs is planned. Base images are found (and pulled) on the way, since their
// configuration decides what instructions mean; `lease` keeps them. Errors name file and line.
[[nodiscard]] Plan plan_build(const dockerfile::Dockerfile& dockerfile, const BuildOptions& options,
                              BaseImages& images, store::Lease& lease, const EarlierPlans& earlier);

}  // namespace estiba::build
