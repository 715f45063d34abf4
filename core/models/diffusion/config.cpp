#include "core/models/diffusion/config.h"

#include <charconv>

namespace imago::diffusion {

Fields<NetworkSection> NetworkSection::fields() {
    return {
        field(&NetworkSection::size, "size", IMAGO_TR("Size"),
              IMAGO_TR(
                  "Larger networks draw finer and learn more slowly. Small suits 28 to 32 pixels on an ordinary processor, large wants a "
                  "graphics card."))
            .choices({{"small", IMAGO_TR("Small: 1 million weights")},
                      {"medium", IMAGO_TR("Medium: 4 million weights")},
                      {"large", IMAGO_TR("Large: 9 million weights")},
                      {"custom", IMAGO_TR("My own")}}),
        field(&NetworkSection::channels, "channels", IMAGO_TR("Channels"), IMAGO_TR("Features at full resolution."))
            .range(8, 512)
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::multipliers, "multipliers", IMAGO_TR("Channel multipliers"),
              IMAGO_TR("One a level, separated by commas; the picture halves between levels."))
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::blocks, "blocks", IMAGO_TR("Blocks per level"), IMAGO_TR("On the way down; one more on the way up."))
            .range(1, 8)
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::attention, "attention", IMAGO_TR("Attention at"),
              IMAGO_TR("Where far parts of the picture see each other: 4 is where it is a quarter as wide. Commas between several; "
                       "empty for none."))
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::headChannels, "head_channels", IMAGO_TR("Channels per head"), IMAGO_TR("Of the attention."))
            .range(8, 256)
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::dropout, "dropout", IMAGO_TR("Dropout"),
              IMAGO_TR("Share of features left out at random while learning: helps when there are few pictures."))
            .range(0, 0.9)
            .advanced(),
    };
}

Fields<LossSection> LossSection::fields() {
    return {
        field(&LossSection::target, "target", IMAGO_TR("Learns to predict"),
              IMAGO_TR("What the network gives. All of them make the same kind of pictures; EDM balances the noise levels best."))
            .choices({{"edm", IMAGO_TR("Balanced (EDM)")},
                      {"x0", IMAGO_TR("The clean picture")},
                      {"eps", IMAGO_TR("The noise")},
                      {"v", IMAGO_TR("The velocity (v)")},
                      {"flow", IMAGO_TR("The straight flow")}})
            .advanced(),
        field(&LossSection::noiseMean, "noise_mean", IMAGO_TR("Noise level, middle"),
              IMAGO_TR("Mean of the logarithm of the noise levels that are practised. Lower practises fine detail more."))
            .range(-6, 6)
            .advanced(),
        field(&LossSection::noiseDeviation, "noise_deviation", IMAGO_TR("Noise level, spread"),
              IMAGO_TR("Standard deviation of the logarithm of the noise levels that are practised."))
            .range(0.01, 6)
            .advanced(),
        field(&LossSection::dataDeviation, "data_deviation", IMAGO_TR("Contrast of the data"),
              IMAGO_TR("Standard deviation of the pictures, black being -1 and white 1."))
            .range(0.01, 4)
            .visibleWhen("target", {"edm"})
            .advanced(),
        field(&LossSection::classConditional, "class_conditional", IMAGO_TR("Learn the classes"),
              IMAGO_TR("Where the data have classes: lets you ask for one of them later.")),
        field(&LossSection::labelDrop, "label_drop", IMAGO_TR("Pictures without class"),
              IMAGO_TR("Share of pictures whose class is hidden, so that the model also knows pictures in general; guidance needs it."))
            .range(0, 1)
            .visibleWhen("class_conditional", {"true"})
            .advanced(),
        field(&LossSection::augment, "augment", IMAGO_TR("Turned and stretched pictures"),
              IMAGO_TR("How often a picture is mirrored, turned, stretched or moved. The network is told each time, so what it makes "
                       "is not. For small sets; 0.12 is usual."))
            .range(0, 1)
            .advanced(),
    };
}

Fields<DiffusionConfig> DiffusionConfig::fields() {
    return {
        section(&DiffusionConfig::network, "network", IMAGO_TR("Network"), IMAGO_TR("The U-Net that learns to take noise away.")),
        section(&DiffusionConfig::optimizer, "optimizer", IMAGO_TR("Learning"), IMAGO_TR("How fast and how long it learns.")),
        section(&DiffusionConfig::loss, "loss", IMAGO_TR("Task"), IMAGO_TR("What it is asked to do while it learns.")),
        section(&DiffusionConfig::data, "data", IMAGO_TR("Pictures"), IMAGO_TR("How the pictures are varied.")),
        section(&DiffusionConfig::run, "run", IMAGO_TR("Showing and saving"), IMAGO_TR("Samples while it learns, and what is kept.")),
    };
}

