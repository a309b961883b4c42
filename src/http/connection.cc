#include "http/connection.h"

#include <array>
#include <exception>

#include "base/error.h"
#include "http/request_id.h"

namespace estiba::http {
namespace {

// A client that sends requests one after another sends the next within this time; meeting it on the
// same thread saves two switches of threads.
constexpr std::chrono::milliseconds kNextRequestPatience{2};
// A client that takes a file at the speed of a network frees room within this time.
constexpr std::chrono::milliseconds kFilePatience{20};
// Read of a lingering connection in one turn.
constexpr int kLingerReads = 16;

std::optional<std::size_t> find_head_end(std::string_view text, std::size_t from) {
  const std::size_t end = text.find("\r\n\r\n", from);
  if (end == std::string_view::npos) return std::nullopt;
  return end + 4;
}

// TLS and other protocols, whose clients would wait in vain for an answer to their first message.
bool begins_otherwise(std::string_view text) {
  if (text.empty() || text == "\r") return false;
  const auto first = static_cast<unsigned char>(text.front());
  return first <= 0x20 || first >= 0x7f;
}

// The last resort for handlers without a format of their own.
Response describe(const Error& error) {
  switch (error.code()) {
    case ErrorCode::kInvalidArgument:
      return Response::text(400, error.message() + "\n");
    case ErrorCode::kUnauthenticated:
      return Response::text(401, error.message() + "\n");
    case ErrorCode::kPermissionDenied:
      return Response::text(403, error.message() + "\n");
    case ErrorCode::kNotFound:
      return Response::text(404, error.message() + "\n");
    case ErrorCode::kConflict:
    case ErrorCode::kAlreadyExists:
      return Response::text(409, error.message() + "\n");
    case ErrorCode::kResourceExhausted:
      return Response::text(413, error.message() + "\n");
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled:
      return Response::text(503, "temporarily unavailable\n");
    default:
      return Response::text(500, "internal error\n");
  }
}

}  // namespace

struct Connection::Active {
  Active(ParsedHead parsed, Socket& socket, BufferedInput& input, const ServerLimits& limits)
      : head(std::move(parsed)), body(head, socket, input, limits) {}

