#include "core/evaluate/naming.h"

#include <algorithm>
#include <numeric>

#include "core/base/durable_file.h"
#include "core/evaluate/feature_nets.h"
#include "core/image/geometry.h"
#include "core/image/image.h"
#include "core/image/png.h"
#include "core/models/classifier/classifier.h"
#include "core/nn/yield_point.h"

namespace imago::evaluate {
namespace {

constexpr std::size_t kShownMistakes = 64;
constexpr int kMistakeTile = 112;  // about as many pixels a side

struct Mistake {
    std::int64_t picture = 0;
    int is = 0, named = 0;
    float sure = 0;
};

struct Naming {
    std::vector<std::vector<std::int64_t>> confusion;  // [real class][named class]
    std::vector<Mistake> mistakes;
};

Naming namingOf(classifier::Classifier& model, const PictureSet& real) {
    const std::size_t classes = model.shape().classNames.size();
    Naming out{std::vector(classes, std::vector<std::int64_t>(classes, 0)), {}};
    for (std::int64_t from = 0; from < real.count; from += kReadSlice) {
        const std::int64_t n = std::min(kReadSlice, real.count - from);
        const auto reading = model.read(real.picture(from), n, real.height, real.width);
        for (std::int64_t i = 0; i < n; ++i) {
            const int truth = real.classes[static_cast<std::size_t>(from + i)];
            if (truth < 0) continue;
            const int named = reading.classes[static_cast<std::size_t>(i)];
            ++out.confusion[static_cast<std::size_t>(truth)][static_cast<std::size_t>(named)];
            if (named != truth) out.mistakes.push_back({from + i, truth, named, reading.sure[static_cast<std::size_t>(i)]});
        }
        nn::yieldNow();
    }
    return out;
}

Json accuracyOf(const Naming& naming, const std::vector<std::string>& names) {
    std::int64_t correct = 0, count = 0;
    Json each = Json::object();
    for (std::size_t c = 0; c < names.size(); ++c) {
        const auto& row = naming.confusion[c];
        const std::int64_t all = std::accumulate(row.begin(), row.end(), std::int64_t{0});
        correct += row[c];
        count += all;
        if (all > 0) each[names[c]] = static_cast<double>(row[c]) / static_cast<double>(all);
    }
    return {{"accuracy", static_cast<double>(correct) / static_cast<double>(std::max<std::int64_t>(1, count))},
            {"count", count},
            {"class_accuracy", each},
            {"classes", names},
            {"confusion", naming.confusion}};
}

Result<void> drawMistakes(const std::vector<Mistake>& mistakes, const PictureSet& real, const std::string& file) {
    std::vector<Image> tiles;
    for (const Mistake& m : mistakes) {
        Image tile(real.width, real.height, real.channels);
        std::copy_n(real.picture(m.picture), real.bytesEach(), tile.data());
        tiles.push_back(upscaleNearest(tile, std::max(1, kMistakeTile / std::max(real.width, real.height))));
    }
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, encodePng(makeGrid(tiles, 8, 4), {}));
    return writeDurably(file, Bytes(bytes));
}

}  // namespace

Result<Json> nameRealPictures(GenerativeModel& model, const Reference& reference, const std::string& mistakesFile) {
    auto& classifier = dynamic_cast<classifier::Classifier&>(model);
    const PictureSet& real = reference.real;
    const auto& names = model.shape().classNames;
    if (real.classes.empty() || reference.classNames != names)
        return Error{ErrorCode::BadInput, IMAGO_TR("The data do not have the classes that this classifier learned."), {}, {}, "data"};
    Naming naming = namingOf(classifier, real);
    Json out = accuracyOf(naming, names);
    // The surest first: what it took for something else without a doubt is often named wrongly in the data.
    std::vector<Mistake>& mistakes = naming.mistakes;
    std::stable_sort(mistakes.begin(), mistakes.end(), [](const Mistake& a, const Mistake& b) { return a.sure > b.sure; });
    mistakes.resize(std::min(mistakes.size(), kShownMistakes));
    out["mistakes"] = Json::array();
    for (const Mistake& m : mistakes)
        out["mistakes"].push_back({{"picture", reference.names[std::size_t(m.picture)]},
                                   {"is", names[std::size_t(m.is)]},
                                   {"named", names[std::size_t(m.named)]},
                                   {"sure", m.sure}});
    if (!mistakesFile.empty() && !mistakes.empty()) IMAGO_TRY(drawMistakes(mistakes, real, mistakesFile));
    return out;
}

}  // namespace imago::evaluate
