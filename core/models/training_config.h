// The config sections that every trainable family shares: how its optimizer runs ("optimizer"), what the run keeps and
// shows ("run") and how pictures are varied ("data"). The trainer reads them from the family's bound config. No LibTorch.
#pragma once

#include <string>

#include "core/config/bind.h"

namespace imago {

struct OptimizerSection {
    double rate = 1e-3;
    std::string schedule = "cosine";
    int warmupSteps = 300;
    double finalRate = 0.01;  // share of the peak at the planned end
    int batch = 64;
    double beta1 = 0.9, beta2 = 0.99;
    double weightDecay = 0.01;
    double clipNorm = 1;
    double emaKimg = 500;  // half-life, in thousands of pictures
    std::string precision = "auto";

    static Fields<OptimizerSection> fields() {
        return {
            field(&OptimizerSection::rate, "rate", IMAGO_TR("Learning rate"),
                  IMAGO_TR("How far each step moves. Too high and the training falls apart; too low and it takes for ever."))
                .range(1e-7, 0.1)
                .logScale()
                .live(),
            field(&OptimizerSection::batch, "batch", IMAGO_TR("Pictures per step"),
                  IMAGO_TR("More give smoother but fewer steps, and need more memory."))
                .range(1, 4096)
                .unit(IMAGO_TR("pictures")),
            field(&OptimizerSection::schedule, "schedule", IMAGO_TR("Rate over time"),
                  IMAGO_TR("Falling: large steps first, fine ones towards the planned end. Level: the same throughout."))
                .choices({{"cosine", IMAGO_TR("Falling (cosine)")}, {"constant", IMAGO_TR("Level")}})
                .advanced(),
            field(&OptimizerSection::warmupSteps, "warmup_steps", IMAGO_TR("Warm-up"),
                  IMAGO_TR("Steps over which the rate rises from zero at the start."))
                .range(0, 1e6)
                .unit(IMAGO_TR("steps"))
                .advanced(),
            field(&OptimizerSection::finalRate, "final_rate", IMAGO_TR("Rate at the end"),
                  IMAGO_TR("What is left of the rate at the planned end, as a share of its peak."))
                .range(0, 1)
                .visibleWhen("schedule", {"cosine"})
                .advanced(),
            field(&OptimizerSection::beta1, "beta1", IMAGO_TR("Momentum (beta 1)"),
                  IMAGO_TR("How long Adam remembers the direction it went."))
                .range(0, 0.9999)
                .advanced(),
            field(&OptimizerSection::beta2, "beta2", IMAGO_TR("Scale memory (beta 2)"),
                  IMAGO_TR("How long Adam remembers how large the slopes were."))
                .range(0, 0.99999)
                .advanced(),
            field(&OptimizerSection::weightDecay, "weight_decay", IMAGO_TR("Weight decay"),
                  IMAGO_TR("Pulls weights towards zero a little at every step (AdamW)."))
                .range(0, 10)
                .advanced(),
            field(&OptimizerSection::clipNorm, "clip_norm", IMAGO_TR("Largest slope"),
                  IMAGO_TR("Steeper slopes are shortened to this length, so that one odd batch does no harm. 0 turns it off."))
                .range(0, 1e6)
                .advanced(),
            field(&OptimizerSection::emaKimg, "average_kimg", IMAGO_TR("Averaging"),
                  IMAGO_TR("Pictures are made with an average of the weights that fades over this many thousand pictures. Early in a "
                           "run it never looks back over more than a tenth of what has been seen."))
                .range(0, 1e6)
                .unit(IMAGO_TR("thousand pictures"))
                .advanced(),
            field(&OptimizerSection::precision, "precision", IMAGO_TR("Number format"),
                  IMAGO_TR("Automatic takes the short format (bf16) where the processor computes faster with it."))
                .choices({{"auto", IMAGO_TR("Automatic")}, {"bf16", IMAGO_TR("Short (bf16)")}, {"fp32", IMAGO_TR("Full (fp32)")}})
                .advanced(),
        };
    }
};

struct RunSection {
    double previewSeconds = 10;
    int previewCount = 36;
    double checkpointMinutes = 5;
    int keepLast = 3;
    int snapshots = 64;

