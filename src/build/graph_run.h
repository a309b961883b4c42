// Carries out a graph of tasks on several threads: each task once all those that it needs are done.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

namespace estiba::build {

struct TaskGraph {
  // For each task those that it needs, all with lower numbers.
  std::vector<std::vector<std::size_t>> needs;
  std::size_t parallel = 1;  // so many at once, at least one
};

// Calls `task` for every number, lower ones first among those that are ready; one that is called
// sees all that its needs did. Runs on the caller's thread and starts others only when there is
// work for them, so that a chain of tasks costs no thread.
//
// The first task that throws ends it: no further task is started, `failed` is called (to stop those
// that run), and the exception is thrown once they have ended, one that is not kCancelled before
// one that is. When `stop` is requested nothing further is started, and kCancelled is thrown.
void run_graph(const TaskGraph& graph, const std::function<void(std::size_t)>& task,
               const std::function<void()>& failed, std::stop_token stop);

}  // namespace estiba::build
