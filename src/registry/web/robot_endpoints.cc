// Robots: accounts for machines, and their tokens.
#include <array>

#include "registry/organisations.h"
#include "registry/web/account_json.h"
#include "registry/web/api.h"

namespace estiba::registry::web {
namespace {

Json robot_json(const RobotRecord& robot) {
  return {{"name", robot.name},
          {"description", robot.description},
          {"created_at", time_json(robot.created_at)},
          {"tokens", robot.tokens},
          {"used_at", time_json(robot.used_at)}};
}

NamespaceView robots_space(const ApiCall& call) {
  return call.space(call.part("namespace"), NamespaceAction::kManage);
}

// A path names a robot with or without its namespace.
std::string robot_part(const ApiCall& call, const NamespaceView& space) {
  const std::string& robot = call.part("robot");
  const std::string prefix = space.name + "+";
  return robot.starts_with(prefix) ? robot.substr(prefix.size()) : robot;
}

std::int64_t robot_id(const ApiCall& call) {
  const NamespaceView space = robots_space(call);
  return call.web.organisations.robot_id(*space.id, robot_part(call, space));
}

http::Response list_robots(ApiCall& call) {
  const NamespaceView space = robots_space(call);
  const PageRequest page = read_page(call);
  const auto robots = call.web.organisations.robots(*space.id, page.number(), page.limit + 1);
  return answer_json(page_of(robots, page, robot_json,
                             [](const RobotRecord& robot) { return std::to_string(robot.id); }));
}

http::Response create_robot(ApiCall& call) {
  Body body(call);
  const std::string name = body.text("name");
  const std::string description = body.optional_text("description").value_or("");
  body.done();
  const NamespaceView space = robots_space(call);
  call.target = space.name + "+" + name;
  return answer_json(
      robot_json(call.web.organisations.add_robot(space.name, *space.id, name, description)), 201);
}

http::Response delete_robot(ApiCall& call) {
  const NamespaceView space = robots_space(call);
  call.web.organisations.remove_robot(*space.id, robot_part(call, space));
  return answer_nothing();
}

http::Response list_robot_tokens(ApiCall& call) {
  return answer_tokens(call, robot_id(call));
}

http::Response create_robot_token(ApiCall& call) {
  Body body(call);
  const TokenRequest request = read_token_request(body, StoredTokenKind::kRobot);
  const std::int64_t robot = robot_id(call);
  const NamespaceView space = robots_space(call);
  const auto made = call.web.tokens.make(robot, request);
  return answer_json(new_token_json(call, space.name + "+" + robot_part(call, space), made), 201);
}

http::Response revoke_robot_token(ApiCall& call) {
  if (!call.web.tokens.revoke(robot_id(call), call.id_part())) refuse_unseen();
  return answer_nothing();
}

constexpr std::string_view kRobotTokens = "/namespaces/{namespace}/robots/{robot}/tokens";

constexpr std::array<ApiRoute, 6> kRobotRoutes = {{
    {"GET", "/namespaces/{namespace}/robots", "listRobots", Audience::kAccount, list_robots},
    {"POST", "/namespaces/{namespace}/robots", "createRobot", Audience::kAccount, create_robot},
    {"DELETE", "/namespaces/{namespace}/robots/{robot}", "deleteRobot", Audience::kAccount,
     delete_robot},
    {"GET", kRobotTokens, "listRobotTokens", Audience::kAccount, list_robot_tokens},
    {"POST", kRobotTokens, "createRobotToken", Audience::kAccount, create_robot_token},
    {"DELETE", "/namespaces/{namespace}/robots/{robot}/tokens/{id}", "revokeRobotToken",
     Audience::kAccount, revoke_robot_token},
}};

}  // namespace

std::span<const ApiRoute> robot_routes() {
  return kRobotRoutes;
}

}  // namespace estiba::registry::web
