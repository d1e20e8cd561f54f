// power-cuts [--images N] [--seed N] [--steps N] [--control no-sync]: cuts the power of a real
// ext4.
//
// A workload runs on an ext4 whose disk is a BlockRecorder. Then, as often as asked: a point in the
// record is drawn; the disk holds all writes up to the last flush before it, and each later one
// with one half of the chance, some of them torn at 512 bytes; the image is mounted, which replays
// the journal of ext4, and what was acknowledged by then must be served. Needs root, libfuse3 and
// loop devices. With the control, nothing is synced and acknowledged all the same: then losses must
// be found, or this program proves nothing.
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "tests/durability/power_cuts/block_recorder.h"
#include "tests/durability/power_cuts/loop_mount.h"
#include "tests/durability/recovery_check.h"
#include "tests/durability/workload.h"

namespace odradek::durability {
namespace {

namespace fs = std::filesystem;

constexpr size_t kImageBytes = 24 << 20;
constexpr int64_t kSectorBytes = 512;

struct Options {
  int images = 100;
  uint64_t seed = 1;
  int steps = 120;
  bool control = false;  // acknowledge without a sync
};

// What clients knew when the record had this length.
struct Known {
  size_t recorded = 0;
  Model model;
};

bool MakeFileSystem(const std::string& image) {
  std::string arguments[] = {"mkfs.ext4", "-q", "-F", image};
  char* pointers[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(),
                      arguments[3].data(), nullptr};
  pid_t child = -1;
  if (posix_spawnp(&child, pointers[0], nullptr, nullptr, pointers, environ) != 0) return false;
  int status = -1;
  return waitpid(child, &status, 0) == child && status == 0;
}

class PowerCuts {
 public:
  explicit PowerCuts(const Options& options) : options_(options), random_(options.seed) {
    std::string pattern = (fs::path("/dev/shm") / "power_cuts.XXXXXX").string();
    where_ = mkdtemp(pattern.data());
    for (const char* name : {"fuse", "live", "after"}) fs::create_directory(where_ / name);
  }
  ~PowerCuts() { fs::remove_all(where_); }

  Status Run() {
    RETURN_IF_ERROR(MakeBase());
    BlockRecorder recorder(base_);
    RETURN_IF_ERROR(recorder.Start(where_ / "fuse"));
    RETURN_IF_ERROR(Record(recorder));
    recorder.Stop();
    flushes_ = 0;
    for (size_t i = 0; i < recorder.count(); ++i) flushes_ += recorder.at(i).size == 0 ? 1 : 0;
    for (int i = 0; i < options_.images; ++i) RETURN_IF_ERROR(CutOnce(recorder));
    std::printf(
        "%d power cuts of ext4 among %zu writes and %zu flushes, %lld acknowledged writes, %d not "
        "sound, %d that ext4 does not mount, seed %llu\n",
        options_.images, recorder.count() - flushes_, flushes_,
        static_cast<long long>(acknowledged_), failed_, unmountable_,
        static_cast<unsigned long long>(options_.seed));
    return Status();
  }
  int failed() const { return failed_; }

 private:
  Status MakeBase() {
    const fs::path image = where_ / "base";
    std::ofstream(image).close();
    fs::resize_file(image, kImageBytes);
    if (!MakeFileSystem(image)) return Fatal("mkfs.ext4 failed");
    std::ifstream in(image, std::ios::binary);
    base_.assign(std::istreambuf_iterator<char>(in), {});
    return base_.size() == kImageBytes ? Status() : Fatal("the image cannot be read");
  }

  Status Record(BlockRecorder& recorder) {
    LoopMount mount;
    RETURN_IF_ERROR(mount.Mount(where_ / "fuse" / "disk", where_ / "live", /*direct=*/true));
    {
      const std::unique_ptr<Files> files = MakePosixFiles(where_ / "live");
      Workload workload(*files, options_.control ? Mode::kProcess : Mode::kPower, options_.seed);
      RETURN_IF_ERROR(workload.Start());
      Note(recorder, workload);
      for (int step = 0; step < options_.steps; ++step) {
        RETURN_IF_ERROR(workload.Step());
        Note(recorder, workload);
      }
      workload.Finish();
      Note(recorder, workload);
      acknowledged_ = workload.acknowledged();
    }
    mount.Unmount();
    return Status();
  }

