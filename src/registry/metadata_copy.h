// All of a registry's metadata from one database into another, whatever their engines.
#pragma once

#include "sql/connection.h"

namespace estiba::registry {

// As one consistent state, within one transaction of each. Both have the current schema, `to` has
// no rows. What can be made anew (the search index) or means only this moment (holds) is left out.
void copy_metadata(sql::Connection& from, sql::Connection& to);

}  // namespace estiba::registry
