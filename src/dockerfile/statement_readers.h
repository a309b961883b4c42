// One function for each instruction; statement.h chooses among them.
#pragma once

#include "dockerfile/instruction.h"
#include "dockerfile/statement.h"

namespace estiba::dockerfile::readers {

Instruction::Body add(const Statement& statement);
Instruction::Body arg(const Statement& statement);
Instruction::Body cmd(const Statement& statement);
Instruction::Body copy(const Statement& statement);
Instruction::Body entrypoint(const Statement& statement);
Instruction::Body env(const Statement& statement);
Instruction::Body expose(const Statement& statement);
Instruction::Body health_check(const Statement& statement);
Instruction::Body label(const Statement& statement);
Instruction::Body maintainer(const Statement& statement);
Instruction::Body run(const Statement& statement);
Instruction::Body shell(const Statement& statement);
Instruction::Body stop_signal(const Statement& statement);
Instruction::Body user(const Statement& statement);
Instruction::Body volume(const Statement& statement);
Instruction::Body workdir(const Statement& statement);

}  // namespace estiba::dockerfile::readers
