// Solvers: walk a noisy picture down a list of noise levels with a denoiser, one network evaluation a call, so that a slice
// of work is short and sampling can be interrupted, shown and resumed anywhere. Compute thread.
// All work in x = x0 + sigma n; papers that scale the picture (variance preserving, flow) differ by a factor only, see
// tests/baselines/solver_table.py, which follows their own coordinates.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/diffusion/denoiser.h"

namespace imago {

enum class SolverKind {
    Ddpm,     // Ho et al. 2020, Algorithm 2, with the posterior's own variance (eq. 6-7)
    Ddim,     // Song, Meng & Ermon 2021, eq. 12 and 16; eta 0 is deterministic, 1 is Ddpm
    Euler,    // Karras et al. 2022, first order
    Heun,     // Karras et al. 2022, Algorithm 1: second order, two evaluations a step, the last step one
    DpmPp2M,  // Lu et al. 2022 (DPM-Solver++), Algorithm 2: second order, one evaluation a step
    UniPc,    // Zhao et al. 2023, Algorithms 1 and 2 with data prediction and B2(h); order 1 to 3, one evaluation a step
};
Result<SolverKind> parseSolver(const std::string& id);  // "ddpm", "ddim", "euler", "heun", "dpmpp2m", "unipc"

struct SolverSpec {
    SolverKind kind = SolverKind::DpmPp2M;
    double eta = 0;  // Ddim
    int order = 2;   // UniPc: 3 is for twenty evaluations and more
};

// Standard normal numbers of x's shape for the step from levels[step] to levels[step + 1].
using NoiseSource = std::function<at::Tensor(int step)>;

class Solver {
  public:
    virtual ~Solver() = default;
    virtual int evaluationsDone() const = 0;
    virtual int evaluationsTotal() const = 0;
    bool done() const { return evaluationsDone() == evaluationsTotal(); }
    // One evaluation of the denoiser. Not to be called when done().
    virtual void advance(const Denoiser& denoiser) = 0;
    virtual const at::Tensor& x() const = 0;         // at the noise level reached; the result when done()
    virtual const at::Tensor& denoised() const = 0;  // the latest estimate of the clean picture (x itself before the first)
};

// x: the picture at levels.front() (pure noise times levels.front(), or a picture with that noise added). levels falls,
// has at least two entries and may end in 0. noise is needed by Ddpm, and by Ddim with eta > 0. Nothing in x is written.
std::unique_ptr<Solver> makeSolver(const SolverSpec& spec, const at::Tensor& x, std::vector<double> levels, NoiseSource noise = {});

}  // namespace imago
