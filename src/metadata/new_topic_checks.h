// What every new topic is asked, however it is made. Pure functions.
#pragma once

#include <string_view>

#include "metadata/commands.h"
#include "metadata/metadata_image.h"

namespace odradek::metadata {

// The name is legal, free, and differs from all others in more than dots and underscores.
Outcome CheckNewName(const MetadataImage& image, std::string_view name);

}  // namespace odradek::metadata
