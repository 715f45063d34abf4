#include "core/models/vae/config.h"

#include <algorithm>

namespace imago::vae {

VaeConfig::VaeConfig() {
    optimizer.rate = 2e-3;
    optimizer.batch = 64;
    optimizer.warmupSteps = 200;
    optimizer.weightDecay = 0.01;
    optimizer.emaKimg = 30;
}

Fields<NetworkSection> NetworkSection::fields() {
    return {
        field(&NetworkSection::size, "size", IMAGO_TR("Size"),
              IMAGO_TR(
                  "Larger networks draw finer and learn more slowly. Small suits 28 to 32 pixels on an ordinary processor, large wants a "
                  "graphics card."))
            .choices({{"small", IMAGO_TR("Small")},
                      {"medium", IMAGO_TR("Medium: twice the depth")},
                      {"large", IMAGO_TR("Large: twice the width")},
                      {"custom", IMAGO_TR("My own")}}),
        field(&NetworkSection::channels, "channels", IMAGO_TR("Channels"),
              IMAGO_TR("Features at full resolution; they double each time the picture halves. Multiples of 32 are fastest."))
            .range(8, 256)
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::mostChannels, "most_channels", IMAGO_TR("Most channels"), IMAGO_TR("Where the doubling ends."))
            .range(8, 1024)
            .visibleWhen("size", {"custom"})
            .advanced(),
        field(&NetworkSection::blocks, "blocks", IMAGO_TR("Blocks per level"), IMAGO_TR("Residual steps at each level."))
            .range(1, 8)
            .visibleWhen("size", {"custom"})
            .advanced(),
    };
}

Fields<LatentSection> LatentSection::fields() {
    return {
        field(&LatentSection::prior, "prior", IMAGO_TR("What it draws from"),
              IMAGO_TR("How new pictures are thought up. The bell curve is the classical one. The mixture is fitted to where real "
                       "pictures lie and draws much better. Codes replace the numbers by words from a learned dictionary, and a small "
                       "second network learns how the words follow each other: the sharpest pictures, and files that compress."))
            .choices({{"mixture", IMAGO_TR("Fitted mixture")}, {"normal", IMAGO_TR("Bell curve")}, {"codes", IMAGO_TR("Codes (VQ)")}}),
        field(&LatentSection::dims, "dims", IMAGO_TR("Latent size"),
              IMAGO_TR("How many numbers describe a picture. More keep finer detail; fewer make tidier ones."))
            .range(2, 512)
            .visibleWhen("prior", {"mixture", "normal"}),
        field(&LatentSection::components, "components", IMAGO_TR("Parts of the mixture"),
              IMAGO_TR("More follow the pictures more closely."))
            .range(1, 256)
            .visibleWhen("prior", {"mixture"})
            .advanced(),
        field(&LatentSection::codes, "codes", IMAGO_TR("Size of the dictionary"), IMAGO_TR("How many different codes there are."))
            .range(8, 4096)
            .visibleWhen("prior", {"codes"}),
        field(&LatentSection::codeDims, "code_dims", IMAGO_TR("Size of a code"), IMAGO_TR("How many numbers stand behind each code."))
            .range(2, 256)
            .visibleWhen("prior", {"codes"})
            .advanced(),
        field(&LatentSection::priorChannels, "prior_channels", IMAGO_TR("Second network: channels"),
              IMAGO_TR("Width of the network that learns how codes follow each other. Multiples of 32 are fastest."))
            .range(16, 512)
            .visibleWhen("prior", {"codes"})
            .advanced(),
        field(&LatentSection::priorBlocks, "prior_blocks", IMAGO_TR("Second network: blocks"), IMAGO_TR("Its depth."))
            .range(1, 16)
            .visibleWhen("prior", {"codes"})
            .advanced(),
    };
}

