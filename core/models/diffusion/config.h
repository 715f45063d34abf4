// Config of the diffusion family: Ho et al. 2020 (DDPM), Karras et al. 2022 (EDM), Lipman et al. 2023 (flow matching).
// Pictures [N, C, H, W] in [-1, 1] of any size from 8 to 256 (attention makes larger ones slow); a U-Net learns to take
// away noise of every strength. Limits: made for small pictures on one machine; no text conditioning.
#pragma once

#include <string>
#include <vector>

#include "core/config/bind.h"
#include "core/models/family_info.h"
#include "core/models/training_config.h"

namespace imago::diffusion {

struct NetworkSection {
    std::string size = "small";
    int channels = 32;
    std::string multipliers = "1,2,2";
    int blocks = 1;
    std::string attention = "4";
    int headChannels = 32;
    double dropout = 0;

    static Fields<NetworkSection> fields();
};

struct LossSection {
    std::string target = "edm";
    double noiseMean = -1.2;
    double noiseDeviation = 1.2;
    double dataDeviation = 0.5;
    bool classConditional = true;
    double labelDrop = 0.1;
    double augment = 0;

    static Fields<LossSection> fields();
};

struct DiffusionConfig {
    NetworkSection network;
    LossSection loss;
    OptimizerSection optimizer;
    DataSection data;
    RunSection run;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("Diffusion");
    static Fields<DiffusionConfig> fields();
};

struct SamplingConfig {
    std::string solver = "dpmpp2m";
    int steps = 18;
    double guidance = 1;
    std::string schedule = "karras";
    double sigmaMin = 0.002;
    double sigmaMax = 80;
    double rho = 7;
    double eta = 0;
    int order = 2;
    bool clip = true;

    static constexpr int schema = 1;
    static constexpr const char* title = IMAGO_TR("Making pictures");
    static Fields<SamplingConfig> fields();
};

// The network that a NetworkSection stands for, presets resolved.
struct NetworkShape {
    int channels = 32;
    std::vector<int> multipliers;
    int blocks = 1;
    std::vector<int> attentionDivisors;  // powers of two: 4 is where the picture is a quarter as wide
    int headChannels = 32;
};
Result<NetworkShape> networkShape(const NetworkSection& section);

FamilyInfo familyInfo();  // its entry of the one list

}  // namespace imago::diffusion