Fields<SamplingConfig> SamplingConfig::fields() {
    return {
        field(&SamplingConfig::steps, "steps", IMAGO_TR("Steps"), IMAGO_TR("More steps are finer and slower. 8 are a sketch, 18 are good."))
            .range(1, 1000),
        field(&SamplingConfig::guidance, "guidance", IMAGO_TR("Guidance"),
              IMAGO_TR("Above 1 the class is exaggerated: clearer, less varied pictures, twice the time. 1 is the honest setting."))
            .range(0, 20),
        field(&SamplingConfig::solver, "solver", IMAGO_TR("Method"), IMAGO_TR("How the noise is taken away."))
            .choices({{"dpmpp2m", IMAGO_TR("Fast (DPM-Solver++ 2M)")},
                      {"unipc", IMAGO_TR("As fast (UniPC)")},
                      {"heun", IMAGO_TR("Careful (Heun, two looks a step)")},
                      {"euler", IMAGO_TR("Simple (Euler)")},
                      {"ddim", IMAGO_TR("DDIM")},
                      {"ddpm", IMAGO_TR("Random (DDPM, wants 100 steps and more)")}})
            .advanced(),
        field(&SamplingConfig::schedule, "schedule", IMAGO_TR("Noise levels"), IMAGO_TR("How the steps are spread over the noise."))
            .choices({{"karras", IMAGO_TR("Karras (dense at the end)")},
                      {"logsnr", IMAGO_TR("Even in signal to noise")},
                      {"cosine", IMAGO_TR("Cosine")},
                      {"linear_beta", IMAGO_TR("DDPM's own")},
                      {"flow", IMAGO_TR("Even in time (flow)")}})
            .advanced(),
        field(&SamplingConfig::sigmaMin, "sigma_min", IMAGO_TR("Least noise"), IMAGO_TR("The last noise level before the clean picture."))
            .range(1e-5, 1)
            .logScale()
            .advanced(),
        field(&SamplingConfig::sigmaMax, "sigma_max", IMAGO_TR("Most noise"), IMAGO_TR("The level it starts from."))
            .range(2, 1000)
            .logScale()
            .advanced(),
        field(&SamplingConfig::rho, "rho", IMAGO_TR("Density at the end"), IMAGO_TR("Higher puts more steps at low noise."))
            .range(1, 20)
            .visibleWhen("schedule", {"karras"})
            .advanced(),
        field(&SamplingConfig::eta, "eta", IMAGO_TR("Fresh noise"),
              IMAGO_TR("0 is repeatable from the first noise alone, 1 is as random as DDPM."))
            .range(0, 1)
            .visibleWhen("solver", {"ddim"})
            .advanced(),
        field(&SamplingConfig::order, "order", IMAGO_TR("Order"),
              IMAGO_TR("How many earlier steps it learns from. 3 wants twenty steps and more."))
            .range(1, 3)
            .visibleWhen("solver", {"unipc"})
            .advanced(),
        field(&SamplingConfig::clip, "clip", IMAGO_TR("Keep within black and white"),
              IMAGO_TR("Limits every guess at the clean picture to what a picture can hold."))
            .advanced(),
    };
}

namespace {

Error badList(const char* key, const std::string& text, const char* allowed) {
    return Error{ErrorCode::BadInput,
                 IMAGO_TR("“{value}” does not fit {key}: {allowed}."),
                 {{"value", text}, {"key", std::string("network.") + key}, {"allowed", allowed}},
                 {},
                 std::string("network.") + key};
}

// "1, 2,4": whole numbers from 1 to `most`.
bool parseList(const std::string& text, int most, std::vector<int>& out) {
    const char* at = text.data();
    const char* end = at + text.size();
    const auto skipSpaces = [&] {
        while (at != end && *at == ' ') ++at;
    };
    skipSpaces();
    if (at == end) return true;
    while (true) {
        int value = 0;
        skipSpaces();
        const auto [next, failed] = std::from_chars(at, end, value);
        if (failed != std::errc() || value < 1 || value > most) return false;
        out.push_back(value);
        at = next;
        skipSpaces();
        if (at == end) return true;
        if (*at++ != ',') return false;
    }
}

}  // namespace

Result<NetworkShape> networkShape(const NetworkSection& section) {
    if (section.size == "small") return NetworkShape{32, {1, 2, 2}, 1, {4}, 32};
    if (section.size == "medium") return NetworkShape{64, {1, 2, 2}, 1, {4}, 32};
    if (section.size == "large") return NetworkShape{64, {1, 2, 2, 2}, 2, {2, 4}, 32};
    NetworkShape shape;
    shape.channels = section.channels;
    shape.blocks = section.blocks;
    shape.headChannels = section.headChannels;
    constexpr const char* kMultipliers = IMAGO_TR("one to six whole numbers from 1 to 16, separated by commas");
    if (!parseList(section.multipliers, 16, shape.multipliers) || shape.multipliers.empty() || shape.multipliers.size() > 6)
        return badList("multipliers", section.multipliers, kMultipliers);
    constexpr const char* kAttention = IMAGO_TR("powers of two from 1 to 32, separated by commas, none beyond the lowest level");
    if (!parseList(section.attention, 32, shape.attentionDivisors)) return badList("attention", section.attention, kAttention);
    for (const int divisor : shape.attentionDivisors)
        if ((divisor & (divisor - 1)) != 0 || divisor > (1 << (shape.multipliers.size() - 1)))
            return badList("attention", section.attention, kAttention);
    if (shape.channels % 8 != 0) return badList("channels", std::to_string(shape.channels), IMAGO_TR("a multiple of 8"));
    if (!shape.attentionDivisors.empty() && shape.channels % shape.headChannels != 0 && shape.headChannels % shape.channels != 0)
        return badList("head_channels", std::to_string(shape.headChannels), IMAGO_TR("a divisor of the channels"));
    return shape;
}

FamilyInfo familyInfo() {
    FamilyInfo info;
    info.id = "diffusion";
    info.label = IMAGO_TR("Best, slow (diffusion)");
    info.help =
        IMAGO_TR("Learns to take noise away, then makes pictures out of pure noise. The best pictures; takes the longest to make them.");
    info.config = schemaOf<DiffusionConfig>();
    info.sampling = schemaOf<SamplingConfig>();
    info.abilities = {.generates = true};
    return info;
}

}  // namespace imago::diffusion
