#include "core/models/gan/config.h"

namespace imago::gan {

GanConfig::GanConfig() {
    optimizer.rate = 5e-4;
    optimizer.batch = 64;
    optimizer.warmupSteps = 100;
    optimizer.finalRate = 0.1;
    optimizer.beta1 = 0;
    optimizer.beta2 = 0.99;
    optimizer.weightDecay = 0;
    optimizer.clipNorm = 0;
    optimizer.emaKimg = 50;
}

Fields<NetworkSection> NetworkSection::fields() {
    return {
        field(&NetworkSection::kind, "kind", IMAGO_TR("Kind"), IMAGO_TR("How the two networks are built."))
            .choices({{"residual", IMAGO_TR("Residual: steady and quick, the best pictures")},
                      {"dcgan", IMAGO_TR("Classical convolutions (DCGAN)")},
                      {"mlp", IMAGO_TR("Plain layers (MLP): the simplest there is, for small pictures")}}),
        field(&NetworkSection::latentDim, "latent_dim", IMAGO_TR("Numbers a picture"), IMAGO_TR("How many numbers a picture is made from."))
            .range(2, 1024),
        field(&NetworkSection::channels, "channels", IMAGO_TR("Channels"),
              IMAGO_TR("Features at full resolution; twice as many each time the picture halves. Multiples of 32 compute fastest."))
            .range(4, 512)
            .visibleWhen("kind", {"residual", "dcgan"}),
        field(&NetworkSection::maxChannels, "max_channels", IMAGO_TR("Channels at most"), IMAGO_TR("Where the picture is smallest."))
            .range(4, 1024)
            .visibleWhen("kind", {"residual", "dcgan"})
            .advanced(),
        field(&NetworkSection::blocks, "blocks", IMAGO_TR("Blocks per level"), IMAGO_TR("Residual steps at each size of the picture."))
            .range(0, 8)
            .visibleWhen("kind", {"residual"})
            .advanced(),
        field(&NetworkSection::hidden, "hidden", IMAGO_TR("Width"), IMAGO_TR("Of the narrowest layer; the widest has four times as many."))
            .range(8, 2048)
            .visibleWhen("kind", {"mlp"}),
        field(&NetworkSection::dropout, "dropout", IMAGO_TR("Dropout in the critic"),
              IMAGO_TR("Share of features left out at random, so that the critic does not learn the pictures by heart."))
            .range(0, 0.9)
            .visibleWhen("kind", {"dcgan", "mlp"})
            .advanced(),
    };
}

Fields<LossSection> LossSection::fields() {
    return {
        field(&LossSection::kind, "kind", IMAGO_TR("Game"), IMAGO_TR("What critic and generator are told."))
            .choices({{"relativistic", IMAGO_TR("Compare pairs (relativistic): the most varied pictures")},
                      {"cross_entropy", IMAGO_TR("Real or made (cross entropy), the classical game")},
                      {"least_squares", IMAGO_TR("Least squares")},
                      {"hinge", IMAGO_TR("Hinge")},
                      {"wasserstein", IMAGO_TR("Distance (Wasserstein)")}}),
        field(&LossSection::penalty, "penalty", IMAGO_TR("Keeps the critic smooth by"),
              IMAGO_TR("A critic that jumps teaches nothing. These hold its slope down."))
            .choices({{"none", IMAGO_TR("Nothing")},
                      {"r1", IMAGO_TR("Slope at real pictures (R1)")},
                      {"r1_r2", IMAGO_TR("Slope at real and made pictures (R1 + R2)")},
                      {"interpolated", IMAGO_TR("Slope between them near 1 (WGAN-GP)")}}),
        field(&LossSection::method, "method", IMAGO_TR("Slope is measured"),
              IMAGO_TR("With a little noise, which is quick, or exactly, by differentiating twice in the full number format: better where "
                       "pictures are larger or coloured, and cheap when measured seldom."))
            .choices({{"approximate", IMAGO_TR("With a little noise")}, {"exact", IMAGO_TR("Exactly")}})
            .visibleWhen("penalty", {"r1", "r1_r2"})
            .advanced(),
        field(&LossSection::gamma, "gamma", IMAGO_TR("How smooth"),
              IMAGO_TR("Weight of the penalty. More is steadier, less is sharper. Larger pictures want more."))
            .range(0, 1000)
            .visibleWhen("penalty", {"r1", "r1_r2", "interpolated"}),
        field(&LossSection::gammaFinal, "gamma_final", IMAGO_TR("Smoothness at the end"),
              IMAGO_TR("What is left of that weight at the planned end, as a share."))
            .range(0, 1)
            .visibleWhen("penalty", {"r1", "r1_r2", "interpolated"})
            .advanced(),
        field(&LossSection::noise, "noise", IMAGO_TR("Noise for measuring"),
              IMAGO_TR("Strength of that noise; below 0.05 the short number format no longer sees it."))
            .range(0.001, 1)
            .visibleWhen("method", {"approximate"})
            .advanced(),
        field(&LossSection::interval, "interval", IMAGO_TR("Measured every"),
              IMAGO_TR("Seldom is quicker; the weight grows with it, so that the whole stays the same."))
            .range(1, 64)
            .unit(IMAGO_TR("steps"))
            .visibleWhen("penalty", {"r1", "r1_r2", "interpolated"})
            .advanced(),
        field(&LossSection::criticSteps, "critic_steps", IMAGO_TR("Steps of the critic"), IMAGO_TR("For each step of the generator."))
            .range(1, 20)
            .advanced(),
        field(&LossSection::generatorSteps, "generator_steps", IMAGO_TR("Steps of the generator"), IMAGO_TR("For each step of the critic."))
            .range(1, 20)
            .advanced(),
        field(&LossSection::criticRate, "critic_rate", IMAGO_TR("Rate of the critic"),
              IMAGO_TR("The critic's learning rate as a multiple of the generator's."))
            .range(0.01, 100)
            .logScale()
            .advanced(),
        field(&LossSection::classConditional, "class_conditional", IMAGO_TR("Learn the classes"),
              IMAGO_TR("Where the data have classes: lets you ask for one of them later.")),
    };
}

Fields<AugmentSection> AugmentSection::fields() {
    return {
        field(&AugmentSection::chance, "chance", IMAGO_TR("Vary what the critic sees"),
              IMAGO_TR("Chance that a picture is varied. With a few hundred pictures or fewer take 1: the critic then cannot learn them by "
                       "heart. 0 turns it off."))
            .range(0, 1),
        field(&AugmentSection::colour, "colour", IMAGO_TR("Colours"), IMAGO_TR("Brightness, contrast, saturation.")).advanced(),
        field(&AugmentSection::shift, "shift", IMAGO_TR("Shift"), IMAGO_TR("By at most this share of the picture."))
            .range(0, 0.5)
            .advanced(),
        field(&AugmentSection::cutout, "cutout", IMAGO_TR("Hole"), IMAGO_TR("Side of a grey square, as a share of the picture's."))
            .range(0, 1)
            .advanced(),
    };
}

Fields<GanConfig> GanConfig::fields() {
    return {
        section(&GanConfig::network, "network", IMAGO_TR("Networks"), IMAGO_TR("The generator and the critic.")),
        section(&GanConfig::optimizer, "optimizer", IMAGO_TR("Learning"), IMAGO_TR("How fast and how long they learn.")),
        section(&GanConfig::loss, "loss", IMAGO_TR("Task"), IMAGO_TR("What they are asked to do while they learn.")),
        section(&GanConfig::augment, "augment", IMAGO_TR("Few pictures"), IMAGO_TR("Makes do with few pictures (DiffAugment).")),
        section(&GanConfig::data, "data", IMAGO_TR("Pictures"), IMAGO_TR("How the pictures are varied.")),
        section(&GanConfig::run, "run", IMAGO_TR("Showing and saving"), IMAGO_TR("Samples while it learns, and what is kept.")),
    };
}

Fields<SamplingConfig> SamplingConfig::fields() {
    return {
        field(&SamplingConfig::truncation, "truncation", IMAGO_TR("Daring"),
              IMAGO_TR("Below 1 pictures stay nearer to the average: cleaner, less varied. 1 is the honest setting."))
            .range(0, 2),
    };
}

FamilyInfo familyInfo() {
    FamilyInfo info;
    info.id = "gan";
    info.label = IMAGO_TR("Fast to make pictures (GAN)");
    info.help =
        IMAGO_TR("A generator and a critic learn from each other. Makes pictures in one go; learns quickly, and can lose its balance.");
    info.config = schemaOf<GanConfig>();
    info.sampling = schemaOf<SamplingConfig>();
    info.abilities = {.generates = true};
    return info;
}

}  // namespace imago::gan