  void Note(const BlockRecorder& recorder, Workload& workload) {
    known_.push_back({recorder.count(), workload.model()});
  }

  // What clients know at a cut: all answers up to the last note before it; what they tried up to
  // the next one.
  Model KnownAt(size_t cut) const {
    size_t last = 0;
    while (last + 1 < known_.size() && known_[last + 1].recorded <= cut) ++last;
    const Model& before = known_[last].model;
    const Model& after = known_[std::min(last + 1, known_.size() - 1)].model;
    Model known = after;
    known.history.ForgetAnswersSince(before.history.mark());
    known.journal = before.journal;
    if (after.journal.size() > before.journal.size()) known.journal_waiting = after.journal.back();
    for (size_t i = 0; i < known.logs.size(); ++i) {
      LogModel& log = known.logs[i];
      const LogModel& earlier = before.logs[i];
      log.waiting.clear();
      log.last_of_producer.clear();
      const bool same = earlier.id.topic_id == log.id.topic_id;
      if (same) log.last_of_producer = earlier.last_of_producer;
      log.must_start = same ? earlier.must_start : 0;
      log.acked = earlier.acked;  // of the compacted log, which is never made again
    }
    return known;
  }

  Status CutOnce(const BlockRecorder& recorder) {
    const size_t cut = static_cast<size_t>(random_.Below(recorder.count() + 1));
    const std::string image = ImageAt(recorder, cut);
    const fs::path path = where_ / "cut";
    std::ofstream(path, std::ios::binary)
        .write(image.data(), static_cast<std::streamsize>(image.size()));
    LoopMount mount;
    const Status mounted = mount.Mount(path, where_ / "after", /*direct=*/false);
    // ext4 does not survive a torn superblock of its own: nothing of ours was asked.
    if (!mounted.ok()) {
      ++unmountable_;
      return unmountable_ <= options_.images / 10 + 1 ? Status() : mounted;
    }
    std::string wrong;
    {
      const std::unique_ptr<Files> files = MakePosixFiles(where_ / "after");
      Model known = KnownAt(cut);
      RecoveryOptions recovery;
      recovery.mode = options_.control ? Mode::kProcess : Mode::kPower;
      recovery.boot = 1'000;
      wrong = CheckRecovery(*files, known, recovery);
    }
    mount.Unmount();
    if (wrong.empty()) return Status();
    ++failed_;
    if (failed_ <= 5) std::printf("cut at %zu of %zu: %s\n", cut, recorder.count(), wrong.c_str());
    return Status();
  }

  std::string ImageAt(const BlockRecorder& recorder, size_t cut) {
    std::string image = base_;
    size_t flushed = cut;
    while (flushed > 0 && recorder.at(flushed - 1).size != 0) --flushed;
    for (size_t i = 0; i < cut; ++i) {
      const BlockRecorder::Write write = recorder.at(i);
      const bool certain = i < flushed;
      if (!certain && random_.Below(2) == 0) continue;
      const bool torn = !certain && random_.Below(8) == 0;
      const char* const from = recorder.data() + write.data_at;
      for (int64_t at = 0; at < write.size; at += kSectorBytes) {
        const int64_t size = std::min(kSectorBytes, write.size - at);
        if (torn && random_.Below(2) == 0) continue;
        std::copy(from + at, from + at + size, image.data() + write.offset + at);
      }
    }
    return image;
  }

  const Options options_;
  SeededRandom random_;
  fs::path where_;
  std::string base_;
  std::vector<Known> known_;
  size_t flushes_ = 0;
  int64_t acknowledged_ = 0;
  int failed_ = 0;
  int unmountable_ = 0;
};

int Main(int argc, char** argv) {
  log::SetLevel(log::Level::kOff);
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--images") options.images = std::stoi(value);
    if (name == "--seed") options.seed = std::stoull(value);
    if (name == "--steps") options.steps = std::stoi(value);
    if (name == "--control") options.control = true;
  }
  PowerCuts cuts(options);
  const Status status = cuts.Run();
  if (!status.ok()) {
    std::printf("%s\n", status.ToString().c_str());
    return 2;
  }
  return (cuts.failed() != 0) == options.control ? 0 : 1;
}

}  // namespace
}  // namespace odradek::durability

int main(int argc, char** argv) { return odradek::durability::Main(argc, argv); }
