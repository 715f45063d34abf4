#include <CLI/CLI.hpp>
#include <algorithm>
#include <clocale>
#include <csignal>
#include <new>
#include <string_view>

#include "app/cli/cli.h"

using namespace imago;

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error of the disk, not the end
    std::setlocale(LC_ALL, "C");    // numbers on the command line and in files never depend on the language
    CLI::App app("Imago trains, samples and judges image generators on your own pictures, offline.", "imago");
    cli::Globals globals;
    app.add_flag("--json", globals.json, "One JSON object a line on standard output");
    app.set_version_flag("--version", "imago " IMAGO_VERSION);
    app.require_subcommand(1);
    app.fallthrough();  // --json may follow the verb
#define IMAGO_ADD_VERB(Name) cli::add##Name(app, globals);
    IMAGO_VERBS(IMAGO_ADD_VERB)
#undef IMAGO_ADD_VERB
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);                                  // --help, --version
        globals.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;  // it may stand behind what is wrong
        return globals.json ? cli::fail({ErrorCode::Usage, error.what()}, globals) : (app.exit(error), 2);
    } catch (const std::bad_alloc&) {
        return cli::fail({ErrorCode::OutOfMemory, "Not enough memory.", {}, "Use a smaller batch or size."}, globals);
    } catch (const std::exception& error) {
        return cli::fail({ErrorCode::Internal, "Something went wrong inside Imago: {why}", {{"why", error.what()}}}, globals);
    }
    return globals.exitCode;
}
