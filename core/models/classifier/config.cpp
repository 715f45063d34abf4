#include "core/models/classifier/config.h"

namespace imago::classifier {

ClassifierConfig::ClassifierConfig() {
    optimizer.rate = 3e-3;
    optimizer.batch = 128;
    optimizer.warmupSteps = 200;
    optimizer.weightDecay = 0.05;
    optimizer.emaKimg = 30;
    optimizer.beta2 = 0.99;
    data.mirror = true;
    run.previewSeconds = 0;
    run.snapshots = 0;
}

Fields<NetworkSection> NetworkSection::fields() {
    return {
        field(&NetworkSection::channels, "channels", IMAGO_TR("Channels"),
              IMAGO_TR("Features at full resolution; a quarter as wide there are four times as many."))
            .range(8, 256),
        field(&NetworkSection::levels, "levels", IMAGO_TR("Levels"),
              IMAGO_TR("The picture halves between levels. Larger pictures want more."))
            .range(2, 6),
        field(&NetworkSection::blocks, "blocks", IMAGO_TR("Blocks per level"), IMAGO_TR("Residual steps at each level below the first."))
            .range(0, 8),
    };
}

Fields<LossSection> LossSection::fields() {
    return {
        field(&LossSection::labelSmoothing, "label_smoothing", IMAGO_TR("Doubt"),
              IMAGO_TR("How much of each answer is spread over all classes, so that it does not become too sure (label smoothing)."))
            .range(0, 0.9),
        field(&LossSection::shift, "shift", IMAGO_TR("Shift pictures"),
              IMAGO_TR("Each picture is moved at random by up to so many pixels each way."))
            .range(0, 32)
            .unit(IMAGO_TR("pixels")),
    };
}

Fields<ClassifierConfig> ClassifierConfig::fields() {
    return {
        section(&ClassifierConfig::network, "network", IMAGO_TR("Network"), IMAGO_TR("The network that names pictures.")),
        section(&ClassifierConfig::optimizer, "optimizer", IMAGO_TR("Learning"), IMAGO_TR("How fast and how long it learns.")),
        section(&ClassifierConfig::loss, "loss", IMAGO_TR("Task"), IMAGO_TR("What it is asked to do while it learns.")),
        section(&ClassifierConfig::data, "data", IMAGO_TR("Pictures"), IMAGO_TR("How the pictures are varied.")),
        section(&ClassifierConfig::run, "run", IMAGO_TR("Showing and saving"), IMAGO_TR("What is kept.")),
    };
}

FamilyInfo familyInfo() {
    FamilyInfo info;
    info.id = "classifier";
    info.label = IMAGO_TR("Names pictures (classifier)");
    info.help = IMAGO_TR("Learns which class a picture belongs to. It makes no pictures; it measures how good those of other models are.");
    info.config = schemaOf<ClassifierConfig>();
    info.abilities = {.names = true};
    return info;
}

}  // namespace imago::classifier
