// Cancellation: whatever waits or works for long asks its stop token now and then.
#pragma once

#include <stop_token>

namespace estiba {

// Throws Error(kCancelled) once a stop was requested.
void throw_if_stopped(const std::stop_token& stop);

}  // namespace estiba
