# cmake -DINPUT=openapi.json -DOUTPUT=openapi.cc -P embed_openapi.cmake
# Raw strings of 8 KiB, as some compilers take no longer ones; the tag is one that JSON can't hold.
file(READ ${INPUT} text)
string(SHA256 hash "${text}")
string(SUBSTRING ${hash} 0 32 etag)
string(LENGTH "${text}" length)
set(parts "")
set(at 0)
while(at LESS length)
  string(SUBSTRING "${text}" ${at} 8192 part)
  string(APPEND parts "    R\"json~(${part})json~\"\n")
  math(EXPR at "${at} + 8192")
endwhile()
file(WRITE ${OUTPUT} "#include \"registry/web/openapi.h\"

namespace estiba::registry::web {
namespace {

constexpr char kDocument[] =
${parts}    \"\";

}  // namespace

std::string_view openapi_document() {
  return {kDocument, sizeof(kDocument) - 1};
}

std::string_view openapi_etag() {
  return \"\\\"${etag}\\\"\";
}

}  // namespace estiba::registry::web
")