Fields<LossSection> LossSection::fields() {
    return {
        field(&LossSection::beta, "beta", IMAGO_TR("Order (beta)"),
              IMAGO_TR("Higher keeps the latent numbers tidier and the pictures softer; lower the other way round."))
            .visibleWhen("latent.prior", {"mixture", "normal"})
            .range(0, 100)
            .live(),
        field(&LossSection::warmupKimg, "warmup_kimg", IMAGO_TR("Beta warm-up"),
              IMAGO_TR("Beta rises from zero over this many thousand pictures, so that it learns to copy before it learns to be tidy."))
            .visibleWhen("latent.prior", {"mixture", "normal"})
            .range(0, 1e6)
            .unit(IMAGO_TR("thousand pictures"))
            .advanced(),
        field(&LossSection::variance, "variance", IMAGO_TR("Tolerance"),
              IMAGO_TR("How far a copy may be off. Learned finds the best balance by itself."))
            .choices({{"learned", IMAGO_TR("Learned, one for all")},
                      {"pixel", IMAGO_TR("Learned, one for each place")},
                      {"fixed", IMAGO_TR("Fixed")}})
            .advanced(),
        field(&LossSection::deviation, "deviation", IMAGO_TR("Fixed tolerance"),
              IMAGO_TR("Standard deviation of the output, black being -1 and white 1."))
            .range(0.01, 2)
            .visibleWhen("variance", {"fixed"})
            .advanced(),
        field(&LossSection::freeBits, "free_bits", IMAGO_TR("Free bits"),
              IMAGO_TR("So much each latent number may tell without being charged for it: keeps numbers from falling silent."))
            .visibleWhen("latent.prior", {"mixture", "normal"})
            .range(0, 8)
            .unit(IMAGO_TR("bits"))
            .advanced(),
        field(&LossSection::commitment, "commitment", IMAGO_TR("Commitment"),
              IMAGO_TR("With codes: how firmly the network is held to the dictionary."))
            .visibleWhen("latent.prior", {"codes"})
            .range(0, 10)
            .advanced(),
        field(&LossSection::classConditional, "class_conditional", IMAGO_TR("Learn the classes"),
              IMAGO_TR("Where the data have classes: lets you ask for one of them later.")),
    };
}

Fields<VaeConfig> VaeConfig::fields() {
    return {
        section(&VaeConfig::network, "network", IMAGO_TR("Network"),
                IMAGO_TR("The pair of networks that takes pictures apart and puts them together.")),
        section(&VaeConfig::latent, "latent", IMAGO_TR("Latent space"), IMAGO_TR("What a picture becomes in between.")),
        section(&VaeConfig::optimizer, "optimizer", IMAGO_TR("Learning"), IMAGO_TR("How fast and how long it learns.")),
        section(&VaeConfig::loss, "loss", IMAGO_TR("Task"), IMAGO_TR("What it is asked to do while it learns.")),
        section(&VaeConfig::data, "data", IMAGO_TR("Pictures"), IMAGO_TR("How the pictures are varied.")),
        section(&VaeConfig::run, "run", IMAGO_TR("Showing and saving"), IMAGO_TR("Samples while it learns, and what is kept.")),
    };
}

Fields<SamplingConfig> SamplingConfig::fields() {
    return {
        field(&SamplingConfig::temperature, "temperature", IMAGO_TR("Boldness"),
              IMAGO_TR("Below 1: safer, more alike. Above 1: bolder, more odd ones. 1 is what it learned."))
            .range(0.01, 3),
        field(&SamplingConfig::steps, "steps", IMAGO_TR("Steps"),
              IMAGO_TR("Models with codes only: in how many rounds the codes of a picture are chosen. More is more careful."))
            .range(1, 1024),
        field(&SamplingConfig::prior, "prior", IMAGO_TR("Draw from"),
              IMAGO_TR("The bell curve instead shows what the mixture is good for."))
            .choices({{"own", IMAGO_TR("What the model learned")}, {"normal", IMAGO_TR("The bell curve")}})
            .advanced(),
    };
}

NetworkShape networkShape(const NetworkSection& network, bool codes, int imageChannels, int height, int width) {
    NetworkSection n = network;
    if (n.size == "small") n = {n.size, 32, 128, 1};
    if (n.size == "medium") n = {n.size, 32, 128, 2};
    if (n.size == "large") n = {n.size, 64, 256, 2};
    // One vector describes a picture best from 4 to 8 places a side; codes from 7 to 16.
    const int longest = std::max(height, width);
    int levels = 1;
    for (int side = longest; side > (codes ? 16 : 8) || (levels < 3 && side > 4); side = (side + 1) / 2) ++levels;
    NetworkShape shape;
    shape.imageChannels = imageChannels;
    shape.blocks = n.blocks;
    for (int l = 0; l < levels; ++l)
        shape.channels.push_back(std::min(n.channels << std::min(l, 16), std::max(n.channels, n.mostChannels)));
    shape.height = (height + shape.multiple() - 1) / shape.multiple();
    shape.width = (width + shape.multiple() - 1) / shape.multiple();
    return shape;
}

FamilyInfo familyInfo() {
    FamilyInfo info;
    info.id = "vae";
    info.label = IMAGO_TR("Fast, soft (VAE)");
    info.help = IMAGO_TR(
        "Learns to put pictures into a few numbers and back. Quick to learn and instant to draw, softer than the others; it also "
        "looks into pictures, to copy them and to make files small.");
    info.config = schemaOf<VaeConfig>();
    info.sampling = schemaOf<SamplingConfig>();
    info.abilities = {.generates = true, .encodes = true};
    info.networkSections = {"network", "latent"};
    info.kindKeys = {"latent.prior"};
    return info;
}

}  // namespace imago::vae
