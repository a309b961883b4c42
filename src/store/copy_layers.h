// The parallel part of copying an image.
#pragma once

#include <stop_token>

#include "store/image_transfer.h"

namespace estiba::store {

// Copies all layers; the first failure stops the others and is thrown.
void copy_layers(ImageSource& from, ImageSink& to, const CopyOptions& options,
                 TransferObserver& observer, std::stop_token stop);

}  // namespace estiba::store
