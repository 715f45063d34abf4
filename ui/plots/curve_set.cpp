#include "ui/plots/curve_set.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace imago {

void CurveSet::setNames(const std::vector<std::string>& names) {
    const bool same = names.size() == m_curves.size() && std::equal(names.begin(), names.end(), m_curves.begin(),
                                                                    [](const std::string& a, const Curve& b) { return a == b.name; });
    if (same) return;
    m_curves.clear();
    for (const std::string& name : names) {
        Curve& curve = m_curves.emplace_back();
        curve.name = name;
        curve.loss = name.find("loss") != std::string::npos;
        curve.series.setSmoothing(m_smoothing);
    }
}

void CurveSet::append(std::int64_t step, std::span<const float> values) {
    const std::size_t count = std::min(m_curves.size(), values.size());
    bool measured = false;  // then NaN means not measured in this step; the line goes on over it
    for (std::size_t i = 0; i < count; ++i) measured = measured || (m_curves[i].loss && std::isfinite(values[i]));
    for (std::size_t i = 0; i < count; ++i)
        if (!measured || !std::isnan(values[i])) m_curves[i].series.append(step, values[i]);
}

void CurveSet::truncateFrom(std::int64_t step) {
    for (Curve& curve : m_curves) curve.series.truncateFrom(step);
}

void CurveSet::setSmoothing(double weight) {
    m_smoothing = weight;
    for (Curve& curve : m_curves) curve.series.setSmoothing(weight);
}

const Curve* CurveSet::find(const std::string& name) const {
    const auto it = std::find_if(m_curves.begin(), m_curves.end(), [&](const Curve& c) { return c.name == name; });
    return it == m_curves.end() ? nullptr : &*it;
}

std::int64_t CurveSet::lastStep() const {
    std::int64_t last = -1;
    for (const Curve& curve : m_curves)
        if (!curve.series.empty()) last = std::max(last, curve.series.step(curve.series.size() - 1));
    return last;
}

QString curveLabel(const std::string& name) {
    static const std::pair<const char*, const char*> kWords[] = {
        {"loss", QT_TRANSLATE_NOOP("Curve", "Loss")},
        {"loss_low", QT_TRANSLATE_NOOP("Curve", "Fine grain")},
        {"loss_mid", QT_TRANSLATE_NOOP("Curve", "Medium grain")},
        {"loss_high", QT_TRANSLATE_NOOP("Curve", "Coarse grain")},
        {"grad_norm", QT_TRANSLATE_NOOP("Curve", "Gradient size")},
        {"rate", QT_TRANSLATE_NOOP("Curve", "Learning rate")},
        {"accuracy", QT_TRANSLATE_NOOP("Curve", "Accuracy")},
        {"loss_critic", QT_TRANSLATE_NOOP("Curve", "Loss of the critic")},
        {"loss_generator", QT_TRANSLATE_NOOP("Curve", "Loss of the generator")},
        {"score_real", QT_TRANSLATE_NOOP("Curve", "Score of real pictures")},
        {"score_fake", QT_TRANSLATE_NOOP("Curve", "Score of made pictures")},
        {"told_apart", QT_TRANSLATE_NOOP("Curve", "Told apart")},
        {"variety", QT_TRANSLATE_NOOP("Curve", "Variety")},
        {"twins", QT_TRANSLATE_NOOP("Curve", "Twins")},
        {"penalty", QT_TRANSLATE_NOOP("Curve", "Slope of the critic")},
        {"grad_norm_d", QT_TRANSLATE_NOOP("Curve", "Gradient size of the critic")},
        {"grad_norm_g", QT_TRANSLATE_NOOP("Curve", "Gradient size of the generator")},
        {"recon", QT_TRANSLATE_NOOP("Curve", "Copying")},
        {"kl", QT_TRANSLATE_NOOP("Curve", "Tidiness (KL)")},
        {"bits_per_dim", QT_TRANSLATE_NOOP("Curve", "Bits a value")},
        {"mse", QT_TRANSLATE_NOOP("Curve", "Error of the copies")},
        {"beta", QT_TRANSLATE_NOOP("Curve", "Order (beta)")},
        {"deviation", QT_TRANSLATE_NOOP("Curve", "Tolerance")},
        {"active_dims", QT_TRANSLATE_NOOP("Curve", "Numbers in use")},
        {"commitment", QT_TRANSLATE_NOOP("Curve", "Commitment")},
        {"prior_bits", QT_TRANSLATE_NOOP("Curve", "Surprise by the codes")},
        {"codes_used", QT_TRANSLATE_NOOP("Curve", "Codes in use")},
    };
    for (const auto& [key, word] : kWords)
        if (name == key) return QCoreApplication::translate("Curve", word);
    QString text = QString::fromStdString(name);
    return text.replace('_', ' ');
}

}  // namespace imago
