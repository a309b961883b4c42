// Which form of a layer this host can mount.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "store/store.h"

namespace estiba::store {

class TemporaryArea;

// Decided when first asked for, by trying. Thread-safe.
class FormChoice {
 public:
  // `temporary` takes two small files while it is tried.
  FormChoice(std::optional<LayerForm> forced, TemporaryArea& temporary)
      : forced_(forced), temporary_(temporary) {}

  [[nodiscard]] LayerForm form();
  [[nodiscard]] std::string reason();

 private:
  void decide();

  std::optional<LayerForm> forced_;
  TemporaryArea& temporary_;
  std::once_flag once_;
  LayerForm form_ = LayerForm::kTree;
  std::string reason_;
};

}  // namespace estiba::store
