#include <utility>

#include "api/handler.h"
#include "base/check.h"
#include "broker/cluster.h"

namespace odradek::api {

ResponderBase::~ResponderBase() {
  if (!exchange_) return;
#if defined(ODRADEK_CHECKS)
  // Whoever lost this responder left a client waiting; a connection that is gone waits no more.
  CHECK(!exchange_->connected() || context_->cluster().is_closing());
#endif
  exchange_->Abort("the broker dropped the request");
}

void ResponderBase::SendNothing() { TakeExchange()->SendNothing(); }

void ResponderBase::Abort(std::string_view reason) { TakeExchange()->Abort(reason); }

bool ResponderBase::PassesHook(fault::Message response) {
  fault::ExchangeHook* hook = context_->hook();
  if (hook == nullptr) return true;
  switch (hook->After(context_->call(), response)) {
    case fault::Verdict::kContinue:
      return true;
    case fault::Verdict::kDropAnswer:
      SendNothing();
      return false;
    case fault::Verdict::kClose:
      Abort("a rule closes it after the call");
      return false;
  }
  UNREACHABLE();
}

}  // namespace odradek::api