  Clock::time_point started = Clock::now();
  ParsedHead head;
  BodyReader body;
  AccessRecord record;
  std::optional<FileRegion> file;  // what is left to send
};

Connection::Connection(Socket socket, std::string peer_address, ServerContext& context)
    : context_(context),
      socket_(std::move(socket)),
      input_(socket_),
      peer_address_(std::move(peer_address)),
      deadline_(Clock::now() + context.options.limits.header_timeout) {
  ++context_.open_connections;
}

Connection::~Connection() {
  if (active_) finish_request(false);
  --context_.open_connections;
}

Wait Connection::first_wait() const {
  return {Wait::For::kRequest, deadline_};
}

Wait Connection::proceed() noexcept {
  try {
    return proceed_or_throw();
  } catch (const Error&) {
    // The client has gone or stalls; the access log has it.
  } catch (const std::exception& error) {
    if (const Logger* logger = context_.options.logger) {
      logger->error(std::string("a connection failed: ") + error.what());
    }
  }
  if (active_) finish_request(false);
  return {};
}

Wait Connection::proceed_or_throw() {
  switch (phase_) {
    case Phase::kHead:
      break;
    case Phase::kFile:
      if (!continue_file()) {
        return {Wait::For::kWritable, Clock::now() + context_.options.limits.write_timeout};
      }
      break;
    case Phase::kLinger:
      return linger();
  }
  return serve_requests();
}

Wait Connection::serve_requests() {
  while (true) {
    if (!keep_alive_) return begin_linger();
    if (!read_head()) return wait_for_head();
    serve_one();
    if (phase_ == Phase::kFile) {
      return {Wait::For::kWritable, Clock::now() + context_.options.limits.write_timeout};
    }
  }
}

// True when the input begins with a whole head, or with what can't become one. False when it has to
// be waited for, or when the client has ended the connection (then keep_alive_ is false as well).
bool Connection::read_head() {
  const ServerLimits& limits = context_.options.limits;
  bool may_wait = served_any_;
  while (true) {
    skip_empty_lines();
    const std::string_view here = input_.buffered();
    if (const auto end = find_head_end(here, scanned_bytes_ < 3 ? 0 : scanned_bytes_ - 3)) {
      head_bytes_ = *end;
      scanned_bytes_ = 0;
      return true;
    }
    scanned_bytes_ = here.size();
    if (here.size() > limits.header_bytes || begins_otherwise(here)) {
      head_bytes_ = here.size();
      return true;
    }
    const bool was_empty = here.empty();
    const auto count = input_.fill_now();
    if (count == 0) {
      keep_alive_ = false;
      return false;
    }
    if (count) {
      if (was_empty) deadline_ = Clock::now() + limits.header_timeout;
      continue;
    }
    if (!was_empty || !may_wait || context_.threads_are_scarce()) return false;
    may_wait = false;
    if (!socket_.wait_readable(kNextRequestPatience)) return false;
  }
}

// Some clients end a form's body with a CRLF that no length counts (RFC 9112, 2.2).
void Connection::skip_empty_lines() {
  while (input_.buffered().starts_with("\r\n")) input_.consume(2);
}

Wait Connection::wait_for_head() {
  if (!keep_alive_) return {};  // the client has ended it
  if (context_.stopping) return {};
  if (input_.buffered().empty()) {
    input_.release_memory();
    // A new connection has deadline_ as its constructor has set it.
    if (served_any_) deadline_ = Clock::now() + context_.options.limits.idle_timeout;
  }
  return {Wait::For::kRequest, deadline_};
}

void Connection::serve_one() {
  const ServerLimits& limits = context_.options.limits;
  served_any_ = true;
  if (head_bytes_ > limits.header_bytes) return refuse({431, "the header is too large"});
  auto parsed = parse_head(input_.buffered().substr(0, head_bytes_), limits);
  if (const auto* rejection = std::get_if<Rejection>(&parsed)) return refuse(*rejection);
  input_.consume(head_bytes_);

  active_ =
      std::make_unique<Active>(std::move(std::get<ParsedHead>(parsed)), socket_, input_, limits);
  const ParsedHead& head = active_->head;
  active_->record.peer_address = peer_address_;
  active_->record.method = head.method;
  active_->record.target = head.target;
  active_->record.user_agent = head.headers.get("User-Agent");
  active_->record.request_id = choose_request_id(head.headers.get("X-Request-Id"));
  RequestHead seen{.method = head.method,
                   .target = {},
                   .headers = head.headers,
                   .peer_address = peer_address_,
                   .content_length = head.content_length,
                   .encrypted = socket_.encrypted(),
                   .request_id = active_->record.request_id};
  try {
    seen.target = Target::parse(head.target);
  } catch (const Error& error) {
    Response response = Response::text(400, error.message() + "\n");
    response.close = true;
    return send(std::move(response));
  }
  Request request(std::move(seen), active_->body, context_.stop.get_token(),
                  [this] { return socket_.peer_ended(); });
  answer(request);
}

void Connection::refuse(const Rejection& rejection) {
  Response response = Response::text(rejection.status, std::string(rejection.reason) + "\n");
  ResponseWriter writer(socket_, context_.options.limits);
  keep_alive_ = false;
  const auto rest = writer.send(std::move(response), {.keep_alive = false});
  if (context_.options.on_finished) {
    context_.options.on_finished({.peer_address = peer_address_,
                                  .method = "-",
                                  .target = {},
                                  .user_agent = {},
                                  .status = rejection.status,
                                  .sent_body_bytes = writer.sent_body_bytes()});
  }
}

void Connection::answer(Request& request) {
  Response response = run_handler(request);
  send(std::move(response));
}

Response Connection::run_handler(Request& request) {
  const Logger* logger = context_.options.logger;
  try {
    return context_.handler(request);
  } catch (const Error& error) {
    Response response = describe(error);
    if (logger != nullptr && response.status == 500) logger->error(error.what());
    return response;
  } catch (const std::exception& error) {
    if (logger != nullptr) logger->error(std::string("a handler failed: ") + error.what());
    return Response::text(500, "internal error\n");
  }
}

void Connection::send(Response response) {
  const ServerLimits& limits = context_.options.limits;
  const ResponseTerms terms{.head_only = active_->head.method == "HEAD",
                            .http_1_0 = active_->head.http_1_0,
                            .keep_alive = active_->head.keep_alive && !context_.stopping &&
                                          active_->body.can_drain(limits.drain_bytes)};
  ResponseWriter writer(socket_, limits);
  AccessRecord& record = active_->record;
  record.status = response.status;
  record.principal = std::move(response.principal);
  record.endpoint = std::move(response.endpoint);
  response.headers.set("X-Request-Id", record.request_id);
  try {
    active_->file = writer.send(std::move(response), terms);
  } catch (const std::exception& error) {
    record.sent_body_bytes = writer.sent_body_bytes();
    if (writer.head_sent()) throw;
    // Nothing of it was sent: the client can still be told.
    if (context_.options.logger != nullptr) context_.options.logger->error(error.what());
    record.status = 500;
    active_->file = writer.send(Response::text(500, "internal error\n"), terms);
  }
  keep_alive_ = !writer.closes();
  record.sent_body_bytes = writer.sent_body_bytes();
  if (active_->file) {
    phase_ = Phase::kFile;
    if (!continue_file()) return;
  } else {
    finish_request(true);
  }
}

// True when the whole file is sent and the next request may be read.
bool Connection::continue_file() {
  FileRegion& file = *active_->file;
  while (file.size_bytes > 0) {
    const std::uint64_t count =
        socket_.send_file_now(file.fd.get(), file.offset_bytes, file.size_bytes);
    file.size_bytes -= count;
    active_->record.sent_body_bytes += count;
    if (count > 0) continue;
    const auto patience =
        context_.threads_are_scarce() ? std::chrono::milliseconds(0) : kFilePatience;
    if (!socket_.wait_writable(patience)) return false;
  }
  phase_ = Phase::kHead;
  finish_request(true);
  return true;
}

void Connection::finish_request(bool complete) {
  const std::unique_ptr<Active> finished = std::exchange(active_, nullptr);
  // For a next head that is partly here already.
  deadline_ = Clock::now() + context_.options.limits.header_timeout;
  if (complete && keep_alive_) {
    keep_alive_ = finished->body.drain(context_.options.limits.drain_bytes);
  }
  if (!context_.options.on_finished) return;
  AccessRecord& record = finished->record;
  record.received_body_bytes = finished->body.received_bytes();
  record.duration =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - finished->started);
  record.complete = complete;
  context_.options.on_finished(record);
}

// Closing a socket that has unread input resets the connection, and a reset may overtake the
// response. So our end is closed first and the client's input is read away for a while.
Wait Connection::begin_linger() {
  socket_.end_writing();
  phase_ = Phase::kLinger;
  deadline_ = Clock::now() + context_.options.limits.linger_timeout;
  return linger();
}

Wait Connection::linger() {
  std::array<std::byte, 16 * 1024> dropped;
  for (int i = 0; i < kLingerReads; ++i) {
    const auto count = socket_.read_now(dropped);
    if (!count) break;
    if (*count == 0) return {};
  }
  return {Wait::For::kLinger, deadline_};
}

}  // namespace estiba::http
