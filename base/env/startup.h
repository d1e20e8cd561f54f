// What a process was given by whoever started it. For main() and the reading of the command line,
// before there are threads.
//
// Errors: kInvalid (a file beyond its limit), else what the system says of the path.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"

namespace odradek {

// Puts /dev/null in place of each standard stream that was closed: the next file or socket would
// get its number otherwise, and with it the log lines. To be called before anything is opened.
Status OpenClosedStandardStreams();

// A whole file that somebody named; it may be a pipe, whose size nobody knows.
Result<std::string> ReadNamedFile(const std::string& path, size_t bytes_max);

// `path` from the root on, without links, "." and ".."; as it is if it leads nowhere.
std::string AbsolutePath(const std::string& path);

// Names the current run of the operating system; empty where it does not tell.
std::string ReadBootId();

}  // namespace odradek
