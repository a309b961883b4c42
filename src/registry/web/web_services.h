// The parts that only the pages' API works with; borrowed, each thread-safe.
#pragma once

#include <string>

#include "base/log.h"
#include "registry/accounts.h"
#include "registry/audit.h"
#include "registry/grants.h"
#include "registry/organisations.h"
#include "registry/sessions.h"
#include "registry/settings.h"
#include "registry/tokens.h"
#include "sql/connection_pool.h"

namespace estiba::registry::web {

struct WebServices {
  sql::ConnectionPool& metadata;
  Accounts& accounts;
  Tokens& tokens;
  Sessions& sessions;
  Audit& audit;
  Organisations& organisations;
  Grants& grants;
  const ServeOptions& options;
  const Logger& logger;
};

}  // namespace estiba::registry::web
