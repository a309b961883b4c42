// The streams of a container that a keeper runs: its output goes to the log and to everybody who is
// attached, and what they type is its input.
//
// Whoever does not read what he is attached to holds up the container, as docker has it: nothing is
// lost. Everything happens on the loop's thread.
#pragma once

#include <list>
#include <map>
#include <string>

#include "run/attach_protocol.h"
#include "run/container_spec.h"
#include "run/start_watch.h"

namespace estiba::run {

class ContainerLog;

struct AttachmentOptions {
  bool terminal = false;
  bool interactive = false;
  bool input_ends_with_client = false;  // the first one's end of input is the container's
  ContainerLog* log = nullptr;          // borrowed; null: nothing is kept
  int listener = -1;                    // where others attach; borrowed
};

class Attachments final : public StartWatch {
 public:
  Attachments(const AttachmentOptions& options, const std::string& bundle,
              std::function<void(const StartedProcesses&)> on_start);

  void add_client(UniqueFd socket);
  // Streams for the runtime; to be called once.
  [[nodiscard]] ContainerIo io();
  // Says to all clients how it ended, and waits a while until they have taken everything.
  void finish(FrameKind kind, const std::string& body);

  void begin(ChildProcess& runtime) override;
  void take_terminal(UniqueFd master) override;
  void watch(std::vector<pollfd>& wanted) override;
  void step(std::span<const pollfd> ready) override;
  void see_start() override;
  [[nodiscard]] bool finished() const override;

 private:
  struct Client {
    UniqueFd socket;
    FrameReader incoming;
    std::string outgoing;
    bool may_end_input = false;
  };
  struct Output {
    UniqueFd fd;
    FrameKind kind = FrameKind::kOutput;
  };

  void send(FrameKind kind, const std::string& body);
  void accept_clients();
  void serve(Client& client, short events);
  void handle(Client& client, const Frame& frame);
  void flush(Client& client);
  void drop(Client& client);
  void read_output(Output& output);
  void write_input();
  [[nodiscard]] bool clients_keep_up() const;

  AttachmentOptions options_;
  std::list<Client> clients_;
  std::vector<Output> outputs_;
  std::vector<UniqueFd> given_;  // the container's ends of the pipes
  UniqueFd input_;               // our end of its standard input
  std::string pending_input_;
  bool input_ended_ = false;
  UniqueFd master_;
  bool start_said_ = false;
};

}  // namespace estiba::run
