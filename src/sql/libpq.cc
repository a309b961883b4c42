// The functions of libpq that the PostgreSQL engine calls, loaded with the first connection.
#include <libpq-fe.h>

#include "base/library_on_demand.h"

namespace {

const estiba::LibraryOnDemand& libpq() {
  static const estiba::LibraryOnDemand library("libpq.so.5", "libpq5");
  return library;
}

}  // namespace

#define FORWARD(...) ESTIBA_ON_DEMAND(libpq(), __VA_ARGS__)
FORWARD(PGconn*, PQconnectdb, (const char* text), (text))
FORWARD(void, PQfinish, (PGconn * connection), (connection))
FORWARD(void, PQreset, (PGconn * connection), (connection))
FORWARD(ConnStatusType, PQstatus, (const PGconn* connection), (connection))
FORWARD(PGTransactionStatusType, PQtransactionStatus, (const PGconn* connection), (connection))
FORWARD(char*, PQerrorMessage, (const PGconn* connection), (connection))
FORWARD(PQnoticeProcessor, PQsetNoticeProcessor,
        (PGconn * connection, PQnoticeProcessor processor, void* argument),
        (connection, processor, argument))
FORWARD(PGresult*, PQexec, (PGconn * connection, const char* query), (connection, query))
FORWARD(PGresult*, PQprepare,
        (PGconn * connection, const char* name, const char* query, int count, const Oid* types),
        (connection, name, query, count, types))
FORWARD(PGresult*, PQdescribePrepared, (PGconn * connection, const char* name), (connection, name))
FORWARD(PGresult*, PQexecPrepared,
        (PGconn * connection, const char* name, int count, const char* const* values,
         const int* lengths, const int* formats, int result_format),
        (connection, name, count, values, lengths, formats, result_format))
FORWARD(void, PQclear, (PGresult * result), (result))
FORWARD(ExecStatusType, PQresultStatus, (const PGresult* result), (result))
FORWARD(char*, PQresultErrorMessage, (const PGresult* result), (result))
FORWARD(char*, PQresultErrorField, (const PGresult* result, int field), (result, field))
FORWARD(char*, PQcmdStatus, (PGresult * result), (result))
FORWARD(char*, PQcmdTuples, (PGresult * result), (result))
FORWARD(int, PQntuples, (const PGresult* result), (result))
FORWARD(int, PQnfields, (const PGresult* result), (result))
FORWARD(int, PQnparams, (const PGresult* result), (result))
FORWARD(Oid, PQftype, (const PGresult* result, int field), (result, field))
FORWARD(char*, PQgetvalue, (const PGresult* result, int row, int field), (result, row, field))
FORWARD(int, PQgetlength, (const PGresult* result, int row, int field), (result, row, field))
FORWARD(int, PQgetisnull, (const PGresult* result, int row, int field), (result, row, field))
FORWARD(unsigned char*, PQunescapeBytea, (const unsigned char* text, std::size_t* length),
        (text, length))
FORWARD(void, PQfreemem, (void* pointer), (pointer))
#undef FORWARD
