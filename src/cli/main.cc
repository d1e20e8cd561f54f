// Reads the command line and hands over to one sub-command.
#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "app/node_plan.h"
#include "base/env/startup.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"

extern char** environ;

namespace odradek::cli {
namespace {

std::vector<std::pair<std::string, std::string>> Environment() {
  std::vector<std::pair<std::string, std::string>> variables;
  for (char** at = environ; *at != nullptr; ++at) {
    const std::string entry = *at;
    const size_t equals = entry.find('=');
    if (equals != std::string::npos)
      variables.emplace_back(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return variables;
}

struct Arguments {
  app::ServeOptions serve;
  std::vector<std::string> node_settings;
  std::string log_level = "info";
  std::vector<std::string> command;
  std::string bootstrap;
  int timeout_ms = 2000;
  std::vector<std::string> paths;
  std::vector<std::string> topics;
  std::string directory;
  bool partitions = false;
  bool records = false;
  std::string decode = "auto";
  bool json = false;
};

void AddServeOptions(CLI::App& app, Arguments& arguments) {
  app::ServeOptions& serve = arguments.serve;
  app.add_option("--data-dir", serve.data_dir,
                 "Keep everything in this directory; without it, in memory");
  app.add_option("--port", serve.port,
                 "Port of the first node, before what listeners says; 0 takes free ports (default "
                 "9092)")
      ->check(CLI::Range(0, UINT16_MAX));
  app.add_option("--brokers", serve.brokers, "Virtual brokers in this process (default 1)")
      ->check(CLI::Range(1, app::kBrokersMax));
  app.add_option("--set", serve.settings, "name=value: any Kafka broker property; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--node-set", arguments.node_settings,
                 "ID:name=value: a property of one virtual broker; may be repeated")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--config", serve.config_file,
                 "A server.properties file with Kafka's property names");
  app.add_option("--ready-file", serve.ready_file,
                 "Written when the listeners serve, removed at the stop: a JSON object with the "
                 "addresses");
  app.add_option("--threads", serve.threads, "Event loops (default: by the number of cores)")
      ->check(CLI::Range(1, 64));
  app.add_option("--log-level", arguments.log_level,
                 "debug, info, warn, error or off (default info)");
}

void AddExecOptions(CLI::App& exec, Arguments& arguments) {
  exec.add_option("command", arguments.command, "The command and its arguments")->required();
  exec.positionals_at_end();
  exec.footer("Takes the options of serve, in front of --.");
}

void AddImportOptions(CLI::App& import, Arguments& arguments) {
  import
      .add_option("directory", arguments.paths,
                  "Log directories of stopped brokers, or folders that partitions were copied to")
      ->required();
  import.add_option("--topic", arguments.topics, "Only this topic; may be repeated (default all)")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  import.add_flag("--partitions", arguments.partitions,
                  "A line for every partition, not only for every topic");
  import.footer(
      "Needs --data-dir DIRECTORY, which takes the topics in; takes the options of serve.");
}

void AddDumpLogOptions(CLI::App& dump_log, Arguments& arguments) {
  dump_log.add_option("path", arguments.paths, "Files, or directories to look through")->required();
  dump_log.add_flag("--records", arguments.records,
                    "Every record with key, value and headers, not only batches");
  dump_log.add_option("--decode", arguments.decode,
                      "What keys and values are: offsets, transactions, share, none, or auto: by "
                      "the name of the topic (default auto)");
  dump_log.add_flag("--json", arguments.json, "One JSON object per line");
}

void AddHealthOptions(CLI::App& health, Arguments& arguments) {
  CLI::Option* bootstrap = health.add_option("--bootstrap", arguments.bootstrap,
                                             "host:port, or several with commas between: one that "
                                             "answers is enough (default localhost:9092)");
  health.add_option("--port", arguments.serve.port, "Short for --bootstrap localhost:PORT")
      ->check(CLI::Range(1, UINT16_MAX))
      ->excludes(bootstrap);
  health
      .add_option("--timeout-ms", arguments.timeout_ms,
                  "How long to wait for the answer (default 2000)")
      ->check(CLI::PositiveNumber);
}

std::string BootstrapOf(const Arguments& arguments) {
  if (!arguments.bootstrap.empty()) return arguments.bootstrap;
  return "localhost:" + std::to_string(arguments.serve.port.value_or(app::kDefaultPort));
}

void AddVerifyOptions(CLI::App& verify, Arguments& arguments) {
  verify.add_option("directory", arguments.directory, "A data directory that no broker serves")
      ->required();
  verify.add_flag("--json", arguments.json, "One JSON object per line");
}

// Its options are made when it is named: a broker does not spend its start on those of others.
CLI::App* AddCommand(CLI::App& app, Arguments& arguments, const char* name, const char* purpose,
                     void (*add_options)(CLI::App&, Arguments&)) {
  CLI::App* command = app.add_subcommand(name, purpose);
  command->preparse_callback(
      [command, add_options, &arguments](size_t) { add_options(*command, arguments); });
  return command;
}

int Usage(const CLI::App& app, const CLI::ParseError& error) {
  const bool asked_for_help = error.get_exit_code() == 0;
  app.exit(error);
  return asked_for_help ? kSuccess : kUsage;
}

// Settings of nodes need the id in front; settings of all must not have one by mistake.
Status TakeSettings(Arguments* arguments) {
  for (const std::string& setting : arguments->node_settings) {
    const size_t colon = setting.find(':');
    const bool numbered =
        colon != std::string::npos && colon > 0 && setting.find_first_not_of("0123456789") == colon;
    if (!numbered)
      return Invalid("--node-set " + setting + ": write ID:name=value, such as 1:broker.rack=r1");
    arguments->serve.settings.push_back(setting);
  }
  ASSIGN_OR_RETURN(arguments->serve.log_level, log::ParseLevel(arguments->log_level));
  log::SetLevel(arguments->serve.log_level);
  arguments->serve.environment = Environment();
  return {};
}

int Main(int argc, char** argv) {
  const Status streams = OpenClosedStandardStreams();
  if (!streams.ok()) return Report(streams);
  Arguments arguments;
  CLI::App app("A Kafka in one small binary. Without a command it serves.", "odradek");
  app.set_version_flag("--version", VersionText);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return "odradek: " + std::string(error.what()) + "\nRun with --help for more information.\n";
  });
  AddServeOptions(app, arguments);
  // Its options are those of the program, and so is its help.
  app.add_subcommand("serve", "Serve until stopped (the default)")
      ->fallthrough()
      ->formatter_fn([&app](const CLI::App*, const std::string&, CLI::AppFormatMode mode) {
        return app.get_formatter()->make_help(&app, app.get_name(), mode);
      });
  const auto add = [&](const char* name, const char* purpose, auto add_options) {
    return AddCommand(app, arguments, name, purpose, add_options);
  };
  const CLI::App* exec =
      add("exec", "Run a command with a fresh broker: odradek exec -- CMD...", AddExecOptions)
          ->fallthrough();
  const CLI::App* health =
      add("health", "Ask a broker whether it serves; exit status 0 if so", AddHealthOptions);
  const CLI::App* import =
      add("import", "Take topics that Apache Kafka wrote into the data directory", AddImportOptions)
          ->fallthrough();
  const CLI::App* dump_log = add(
      "dump-log", "Print what segments, indexes and other files of data hold", AddDumpLogOptions);
  const CLI::App* verify =
      add("verify", "Read a whole data directory and say what is wrong with it", AddVerifyOptions);
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return Usage(app, error);
  }
  const Status taken = TakeSettings(&arguments);
  if (!taken.ok()) return Report(taken);
  if (import->parsed())
    return Import(arguments.serve, arguments.paths, arguments.topics, arguments.partitions);
  if (verify->parsed()) return Verify(arguments.directory, arguments.json);
  if (dump_log->parsed())
    return DumpLog(arguments.paths, arguments.records, arguments.decode, arguments.json);
  if (health->parsed()) return Health(BootstrapOf(arguments), arguments.timeout_ms);
  if (exec->parsed()) return Exec(arguments.serve, arguments.command);
  return Serve(arguments.serve);
}

}  // namespace
}  // namespace odradek::cli

int main(int argc, char** argv) { return odradek::cli::Main(argc, argv); }
