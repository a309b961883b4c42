#include "cli/man_page.h"

#include <algorithm>

#include "base/text.h"
#include "cli/version.h"

namespace estiba::cli {
namespace {

// Text as roff reads it literally.
std::string escaped(std::string_view text) {
  std::string result;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
    line_begins = c == '\n';
  }
  return result;
}

std::string title(std::string_view page) {
  std::string upper = to_lower(page);
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return upper;
}

std::string synopsis(const CommandGrammar& command, const std::string& path) {
  std::string text = ".B " + escaped(path) + "\n";
  if (!command.options.empty()) text += "[OPTIONS]\n";
  if (!command.subcommands.empty()) text += "COMMAND [ARG...]\n";
  for (const PositionalGrammar& positional : command.positionals) {
    std::string name = positional.name + (positional.repeats ? "..." : "");
    if (!positional.required) name = "[" + name + "]";
    text += ".I " + escaped(name) + "\n";
  }
  return text;
}

std::string entry(const std::string& term, const std::string& help) {
  return ".TP\n" + term + "\n" + escaped(help) + "\n";
}

std::string options_section(const CommandGrammar& command) {
  if (command.options.empty()) return "";
  std::string text = ".SH OPTIONS\n";
  for (const OptionGrammar& option : command.options) {
    std::string term = ".B " + escaped(join(option.names, ", "));
    if (!option.value_name.empty()) {
      term = ".BI \"" + escaped(join(option.names, ", ")) + " \" \"" + escaped(option.value_name) +
             "\"";
    }
    text += entry(term, option.help);
  }
  return text;
}

std::string arguments_section(const CommandGrammar& command) {
  if (command.positionals.empty()) return "";
  std::string text = ".SH ARGUMENTS\n";
  for (const PositionalGrammar& positional : command.positionals) {
    text += entry(".I " + escaped(positional.name), positional.help);
  }
  return text;
}

std::string commands_section(const CommandGrammar& command, const std::string& page) {
  std::string text;
  for (const CommandGrammar& child : command.subcommands) {
    if (child.hidden) continue;
    text += entry(".BR " + escaped(page + "-" + child.name) + " (1)", child.summary);
  }
  return text.empty() ? text : ".SH COMMANDS\n" + text;
}

std::string page_text(const CommandGrammar& command, const std::string& path,
                      const std::string& page) {
  std::string text =
      ".TH " + title(page) + " 1 " + kManualDate + " \"estiba " + std::string(kVersion) + "\"\n";
  text += ".SH NAME\n" + escaped(page) + " \\- " + escaped(command.summary) + "\n";
  text += ".SH SYNOPSIS\n" + synopsis(command, path);
  text += commands_section(command, page) + arguments_section(command) + options_section(command);
  if (!command.examples.empty()) {
    text += ".SH EXAMPLES\n.nf\n" + escaped(command.examples) + "\n.fi\n";
  }
  if (page != "estiba") text += ".SH SEE ALSO\n.BR estiba (1)\n";
  return text;
}

void add_pages(std::vector<ManPage>& pages, const CommandGrammar& command, const std::string& path,
               const std::string& page) {
  pages.push_back({page + ".1", page_text(command, path, page)});
  for (const CommandGrammar& child : command.subcommands) {
    if (child.hidden) continue;
    add_pages(pages, child, path + " " + child.name, page + "-" + child.name);
  }
}

}  // namespace

std::vector<ManPage> man_pages(const CommandGrammar& root) {
  std::vector<ManPage> pages;
  add_pages(pages, root, root.name, root.name);
  return pages;
}

}  // namespace estiba::cli
