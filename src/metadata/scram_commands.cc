// The command of MetadataStore that changes SCRAM credentials, with Kafka's checks in Kafka's
// order. Source: ScramControlManager of Apache Kafka 4.3.
#include <map>
#include <utility>

#include "base/check.h"
#include "metadata/image_builder.h"
#include "metadata/metadata_store.h"

namespace odradek::metadata {
namespace {

// What a request wants of one user. A second wish for the same user spoils both.
struct Wish {
  std::string_view user;
  Outcome outcome;
  const ScramDeletion* deletion = nullptr;
  const ScramUpsertion* upsertion = nullptr;
};

class Wishes {
 public:
  // Null if the user needs no more judging: what follows a refusal is not looked at.
  Wish* Add(std::string_view user) {
    const auto [at, is_new] = places_.try_emplace(user, wishes_.size());
    if (is_new) return &wishes_.emplace_back(Wish{.user = user, .outcome = {}});
    Wish& wish = wishes_[at->second];
    if (wish.outcome.ok()) {
      wish.outcome = Refuse(ErrorCode::kDuplicateResource,
                            "A user credential cannot be altered twice in the same request");
    }
    return nullptr;
  }
  std::vector<Wish>& all() { return wishes_; }

 private:
  std::vector<Wish> wishes_;  // by first mention
  std::map<std::string_view, size_t> places_;
};

Outcome Validate(std::string_view user, int8_t mechanism) {
  if (user.empty()) return Refuse(ErrorCode::kUnacceptableCredential, "Username must not be empty");
  if (ScramMechanismOf(mechanism) == ScramMechanism::kUnknown)
    return Refuse(ErrorCode::kUnsupportedSaslMechanism, "Unknown SCRAM mechanism");
  return {};
}

Outcome Validate(const ScramDeletion& deletion, const ScramCredentials& credentials) {
  Outcome outcome = Validate(deletion.user, deletion.mechanism);
  if (!outcome.ok()) return outcome;
  const ScramName name{std::string(deletion.user), ScramMechanismOf(deletion.mechanism)};
  if (credentials.contains(name)) return outcome;
  return Refuse(ErrorCode::kResourceNotFound,
                "Attempt to delete a user credential that does not exist");
}

Outcome Validate(const ScramUpsertion& upsertion) {
  Outcome outcome = Validate(upsertion.user, upsertion.mechanism);
  if (!outcome.ok()) return outcome;
  if (upsertion.iterations < kScramIterationsMin)
    return Refuse(ErrorCode::kUnacceptableCredential, "Too few iterations");
  if (upsertion.iterations > kScramIterationsMax)
    return Refuse(ErrorCode::kUnacceptableCredential, "Too many iterations");
  if (!upsertion.keys) return Refuse(ErrorCode::kUnknownServerError, "The password has no keys");
  return outcome;
}

ScramRecord RecordOf(const Wish& wish) {
  if (wish.deletion != nullptr) {
    return {{std::string(wish.user), ScramMechanismOf(wish.deletion->mechanism)}, std::nullopt};
  }
  const ScramUpsertion& asked = *wish.upsertion;
  return {{std::string(wish.user), ScramMechanismOf(asked.mechanism)},
          ScramCredential{std::string(asked.salt), *asked.keys, asked.iterations}};
}

// Deletions, then upsertions, then what was refused, as Kafka answers.
std::vector<AlteredUser> Answers(std::vector<Wish>& wishes) {
  std::vector<AlteredUser> answers;
  const auto add_where = [&](auto&& matches) {
    for (Wish& wish : wishes) {
      if (matches(wish)) answers.push_back({wish.user, std::move(wish.outcome)});
    }
  };
  add_where([](const Wish& wish) { return wish.outcome.ok() && wish.deletion != nullptr; });
  add_where([](const Wish& wish) { return wish.outcome.ok() && wish.upsertion != nullptr; });
  add_where([](const Wish& wish) { return !wish.outcome.ok(); });
  return answers;
}

}  // namespace

std::vector<AlteredUser> MetadataStore::AlterScramCredentials(
    std::span<const ScramDeletion> deletions, std::span<const ScramUpsertion> upsertions) {
  MutexLock lock(mutex_);
  ImageBuilder builder(image());
  Wishes wishes;
  for (const ScramDeletion& deletion : deletions) {
    Wish* wish = wishes.Add(deletion.user);
    if (wish == nullptr) continue;
    wish->deletion = &deletion;
    wish->outcome = Validate(deletion, builder.image().scram_credentials());
  }
  for (const ScramUpsertion& upsertion : upsertions) {
    Wish* wish = wishes.Add(upsertion.user);
    if (wish == nullptr) continue;
    wish->upsertion = &upsertion;
    wish->outcome = Validate(upsertion);
  }
  for (const Wish& wish : wishes.all()) {
    if (!wish.outcome.ok()) continue;
    const Status added = builder.Add(RecordOf(wish));
    CHECK(added.ok());
  }
  Outcome failure;
  if (builder.records().size() > kRecordsPerCommandMax) {
    failure = Refuse(ErrorCode::kUnknownServerError, "Cannot change more than " +
                                                         std::to_string(kRecordsPerCommandMax) +
                                                         " credentials in a single operation.");
  } else if (!builder.records().empty()) {
    if (const Status committed = Commit(builder); !committed.ok())
      failure = NotJournalled(committed);
  }
  if (!failure.ok()) {
    for (Wish& wish : wishes.all()) wish.outcome = failure;
  }
  return Answers(wishes.all());
}

}  // namespace odradek::metadata
