# One call per folder; no source file is listed anywhere.
#
#   base/CMakeLists.txt:     odradek_library(NAME base DEPS deps::spdlog)
#   storage/CMakeLists.txt:  odradek_library(NAME storage DEPS base protocol_records)
#   src/api/CMakeLists.txt:  odradek_library(NAME api RECURSIVE DEPS broker protocol)
#
# makes, from the *.cc of the folder (with RECURSIVE: of its subfolders too):
#   odradek_<name>           all but *_test.cc, *_bench.cc, *_fuzz.cc and testing/
#   odradek_<name>_testing   testing/*.cc, where that folder exists: fakes that others may link
#   <name>_test              one gtest binary of all *_test.cc, run by ctest as <name>
#   <name>_bench             one binary of all *_bench.cc, built only with the target `benches`
#   <name>_fuzz_<file>       one libFuzzer binary per *_fuzz.cc, in the fuzz build only
#
# FOLDER <dir>        the folder of the sources, if it is not the one of the CMakeLists.txt
# DEPS <name>...      libraries this one includes: folder names, or deps::<name> of the distribution
# TEST_DEPS <name>... what the tests include beyond that (storage_testing, deps::gmock, ...)
# TESTING_DEPS        what testing/ includes beyond the library itself
# SOURCES <file>...   generated sources, beyond what the folder holds
function(odradek_library)
  cmake_parse_arguments(arg "RECURSIVE" "NAME;FOLDER" "DEPS;TEST_DEPS;TESTING_DEPS;SOURCES" ${ARGN})
  if(arg_UNPARSED_ARGUMENTS OR NOT arg_NAME)
    message(FATAL_ERROR "odradek_library: NAME missing or unknown words: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  if(NOT arg_FOLDER)
    set(arg_FOLDER ${CMAKE_CURRENT_SOURCE_DIR})
  endif()
  get_filename_component(folder ${arg_FOLDER} ABSOLUTE)
  if(arg_RECURSIVE)
    file(GLOB_RECURSE all CONFIGURE_DEPENDS ${folder}/*.cc)
  else()
    file(GLOB all CONFIGURE_DEPENDS ${folder}/*.cc)
  endif()
  set(sources ${all})
  list(FILTER sources EXCLUDE REGEX "(_test|_bench|_fuzz)\\.cc$")
  list(FILTER sources EXCLUDE REGEX "/testing/")
  set(tests ${all})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  set(fuzzers ${all})
  list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cc$")

  odradek_add_library(odradek_${arg_NAME} "${sources};${arg_SOURCES}" "${arg_DEPS}")
  set(benches ${all})
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  if(benches)
    odradek_bench(NAME ${arg_NAME} SOURCES ${benches} DEPS ${arg_NAME})
  endif()

  if(NOT ODRADEK_TESTS)
    return()
  endif()
  set(test_libraries ${arg_NAME})

  file(GLOB testing CONFIGURE_DEPENDS ${folder}/testing/*.cc)
  list(FILTER testing EXCLUDE REGEX "_test\\.cc$")
  if(IS_DIRECTORY ${folder}/testing)
    odradek_add_library(odradek_${arg_NAME}_testing "${testing}" "${arg_NAME};${arg_TESTING_DEPS}")
    list(APPEND test_libraries ${arg_NAME}_testing)
    file(GLOB testing_tests CONFIGURE_DEPENDS ${folder}/testing/*_test.cc)
    list(APPEND tests ${testing_tests})
    list(REMOVE_DUPLICATES tests)
  endif()

  if(tests)
    odradek_test(NAME ${arg_NAME} SOURCES ${tests} DEPS ${test_libraries} ${arg_TEST_DEPS})
  endif()
  foreach(fuzzer IN LISTS fuzzers)
    get_filename_component(stem ${fuzzer} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" stem ${stem})
    odradek_fuzzer(NAME ${arg_NAME}_fuzz_${stem} SOURCES ${fuzzer}
      DEPS ${test_libraries} ${arg_TEST_DEPS})
  endforeach()
endfunction()

# A folder of headers alone is an interface library, so that every folder can be named in DEPS.
function(odradek_add_library target sources deps)
  list(FILTER sources INCLUDE REGEX ".")
  list(FILTER deps INCLUDE REGEX ".")
  if(sources)
    add_library(${target} STATIC ${sources})
    set(scope PUBLIC)
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${target} ${scope} odradek_flags)
  odradek_link(${target} ${scope} ${deps})
endfunction()

# odradek_test(NAME n SOURCES ... DEPS ... [TIMEOUT seconds]): binary <n>_test, ctest name <n>.
function(odradek_test)
  if(NOT ODRADEK_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "NAME;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${arg_NAME}_test ${arg_SOURCES})
  odradek_link(${arg_NAME}_test PRIVATE ${arg_DEPS} deps::gtest_main)
  target_link_libraries(${arg_NAME}_test PRIVATE odradek_flags)
  add_test(NAME ${arg_NAME} COMMAND ${arg_NAME}_test WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${arg_NAME} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()

# odradek_bench(NAME n SOURCES ... DEPS ...): binary <n>_bench on Google Benchmark, where installed.
add_custom_target(benches)
function(odradek_bench)
  if(NOT TARGET deps::benchmark)
    return()
  endif()
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${arg_NAME}_bench EXCLUDE_FROM_ALL ${arg_SOURCES})
  odradek_link(${arg_NAME}_bench PRIVATE ${arg_DEPS} deps::benchmark_main)
  target_link_libraries(${arg_NAME}_bench PRIVATE odradek_flags)
  add_dependencies(benches ${arg_NAME}_bench)
endfunction()

# odradek_binary(NAME n SOURCES ... DEPS ...): an executable, put at the top of the build directory.
function(odradek_binary)
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  odradek_link(${arg_NAME} PRIVATE ${arg_DEPS})
  target_link_libraries(${arg_NAME} PRIVATE odradek_flags)
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
endfunction()

# odradek_fuzzer(NAME n SOURCES ... DEPS ...): seeds come from tests/corpus/<n>/, if it is there.
add_custom_target(fuzzers)
function(odradek_fuzzer)
  if(NOT ODRADEK_FUZZ)
    return()
  endif()
  cmake_parse_arguments(arg "" "NAME" "SOURCES;DEPS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  odradek_link(${arg_NAME} PRIVATE ${arg_DEPS})
  target_link_libraries(${arg_NAME} PRIVATE odradek_flags)
  target_link_options(${arg_NAME} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${arg_NAME} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(fuzzers ${arg_NAME})
endfunction()
