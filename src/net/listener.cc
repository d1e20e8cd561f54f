#include "net/listener.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/log.h"

namespace odradek::net {

// A poll handle must outlive the listener until libuv has let go of it.
struct Listener::Socket {
  uv_poll_t poll;
  UniqueFd fd;
  Listener* listener;
};

Listener::Listener(runtime::Loop& loop, ServerContext& context, ListenerOptions options,
                   BoundSockets sockets, OnAccept on_accept)
    : loop_(loop),
      context_(context),
      options_(std::move(options)),
      port_(sockets.port),
      on_accept_(std::move(on_accept)),
      spare_(::eventfd(0, EFD_CLOEXEC)) {
  for (UniqueFd& fd : sockets.sockets) {
    auto* socket = new Socket{{}, std::move(fd), this};
    CHECK_EQ(uv_poll_init(loop_.uv(), &socket->poll, socket->fd.get()), 0);
    socket->poll.data = socket;
    uv_poll_start(&socket->poll, UV_READABLE, [](uv_poll_t* poll, int, int) {
      auto* ready = static_cast<Socket*>(poll->data);
      ready->listener->AcceptSome(ready->fd.get());
    });
    sockets_.push_back(socket);
  }
}

Listener::~Listener() {
  for (Socket* socket : sockets_) {
    uv_close(reinterpret_cast<uv_handle_t*>(&socket->poll),
             [](uv_handle_t* handle) { delete static_cast<Socket*>(handle->data); });
    socket->fd = UniqueFd();
  }
}

void Listener::AcceptSome(int listening) {
  for (int i = 0; i < kAcceptsPerTick; ++i) {
    if (!AcceptOne(listening)) return;
  }
}

bool Listener::AcceptOne(int listening) {
  Address peer;
  peer.length = sizeof(peer.storage);
  UniqueFd socket(::accept4(listening, peer.get(), &peer.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!socket) {
    if (errno == EMFILE || errno == ENFILE) ShedWithoutDescriptors(listening);
    return errno == ECONNABORTED || errno == EINTR;
  }
  Address local;
  local.length = sizeof(local.storage);
  if (::getsockname(socket.get(), local.get(), &local.length) != 0) return true;

  wire::ConnectionInfo info;
  info.id = context_.last_connection_id.fetch_add(1, std::memory_order_relaxed) + 1;
  info.node_id = options_.node_id;
  info.listener = options_.name;
  info.local_host = local.host();
  info.local_port = local.port();
  info.peer_host = peer.host();
  info.peer_port = peer.port();
  const std::string_view limit = context_.quota.Admit(info.peer_host);
  if (!limit.empty()) {
    context_.LogClosed(info, "the limit " + std::string(limit) + " is reached", loop_.TickTimeMs());
    return true;
  }
  on_accept_(std::move(socket), std::move(info));
  return true;
}

void Listener::ShedWithoutDescriptors(int listening) {
  // A connection left in the queue would wake the loop again and again.
  spare_ = UniqueFd();
  { const UniqueFd shed(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC)); }
  spare_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  int64_t suppressed = 0;
  if (context_.log_limiter.Allow(loop_.TickTimeMs(), &suppressed)) {
    LOG_WARN("refused a connection on port {}: the process is out of file descriptors", port_);
  }
  errno = EAGAIN;
}

}  // namespace odradek::net
