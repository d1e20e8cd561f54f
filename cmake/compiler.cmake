# One dialect, one set of warnings, for gcc 12 and clang 14 alike.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# Checks stay on in every build: NDEBUG is never defined, optimisation is named here alone.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")  # stacks with line numbers, and no more
set(CMAKE_CXX_FLAGS_CHECK "-O0")         # for what the compiler says, not for what it makes
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")

add_library(odradek_flags INTERFACE)
target_compile_options(odradek_flags INTERFACE -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)
target_include_directories(odradek_flags INTERFACE
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/src ${PROJECT_BINARY_DIR}/generated)
target_compile_definitions(odradek_flags INTERFACE ODRADEK_VERSION="${PROJECT_VERSION}")
# A file is named in logs by its place in the tree, whatever the tree is called on this machine.
file(RELATIVE_PATH source_from_build ${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR})
string(REGEX REPLACE "/$" "" source_from_build "${source_from_build}")
target_compile_options(odradek_flags INTERFACE
  -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/= -fmacro-prefix-map=${source_from_build}/=)

if(ODRADEK_CHECKS)
  target_compile_definitions(odradek_flags INTERFACE ODRADEK_CHECKS=1)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(odradek_flags INTERFACE -Wthread-safety)
endif()
if(ODRADEK_SANITIZE)
  target_compile_options(odradek_flags INTERFACE
    -fsanitize=${ODRADEK_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # The checks that sanitizers insert hide from gcc what is initialized.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(odradek_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_link_options(odradek_flags INTERFACE -fsanitize=${ODRADEK_SANITIZE})
endif()
if(ODRADEK_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "ODRADEK_FUZZ needs clang")
  endif()
  target_compile_options(odradek_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(ODRADEK_STATIC)
  target_compile_options(odradek_flags INTERFACE -ffunction-sections -fdata-sections)
  # Relative relocations as a bitmap: 176 KiB that are not in the file, nor in memory at start.
  target_link_options(odradek_flags INTERFACE
    -static-pie -Wl,--gc-sections -Wl,-z,pack-relative-relocs)
endif()
if(ODRADEK_LTO)
  target_compile_options(odradek_flags INTERFACE -flto=auto -fno-fat-lto-objects)
  target_link_options(odradek_flags INTERFACE -flto=auto)
endif()

# Build directories below build/ share one cache: paths are hashed relative to the tree. A header
# that changes while it is compiled must not be cached: its time stamps count.
find_program(ODRADEK_CCACHE_PROGRAM ccache)
if(ODRADEK_CCACHE AND ODRADEK_CCACHE_PROGRAM)
  set(launcher ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_COMPILERCHECK=content
    CCACHE_SLOPPINESS=time_macros
    ${ODRADEK_CCACHE_PROGRAM})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# Links eat memory: one at a time, beside the compilers.
if(CMAKE_GENERATOR STREQUAL "Ninja")
  set_property(GLOBAL PROPERTY JOB_POOLS odradek_link=1)
  set(CMAKE_JOB_POOL_LINK odradek_link)
endif()
