// EngineSettings: what the whole engine runs with, whatever job it is doing. Plain value, any thread.
#pragma once

#include <string>

namespace imago {

struct EngineSettings {
    std::string device = "auto";   // auto | cpu | cuda:N
    std::string threads = "auto";  // auto: gives up threads beside other programs | a number: reproducible bit for bit
};

}  // namespace imago
