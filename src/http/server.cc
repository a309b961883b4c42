#include "http/server.h"

#include <condition_variable>
#include <mutex>

#include "base/error.h"
#include "http/acceptor.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/parking_lot.h"
#include "http/worker_pool.h"

namespace estiba::http {

// A connection is always in one of three hands: the acceptor's (new), the parking lot's (waiting)
// or the worker pool's (queued or served). Members are destroyed in the reverse order, so that
// whoever hands on still has somebody to hand on to.
class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}
  ~Impl() { stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  void start();
  void stop();
  void run(std::stop_token stop);

  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  void welcome(Accepted accepted);
  bool make_room();
  void wait_for_connections(std::chrono::milliseconds grace);

  ServerOptions options_;
  Handler handler_;
  std::vector<std::string> addresses_;
  std::uint16_t port_ = 0;
  ServerContext context_{.options = options_,
                         .handler = handler_,
                         .threads_are_scarce = [this] { return workers_->has_queued(); },
                         .stop = {}};
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<ParkingLot> lot_;
  std::unique_ptr<Acceptor> acceptor_;
};

void Server::Impl::start() {
  if (acceptor_ || context_.stopping) {
    throw Error(ErrorCode::kInternal, "a server can be started once");
  }
  std::vector<Listener> listeners;
  for (const std::string& address : options_.listen_addresses) {
    for (Listener& listener : listen_on(address)) listeners.push_back(std::move(listener));
  }
  if (listeners.empty()) throw Error(ErrorCode::kInvalidArgument, "no address to listen on");
  addresses_.clear();
  for (const Listener& listener : listeners) addresses_.push_back(listener.address);
  port_ = listeners.front().port;

  workers_ =
      std::make_unique<WorkerPool>(options_.max_worker_threads, options_.limits.max_waiting_threads,
                                   [this](std::unique_ptr<Connection> connection, Wait wait) {
                                     lot_->park(std::move(connection), wait);
                                   });
  lot_ = std::make_unique<ParkingLot>(
      [this](std::unique_ptr<Connection> connection) { workers_->submit(std::move(connection)); });
  context_.waits = workers_.get();
  acceptor_ = std::make_unique<Acceptor>(
      std::move(listeners), [this](Accepted accepted) { welcome(std::move(accepted)); },
      [this] { return make_room(); });
}

void Server::Impl::welcome(Accepted accepted) {
  std::unique_ptr<TlsChannel> tls;
  if (options_.tls && !accepted.is_local) tls = options_.tls->begin(accepted.fd.get());
  auto connection =
      std::make_unique<Connection>(Socket(std::move(accepted.fd), std::move(tls), context_.waits),
                                   std::move(accepted.peer_address), context_);
  const Wait wait = connection->first_wait();
  lot_->park(std::move(connection), wait);
}

bool Server::Impl::make_room() {
  return context_.open_connections < options_.limits.max_connections ||
         lot_->close_oldest_waiting();
}

void Server::Impl::stop() {
  if (!acceptor_) return;
  context_.stopping = true;
  acceptor_.reset();
  lot_->close_waiting();
  wait_for_connections(options_.stop_grace);

  context_.stop.request_stop();
  lot_->close_all();
  workers_->break_off();
  workers_->stop();
  lot_.reset();
  workers_.reset();
}

void Server::Impl::wait_for_connections(std::chrono::milliseconds grace) {
  constexpr std::chrono::milliseconds kStep{5};
  const auto deadline = Clock::now() + grace;
  while (context_.open_connections > 0 && Clock::now() < deadline) {
    std::this_thread::sleep_for(kStep);
  }
}

void Server::Impl::run(std::stop_token stop) {
  if (!acceptor_) start();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait(lock, stop, [] { return false; });
  this->stop();
}

Server::Server(ServerOptions options, Handler handler)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler))) {}

Server::~Server() = default;

void Server::start() {
  impl_->start();
}
std::uint16_t Server::port() const {
  return impl_->port();
}
std::vector<std::string> Server::addresses() const {
  return impl_->addresses();
}
void Server::stop() {
  impl_->stop();
}
void Server::run(std::stop_token stop) {
  impl_->run(std::move(stop));
}

}  // namespace estiba::http
