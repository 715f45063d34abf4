// A convolution, or its data gradient, as "every destination pixel gathers some source pixels": one description for
// strides, upsampling and both directions. Built once per call; plain data.
#pragma once

#include "core/nn/kernels/conv_internal.h"

namespace imago::nn::conv {

// A source offset and the kernel taps whose weights it carries (several where upsampling makes them coincide).
struct GatherTap {
    int dy = 0, dx = 0;
    int count = 0;
    int kernelTap[4] = {};
};

// Destination pixels (outStep * i + offsetY, outStep * j + offsetX) read source (inStep * i + dy, inStep * j + dx).
struct GatherPhase {
    int offsetY = 0, offsetX = 0;
    int taps = 0;
    GatherTap tap[16];
};

struct GatherPlan {
    int inStep = 1, outStep = 1;
    int phases = 0;
    GatherPhase phase[4];
    int maxTaps() const {
        int most = 0;
        for (int p = 0; p < phases; ++p) most = phase[p].taps > most ? phase[p].taps : most;
        return most;
    }
};

// Every destination pixel reads the source pixel at its own place.
inline bool isPointwise(const GatherPlan& plan) {
    const GatherPhase& only = plan.phase[0];
    return plan.phases == 1 && plan.inStep == 1 && only.taps == 1 && only.tap[0].dy == 0 && only.tap[0].dx == 0;
}

// Pairs of bf16 in one phase's row of weights.
inline int pairsOf(const GatherPhase& phase, int channels) {
    return (phase.taps * channels + 1) / 2;
}

// Where destination position `index` of a phase lies.
struct Position {
    int image, i, j;
};

// The grid of positions of one phase.
struct PhaseGrid {
    int rows, columns;
    PhaseGrid(const GatherPhase& phase, int outStep, int h, int w)
        : rows(count(h - phase.offsetY, outStep)), columns(count(w - phase.offsetX, outStep)) {}
    static int count(int extent, int step) { return extent <= 0 ? 0 : (extent + step - 1) / step; }
    int perImage() const { return rows * columns; }
    Position at(int index) const {
        const int image = index / perImage(), rest = index % perImage();
        return {image, rest / columns, rest % columns};
    }
    void advance(Position& p) const {
        if (++p.j < columns) return;
        p.j = 0;
        if (++p.i < rows) return;
        p.i = 0;
        ++p.image;
    }
};

GatherPlan forwardPlan(const ConvShape& shape);   // source x, destination y
GatherPlan backwardPlan(const ConvShape& shape);  // source gy, destination gx

}  // namespace imago::nn::conv