    static Fields<RunSection> fields() {
        return {
            field(&RunSection::previewSeconds, "preview_seconds", IMAGO_TR("Samples every"),
                  IMAGO_TR("How often samples are made while it learns. Longer into a run they come less often. 0 turns them off."))
                .range(0, 86400)
                .unit(IMAGO_TR("seconds"))
                .live(),
            field(&RunSection::previewCount, "preview_count", IMAGO_TR("Samples at a time"),
                  IMAGO_TR("How many samples each preview shows."))
                .range(1, 256)
                .advanced(),
            field(&RunSection::checkpointMinutes, "checkpoint_minutes", IMAGO_TR("Save every"),
                  IMAGO_TR("How often everything needed to go on is written to disk."))
                .range(0.001, 1440)
                .unit(IMAGO_TR("minutes")),
            field(&RunSection::keepLast, "keep_last", IMAGO_TR("Saves to keep"),
                  IMAGO_TR("Older saves are removed once a newer one has been read back and found whole. Starred ones stay."))
                .range(1, 1000)
                .advanced(),
            field(&RunSection::snapshots, "snapshots", IMAGO_TR("Snapshots to keep"),
                  IMAGO_TR("Weights kept through the whole training, thinned evenly, to look back with. 0 keeps none."))
                .range(0, 64)
                .advanced(),
        };
    }
};

struct DataSection {
    int resolution = 0;  // 0: the data's own
    std::string fit = "crop";
    std::string ground = "white";
    bool mirror = false;
    double shift = 0, zoom = 0, colour = 0;
    int memoryMb = 0;  // 0: half of the machine's

    static Fields<DataSection> fields() {
        return {
            field(&DataSection::resolution, "resolution", IMAGO_TR("Size of the pictures"),
                  IMAGO_TR("Side of the squares that it learns from and makes. 0 takes the data's own size; folders of pictures then "
                           "become at most 64. Twice the size takes four times as long."))
                .range(0, 512)
                .unit(IMAGO_TR("pixels"))
                .zeroMeans(IMAGO_TR("own")),
            field(&DataSection::mirror, "mirror", IMAGO_TR("Mirror pictures"),
                  IMAGO_TR("Half of the pictures are shown left-right reversed: doubles the variety where that makes sense (not for "
                           "letters, or shoes that all point one way).")),
            field(&DataSection::fit, "fit", IMAGO_TR("Pictures that are not square"),
                  IMAGO_TR("Cut to their middle, or kept whole with empty ground added."))
                .choices({{"crop", IMAGO_TR("Cut")}, {"pad", IMAGO_TR("Keep whole")}})
                .advanced(),
            field(&DataSection::ground, "ground", IMAGO_TR("Ground"),
                  IMAGO_TR("What shows through transparent pictures and around whole ones."))
                .choices({{"white", IMAGO_TR("White")}, {"grey", IMAGO_TR("Grey")}, {"black", IMAGO_TR("Black")}})
                .advanced(),
            field(&DataSection::shift, "shift", IMAGO_TR("Move pictures"),
                  IMAGO_TR("Each time a picture is shown it is moved by up to this share of its side. Helps small sets; what it makes "
                           "will be off the middle just as often."))
                .range(0, 0.5)
                .advanced(),
            field(&DataSection::zoom, "zoom", IMAGO_TR("Cut closer"),
                  IMAGO_TR("Each time a random part is shown, up to this share smaller than the picture. 0 shows it whole."))
                .range(0, 0.9)
                .advanced(),
            field(&DataSection::colour, "colour", IMAGO_TR("Vary colours"),
                  IMAGO_TR("How much brightness, contrast and colours change each time. What it makes will vary as much."))
                .range(0, 1)
                .advanced(),
            field(&DataSection::memoryMb, "memory_mb", IMAGO_TR("Memory for pictures"),
                  IMAGO_TR("A folder that needs more than this is read from the disk while it learns. 0 is half of the machine's memory."))
                .range(0, 1e6)
                .unit(IMAGO_TR("MB"))
                .zeroMeans(IMAGO_TR("half"))
                .advanced(),
        };
    }
};

}  // namespace imago
