// A PostgreSQL server of Debian's package for tests: on a unix socket, all its files in a scratch
// folder, gone with the object. It refuses to be root, so it runs as the user postgres.
#pragma once

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/testing/test_directory.h"

namespace estiba::sql::testing {

class PostgresqlServer {
 public:
  PostgresqlServer() {
    const passwd* user = ::getpwnam("postgres");
    if (user == nullptr || ::chown(scratch_.path().c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("there is no user postgres");
    }
    run("initdb -A trust -U postgres --no-sync -D " + data());
    run("pg_ctl -w -D " + data() + " -l " + scratch_.file("log") + " -o '-k " + scratch_.path() +
        " -c listen_addresses= -c fsync=off' start");
  }
  PostgresqlServer(const PostgresqlServer&) = delete;
  PostgresqlServer& operator=(const PostgresqlServer&) = delete;
  ~PostgresqlServer() {
    try {
      run("pg_ctl -w -m immediate -D " + data() + " stop");
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << error.what();
    }
  }

  // The address of an empty database.
  std::string new_database() {
    const std::string name = "test" + std::to_string(++databases_);
    run("createdb -h " + scratch_.path() + " -U postgres " + name);
    return "postgresql://postgres@/" + name + "?host=" + scratch_.path();
  }

 private:
  [[nodiscard]] std::string data() const { return scratch_.file("data"); }
  void run(const std::string& command) {
    const std::string line = "cd " + scratch_.path() +
                             " && PATH=\"$(ls -d /usr/lib/postgresql/*/bin | tail -n 1):$PATH\" "
                             "setpriv --reuid=postgres --regid=postgres --clear-groups " +
                             command + " > " + scratch_.file("output") + " 2>&1";
    if (std::system(line.c_str()) != 0) throw std::runtime_error("failed: " + command);
  }

  estiba::testing::TestDirectory scratch_;
  int databases_ = 0;
};

}  // namespace estiba::sql::testing
