// The brokers of the cluster as one client can reach them: those with the listener it came by.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/handler.h"
#include "broker/cluster.h"
#include "metadata/metadata_image.h"

namespace odradek::api {

class BrokerEndpoints {
 public:
  struct Entry {
    int32_t id;
    std::string host;
    int32_t port;
    std::string_view rack;  // the node's; empty: none
  };

  explicit BrokerEndpoints(RequestContext& context) {
    for (const broker::Node& node : context.cluster().nodes()) {
      std::optional<broker::Endpoint> endpoint = node.AdvertisedFor(context.connection());
      if (endpoint)
        entries_.push_back({node.id(), std::move(endpoint->host), endpoint->port, node.rack()});
    }
  }

  const std::vector<Entry>& entries() const { return entries_; }
  bool Has(int32_t id) const {
    return std::any_of(entries_.begin(), entries_.end(),
                       [id](const Entry& e) { return e.id == id; });
  }
  // Any broker takes the requests that older Kafkas want their controller for; clients need one
  // that is in the list. -1 if the list is empty.
  int32_t ControllerId(const metadata::MetadataImage& image) const {
    if (Has(image.controller_id())) return image.controller_id();
    return entries_.empty() ? -1 : entries_.front().id;
  }
  // Those of `ids` that the client cannot reach.
  Array<int32_t> Missing(Arena& arena, const std::vector<int32_t>& ids) const {
    Array<int32_t> missing;
    for (const int32_t id : ids) {
      if (!Has(id)) missing.Add(arena, id);
    }
    return missing;
  }

 private:
  std::vector<Entry> entries_;
};

// Answers may be patched by faults, so that they never point into the shared image.
inline Array<int32_t> CopyIds(Arena& arena, const std::vector<int32_t>& ids) {
  Array<int32_t> copy = Array<int32_t>::Make(arena, ids.size());
  std::copy(ids.begin(), ids.end(), copy.begin());
  return copy;
}

}  // namespace odradek::api
