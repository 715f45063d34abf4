#include "core/evaluate/measuring.h"

#include <algorithm>

#include "core/data/open_progress.h"

namespace imago::evaluate {

Result<void> Measuring::openReal(JobContext& context, const std::string& data, int count, DatasetOptions options, bool floor) {
    options.progress = openProgress(context, IMAGO_TR("Reading the real pictures"));
    IMAGO_ASSIGN(reference, openReference(data, count, kSetSeed, std::move(options), floor));
    return {};
}

Result<void> Measuring::chooseNetworks() {
    IMAGO_ASSIGN(evaluator, makeEvaluator(reference.real));
    return {};
}

void Measuring::look(const char* stage, const PictureSet& pictures, Set& into) {
    into.assign(evaluator.nets.size(), {});
    for (std::int64_t from = 0; usesNetworks() && from < pictures.count; from += kReadSlice) {
        const std::int64_t n = std::min(kReadSlice, pictures.count - from);
        tasks.add(stage, [this, &pictures, &into, from, n](JobContext&) -> Result<void> {
            for (std::size_t i = 0; i < into.size(); ++i) evaluator.nets[i]->read(pictures, from, n, into[i]);
            tasks.count(n);
            return {};
        });
    }
}

void Measuring::expectLooks(std::int64_t pictures) {
    if (usesNetworks()) tasks.expect(pictures);
}

Figures Measuring::compare(const Set& features, const PictureSet& pictures) const {
    return measure(m_metrics, realFeatures, features, reference.real, pictures, kSetSeed);
}

}  // namespace imago::evaluate
