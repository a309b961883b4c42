// Identity providers as an operator configures them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace estiba::registry {

// Who may make an account for themselves.
enum class SignUp { kClosed, kInvitation, kOpen };

enum class ProviderKind { kOpenId, kGitHub };

struct ProviderSettings {
  std::string name;   // part of the URL that the provider sends browsers back to
  std::string title;  // on the button
  ProviderKind kind = ProviderKind::kOpenId;
  std::string url;      // the issuer; of GitHub where people sign in
  std::string api_url;  // of GitHub
  std::string client_id;
  std::string client_secret;  // empty: a public client
  std::vector<std::string> scopes;
  // Who has no account here yet: kInvitation takes one that was sent to the address which the
  // provider has verified.
  SignUp sign_up = SignUp::kClosed;
  // Verified addresses must end in one of these, and people of GitHub belong to one of those;
  // empty: whoever the provider lets in.
  std::vector<std::string> email_domains;
  std::vector<std::string> organisations;
  // Lets people with a second factor here in without asking for it, as the provider has its own.
  bool trust_second_factor = false;
  // Of one question to the provider, all in all; people wait for it.
  std::chrono::seconds timeout{10};
};

// Fills in what follows from the rest, and throws kInvalidArgument for what cannot work; names must
// be different.
void complete_providers(std::vector<ProviderSettings>& providers);

}  // namespace estiba::registry
