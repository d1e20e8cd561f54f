// Server: the object graph of one broker process, made in layer order and torn down in reverse.
//
// Owner: the command line. Thread: Start and the destructor on one thread; Run on the same; Stop on
// any. Errors of Start: kInvalid (options, properties), kExists (port or directory is taken),
// kFatal.
#pragma once

#include <memory>
#include <string>

#include "app/serve_options.h"
#include "base/result.h"
#include "base/unique_function.h"

namespace odradek::app {

class Server {
 public:
  // Answers that wait for clients to read them get this long at a stop.
  static constexpr Millis kFlushMsMax = 50;

  // Listens when it returns; serves from Run() on.
  static Result<std::unique_ptr<Server>> Start(const ServeOptions& options);
  ~Server();

  // "localhost:9092", comma-separated for several nodes.
  std::string bootstrap() const;
  // Serves until Stop() or one of runtime::StopSignals(). `on_serving` is called once when the
  // loops run.
  Status Run(UniqueFunction<void()> on_serving = nullptr);
  void Stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace odradek::app
