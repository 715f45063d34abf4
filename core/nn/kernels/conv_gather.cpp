#include "core/nn/kernels/conv_gather.h"

namespace imago::nn::conv {
namespace {

void addTap(GatherPhase& phase, int dy, int dx, int kernelTap) {
    for (int t = 0; t < phase.taps; ++t) {
        GatherTap& tap = phase.tap[t];
        if (tap.dy == dy && tap.dx == dx) {
            tap.kernelTap[tap.count++] = kernelTap;
            return;
        }
    }
    GatherTap& tap = phase.tap[phase.taps++];
    tap.dy = dy;
    tap.dx = dx;
    tap.count = 1;
    tap.kernelTap[0] = kernelTap;
}

int floorHalf(int v) {
    return v >= 0 ? v / 2 : -((1 - v) / 2);
}

GatherPlan emptyPlan(int inStep, int outStep) {
    GatherPlan plan;
    plan.inStep = inStep;
    plan.outStep = outStep;
    plan.phases = outStep * outStep;
    for (int p = 0; p < plan.phases; ++p) {
        plan.phase[p].offsetY = p / outStep;
        plan.phase[p].offsetX = p % outStep;
    }
    return plan;
}

}  // namespace

GatherPlan forwardPlan(const ConvShape& s) {
    const int pad = s.kernel / 2;
    GatherPlan plan = emptyPlan(s.stride, s.upsample ? 2 : 1);
    for (int p = 0; p < plan.phases; ++p)
        for (int t = 0; t < s.taps(); ++t) {
            int dy = plan.phase[p].offsetY + t / s.kernel - pad, dx = plan.phase[p].offsetX + t % s.kernel - pad;
            if (s.upsample) dy = floorHalf(dy), dx = floorHalf(dx);
            addTap(plan.phase[p], dy, dx, t);
        }
    return plan;
}

GatherPlan backwardPlan(const ConvShape& s) {
    const int pad = s.kernel / 2;
    GatherPlan plan = emptyPlan(s.upsample ? 2 : 1, s.stride);
    for (int p = 0; p < plan.phases; ++p)
        for (int t = 0; t < s.taps(); ++t) {
            const int ky = t / s.kernel, kx = t % s.kernel;
            if (s.upsample) {  // the four enlarged pixels of one source pixel
                for (int u = 0; u < 4; ++u) addTap(plan.phase[p], u / 2 + pad - ky, u % 2 + pad - kx, t);
                continue;
            }
            const int dy = plan.phase[p].offsetY + pad - ky, dx = plan.phase[p].offsetX + pad - kx;
            if (s.stride == 2 && (dy % 2 != 0 || dx % 2 != 0)) continue;
            addTap(plan.phase[p], dy / s.stride, dx / s.stride, t);
        }
    return plan;
}

}  // namespace imago::nn::conv
