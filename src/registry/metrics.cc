#include "registry/metrics.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "registry/process_metrics.h"

namespace estiba::registry {
namespace {

constexpr std::array<double, 12> kBounds = {0.001, 0.005, 0.01, 0.025, 0.05, 0.1,
                                            0.25,  0.5,   1,    2.5,   10,   60};

// Methods are the client's text: only known ones become labels, or there is no end of series.
std::string method_label(const std::string& method) {
  constexpr std::array<std::string_view, 7> kKnown = {"GET",   "HEAD",   "PUT",    "POST",
                                                      "PATCH", "DELETE", "OPTIONS"};
  const bool known = std::find(kKnown.begin(), kKnown.end(), method) != kKnown.end();
  return known ? to_lower(method) : "other";
}

void describe_metric(std::string& text, std::string_view name, std::string_view type,
                     std::string_view help) {
  text += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

}  // namespace

void Metrics::finished(const http::AccessRecord& record) {
  const std::string method = method_label(record.method);
  const std::string handler = record.endpoint.empty() ? "none" : record.endpoint;
  const double seconds = static_cast<double>(record.duration.count()) / 1e6;
  const auto bucket = static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  const std::lock_guard lock(mutex_);
  ++requests_[{handler, method, record.status}];
  Series& series = series_[{handler, method}];
  if (bucket < kBuckets) ++series.seconds.counts[bucket];
  ++series.seconds.count;
  series.seconds.sum += seconds;
  series.received_bytes += record.received_body_bytes;
  series.sent_bytes += record.sent_body_bytes;
}

std::string Metrics::render(const std::vector<Gauge>& gauges) const {
  std::string text;
  describe_metric(text, "registry_http_in_flight_requests", "gauge", "Requests being answered.");
  text += fmt::format("registry_http_in_flight_requests{{handler=\"all\"}} {}\n", running_.load());
  {
    const std::lock_guard lock(mutex_);
    describe_metric(text, "registry_http_requests_total", "counter", "Requests answered.");
    for (const auto& [key, count] : requests_) {
      const auto& [handler, method, code] = key;
      text += fmt::format(
          "registry_http_requests_total{{code=\"{}\",handler=\"{}\",method=\"{}\"}} {}\n", code,
          handler, method, count);
    }
    describe_metric(text, "registry_http_request_duration_seconds", "histogram",
                    "From the request's head to the answer's last byte.");
    for (const auto& [key, series] : series_) {
      const std::string labels = fmt::format("handler=\"{}\",method=\"{}\"", key.first, key.second);
      std::uint64_t below = 0;
      for (std::size_t i = 0; i < kBuckets; ++i) {
        below += series.seconds.counts[i];
        text += fmt::format("registry_http_request_duration_seconds_bucket{{{},le=\"{}\"}} {}\n",
                            labels, kBounds[i], below);
      }
      text += fmt::format(
          "registry_http_request_duration_seconds_bucket{{{0},le=\"+Inf\"}} {1}\n"
          "registry_http_request_duration_seconds_sum{{{0}}} {2}\n"
          "registry_http_request_duration_seconds_count{{{0}}} {1}\n",
          labels, series.seconds.count, series.seconds.sum);
    }
    describe_metric(text, "registry_http_request_size_bytes", "summary", "Bodies received.");
    describe_metric(text, "registry_http_response_size_bytes", "summary", "Bodies sent.");
    for (const auto& [key, series] : series_) {
      const std::string labels = fmt::format("handler=\"{}\",method=\"{}\"", key.first, key.second);
      text += fmt::format(
          "registry_http_request_size_bytes_sum{{{0}}} {1}\n"
          "registry_http_request_size_bytes_count{{{0}}} {3}\n"
          "registry_http_response_size_bytes_sum{{{0}}} {2}\n"
          "registry_http_response_size_bytes_count{{{0}}} {3}\n",
          labels, series.received_bytes, series.sent_bytes, series.seconds.count);
    }
  }
  std::string described;
  for (const Gauge& gauge : gauges) {
    if (gauge.name != described) describe_metric(text, gauge.name, "gauge", gauge.help);
    described = gauge.name;
    const std::string labels = gauge.labels.empty() ? "" : "{" + gauge.labels + "}";
    text += fmt::format("{}{} {}\n", gauge.name, labels, gauge.value);
  }
  return text + process_metrics();
}

}  // namespace estiba::registry
