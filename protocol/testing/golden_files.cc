#include "protocol/testing/golden_files.h"

#include <cctype>
#include <fstream>
#include <sstream>

namespace odradek {
namespace {

std::string FromBase64(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) break;
    group = (group << 6 | static_cast<uint32_t>(digit)) & 0xFFFFFF;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(group >> bits));
  }
  return bytes;
}

std::string SnakeCase(std::string_view name) {
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = isupper(name[i]) != 0;
    const bool starts =
        i > 0 && upper &&
        (islower(name[i - 1]) != 0 || (i + 1 < name.size() && islower(name[i + 1]) != 0));
    if (starts) snake.push_back('_');
    snake.push_back(static_cast<char>(tolower(name[i])));
  }
  return snake;
}

}  // namespace

std::vector<GoldenInstance> LoadGoldens(std::string_view codec, std::string_view message) {
  std::ifstream file(std::string(kGoldenFolder) + std::string(codec) + "/" + SnakeCase(message) +
                     ".txt");
  std::vector<GoldenInstance> instances;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    GoldenInstance instance;
    std::string bytes;
    words >> instance.version >> instance.shape >> bytes >> std::ws;
    std::getline(words, instance.json);
    instance.bytes = FromBase64(bytes);
    instances.push_back(std::move(instance));
  }
  return instances;
}

}  // namespace odradek
