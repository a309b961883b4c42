#include "sql/copy_rows.h"

#include "sql/engine.h"

namespace estiba::sql {

std::int64_t copy_rows(Statement& select, Statement& insert) {
  EngineStatement& from = *select.prepared_->statement;
  EngineStatement& to = *insert.prepared_->statement;
  std::int64_t count = 0;
  while (from.step()) {
    to.reset();
    for (int column = 0; column < from.column_count(); ++column) {
      to.bind(column + 1, from.column(column));
    }
    to.run();
    ++count;
  }
  return count;
}

}  // namespace estiba::sql
