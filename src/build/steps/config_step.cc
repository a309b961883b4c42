#include "build/steps/config_step.h"

#include "build/cache_key.h"

namespace estiba::build {

Digest ConfigStep::key() {
  return KeyHasher("config", &fields_)
      .add("base", base_.image_id ? base_.image_id->to_string() : "scratch")
      .add("stack", stack_name(base_.image.diff_ids))
      .add("instruction", vertex_.created_by)
      .add("author", vertex_.author)
      .add("config", serialize_docker_config(vertex_.config))
      .finish();
}

}  // namespace estiba::build
