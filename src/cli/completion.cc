#include "cli/completion.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace estiba::cli {
namespace {

// What the name of a value says of it.
struct KindOfValue {
  std::string_view part;
  std::string_view kind;
};
constexpr std::array kKinds = {
    KindOfValue{"CONTAINER", "container"}, KindOfValue{"VOLUME", "volume"},
    KindOfValue{"NETWORK", "network"},     KindOfValue{"IMAGE", "image"},
    KindOfValue{"NAME[:TAG", "image"},     KindOfValue{"REPOSITORY[:TAG", "image"}};
constexpr std::array<std::string_view, 6> kFileValues = {"FILE",       "DIR",  "CONTEXT",
                                                         "DOCKERFILE", "PATH", "SOURCE"};

constexpr std::string_view kBash = R"(# bash completion for estiba
_estiba() {
  local word=${COMP_WORDS[COMP_CWORD]} line
  local -a asked=("${COMP_WORDS[@]:1:COMP_CWORD}")
  # The shell parts words at ":" and "=", which names of images and options contain.
  if declare -F _get_comp_words_by_ref >/dev/null; then
    local words cword cur
    _get_comp_words_by_ref -n := words cword cur
    asked=("${words[@]:1:cword}") word=$cur
  fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then
      compopt -o default 2>/dev/null
      COMPREPLY+=($(compgen -f -- "$word"))
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("${COMP_WORDS[0]}" __complete -- "${asked[@]}" 2>/dev/null)
  if declare -F __ltrim_colon_completions >/dev/null; then __ltrim_colon_completions "$word"; fi
}
complete -F _estiba estiba
)";

constexpr std::string_view kZsh = R"(#compdef estiba
_estiba() {
  local line
  local -a found
  for line in "${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      ':files') _files ;;
      *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done
  if (( $#found )); then _describe estiba found; fi
}
if [ "$funcstack[1]" = "_estiba" ]; then _estiba "$@"; else compdef _estiba estiba; fi
)";

constexpr std::string_view kFish = R"(# fish completion for estiba
function __estiba_complete
    set -l asked (commandline -opc)[2..-1] (commandline -ct)
    for line in (estiba __complete -- $asked 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path (commandline -ct)
        else
            printf '%s\n' $line
        end
    end
end
complete -c estiba -f -a '(__estiba_complete)'
)";

bool is_option(std::string_view word) {
  return word.size() > 1 && word.starts_with('-');
}

void offer(Completion& completion, std::string_view typed, Candidate candidate) {
  if (candidate.word.starts_with(typed)) completion.candidates.push_back(std::move(candidate));
}

// Of a value that `value_name` describes: names of what exists, the words "a|b|c", or files.
void offer_values(Completion& completion, std::string_view typed, std::string_view value_name,
                  const NamesOf& names_of) {
  for (const KindOfValue& kind : kKinds) {
    if (value_name.find(kind.part) == std::string_view::npos) continue;
    for (std::string& name : names_of(kind.kind)) offer(completion, typed, {std::move(name), ""});
    return;
  }
  if (std::ranges::any_of(kFileValues, [&](std::string_view part) {
        return value_name.find(part) != std::string_view::npos;
      })) {
    completion.files = true;
    return;
  }
  const bool words = value_name.find('|') != std::string_view::npos &&
                     value_name.find_first_of("=[,:") == std::string_view::npos;
  while (words && !value_name.empty()) {
    const std::size_t bar = std::min(value_name.find('|'), value_name.size());
    offer(completion, typed, {std::string(value_name.substr(0, bar)), ""});
    value_name.remove_prefix(std::min(bar + 1, value_name.size()));
  }
}

void offer_options(Completion& completion, std::string_view typed, const CommandGrammar& command) {
  for (const OptionGrammar& option : command.options) {
    for (const std::string& name : option.names) {
      if (name.starts_with("--") || typed == "-") offer(completion, typed, {name, option.help});
    }
  }
}

// How many words after the command's name are arguments of its own.
std::size_t arguments_before(const CommandGrammar& command, const std::vector<std::string>& words,
                             std::size_t begin) {
  std::size_t count = 0;
  for (std::size_t i = begin; i + 1 < words.size(); ++i) {
    if (!is_option(words[i])) {
      ++count;
      continue;
    }
    const OptionGrammar* option = find_option(command, words[i]);
    if (option != nullptr && !option->value_name.empty()) ++i;
  }
  return count;
}

void offer_argument(Completion& completion, std::string_view typed, const CommandGrammar& command,
                    std::size_t index, const NamesOf& names_of) {
  if (command.positionals.empty()) return;
  const PositionalGrammar& last = command.positionals.back();
  if (index < command.positionals.size()) {
    offer_values(completion, typed, command.positionals[index].name, names_of);
  } else if (last.repeats) {
    offer_values(completion, typed, last.name, names_of);
  }
}

}  // namespace

Completion complete(const CommandGrammar& root, const std::vector<std::string>& words,
                    const NamesOf& names_of) {
  Completion completion;
  const std::string typed = words.empty() ? std::string() : words.back();
  const std::vector<std::string> before(words.begin(), words.end() - (words.empty() ? 0 : 1));
  const GrammarPlace place = find_command(root, before);
  const CommandGrammar& command = *place.command;
  if (!before.empty() && is_option(before.back())) {
    const OptionGrammar* option = find_option(command, before.back());
    if (option != nullptr && !option->value_name.empty()) {
      offer_values(completion, typed, option->value_name, names_of);
      return completion;
    }
  }
  if (is_option(typed) || typed == "-") {
    offer_options(completion, typed, command);
    return completion;
  }
  for (const CommandGrammar& child : command.subcommands) {
    if (!child.hidden) offer(completion, typed, {child.name, child.summary});
  }
  offer_argument(completion, typed, command, arguments_before(command, words, place.words),
                 names_of);
  return completion;
}

std::string completion_script(std::string_view shell) {
  if (shell == "bash") return std::string(kBash);
  if (shell == "zsh") return std::string(kZsh);
  if (shell == "fish") return std::string(kFish);
  throw Error(ErrorCode::kInvalidArgument, "no completion for \"" + std::string(shell) + "\"",
              "there is one for bash, zsh and fish");
}

}  // namespace estiba::cli
