# What a build can be. CMakePresets.json sets these; nothing else should.
option(ODRADEK_STATIC "Link one static-pie binary that needs no shared library" OFF)
option(ODRADEK_LTO "Optimise across files at link time" OFF)
option(ODRADEK_TESTS "Build the test binaries and testing/ libraries" ON)
option(ODRADEK_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(ODRADEK_CHECKS "Keep the checks that only development pays for" OFF)
option(ODRADEK_CCACHE "Compile through ccache where it is installed" ON)
set(ODRADEK_SANITIZE "" CACHE STRING "Sanitizers: address,undefined | thread")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
