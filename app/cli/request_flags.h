// RequestFlags: a request's table as flags of a verb. What was typed becomes the request's JSON form, checked by the table:
// a wrong value is an error of usage that names its flag. Main thread.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "core/config/bind.h"

namespace CLI {
class Option;
}

namespace imago::cli {

class RequestFlags {
  public:
    // except: keys that this verb does not offer.
    RequestFlags(CLI::App& verb, Schema schema, const std::vector<std::string>& except = {});
    CLI::Option* operator[](const std::string& key) const { return m_options.at(key); }
    bool given(const std::string& key) const;
    std::vector<std::string> texts(const std::string& key) const;  // as typed
    // Keys that were typed. --set key=value becomes an object of texts.
    Result<Json> form() const;

  private:
    Schema m_schema;
    std::map<std::string, CLI::Option*> m_options;
};

// Of a form, and whatever the command line did not say its default. Errors are of usage.
Result<Request> requestOf(const char* kind, Json form);

// What was typed, as a request of this kind, to its end. Returns the exit code.
int runTyped(const RequestFlags& flags, const char* kind, const Globals& globals, const SessionOptions& session);

// A verb that is one request, with --device and --threads.
struct RequestVerb {
    const char* name;
    const char* help;
    const char* kind;
    Schema schema;
    std::vector<std::string> required{};  // keys, beyond what the table requires
    std::function<void(const Json& result)> show{};
};
void addRequestVerb(CLI::App& app, Globals& globals, RequestVerb verb);

}  // namespace imago::cli
