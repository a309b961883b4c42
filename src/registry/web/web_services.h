// The parts that only the pages and their API work with; borrowed, each thread-safe.
#pragma once

#include <string>

#include "base/log.h"
#include "registry/accounts.h"
#include "registry/audit.h"
#include "registry/grants.h"
#include "registry/organisations.h"
#include "registry/sessions.h"
#include "registry/settings.h"
#include "registry/sign_in/sign_in_providers.h"
#include "registry/tokens.h"
#include "registry/web/pages.h"
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
  SignInProviders& providers;
  const ServeOptions& options;
  const Logger& logger;
  Pages pages;
};

}  // namespace estiba::registry::web
