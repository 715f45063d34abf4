// links: imago_ml
// Entropy coding and latent files: what goes in comes out, close to the entropy, and damage is found.
#include <QtTest>
#include <cmath>

#include "core/base/random.h"
#include "core/base/range_coder.h"
#include "core/sample/latent_file.h"

using namespace imago;

namespace {

// Geometric symbols of one key.
std::vector<std::uint32_t> skewed(std::size_t count, std::uint32_t symbols, double stay, std::uint64_t key) {
    std::vector<std::uint32_t> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        const double u = uniform({key, Purpose::Test, 0}, i);
        values[i] = std::min<std::uint32_t>(symbols - 1, std::uint32_t(std::log(1 - u) / std::log(stay)));
    }
    return values;
}

std::vector<std::uint8_t> encoded(const std::vector<std::uint32_t>& values, AdaptiveModel model) {
    RangeEncoder encoder;
    for (const auto v : values) encoder.encode(model, v);
    return encoder.finish();
}

class TestRangeCoder : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void roundTrips() {
        for (const std::uint32_t symbols : {1u, 2u, 3u, 7u, 256u, 500u, 4096u})
            for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{5}, std::size_t{3000}})
                for (const double stay : {0.3, 0.97, 0.999}) {
                    const auto values = skewed(count, symbols, stay, symbols + count);
                    const auto bytes = encoded(values, AdaptiveModel(symbols));
                    AdaptiveModel model(symbols);
                    RangeDecoder decoder(bytes);
                    for (const auto v : values) QCOMPARE(decoder.decode(model), v);
                }
    }

    void carriesRunThrough() {
        // Runs of the likeliest and the least likely symbol push the low end against its limits.
        std::vector<std::uint32_t> values;
        for (int i = 0; i < 20000; ++i) values.push_back(i % 997 == 0 ? 0 : 1);
        const auto bytes = encoded(values, AdaptiveModel(2));
        QVERIFY(bytes.size() < 600);
        AdaptiveModel model(2);
        RangeDecoder decoder(bytes);
        for (const auto v : values) QCOMPARE(decoder.decode(model), v);
    }

    void comesCloseToTheEntropy() {
        const auto values = skewed(40000, 64, 0.7, 3);
        std::vector<double> counts(64, 0);
        for (const auto v : values) ++counts[v];
        double bits = 0;
        for (const double c : counts)
            if (c > 0) bits -= c * std::log2(c / 40000);
        const double got = 8.0 * double(encoded(values, AdaptiveModel(64)).size());
        qInfo("%.0f bits, entropy %.0f", got, bits);
        QVERIFY(got > bits * 0.999);  // nothing can be below by more than the counts' own noise
        QVERIFY(got < bits * 1.02);
    }

    void knowingBeforehandHelpsShortMessages() {
        const auto values = skewed(49, 512, 0.97, 4);
        std::vector<std::uint32_t> masses(512);
        for (std::uint32_t s = 0; s < 512; ++s) masses[s] = std::uint32_t(65536 * 0.03 * std::pow(0.97, s));
        const auto blind = encoded(values, AdaptiveModel(512)), knowing = encoded(values, AdaptiveModel(512, masses));
        QVERIFY2(knowing.size() * 4 < blind.size() * 3, qPrintable(QString("%1 %2").arg(knowing.size()).arg(blind.size())));
    }

    void bellsAreBells() {
        const auto masses = bellMasses(511, 16 * 20);
        QVERIFY(masses[255] > masses[245] && masses[245] > masses[200]);
        for (int d = 1; d < 255; ++d) QCOMPARE(masses[std::size_t(255 + d)], masses[std::size_t(255 - d)]);
    }

    void damagedFilesAreRefused() {
        LatentFile file;
        file.codes = true;
        file.channels = 3;
        file.width = 100;
        file.height = 60;
        file.model = {1, 2, 3, 4, 5, 6, 7, 8};
        SymbolModels models;
        models.symbols = 512;
        models.masses.emplace_back(512, 8);
        const auto symbols = skewed(200, 512, 0.97, 5);
        file.payload = encodeSymbols(symbols, models);
        const auto bytes = encodeLatentFile(file);
        const auto back = decodeLatentFile(bytes, "x");
        QVERIFY(back.ok());
        QCOMPARE(back->width, 100);
        QCOMPARE(back->height, 60);
        QVERIFY(back->model == file.model && back->payload == file.payload && back->codes);
        QVERIFY(*decodeSymbols(back->payload, symbols.size(), models, "x") == symbols);
        for (std::size_t at = 0; at < bytes.size(); ++at)
            for (const int bit : {0, 3, 7}) {
                auto damaged = bytes;
                damaged[at] ^= std::uint8_t(1 << bit);
                QVERIFY2(!decodeLatentFile(damaged, "x").ok(), qPrintable(QString::number(at)));
            }
        for (std::size_t size = 0; size < bytes.size(); ++size) QVERIFY(!decodeLatentFile(Bytes(bytes).first(size), "x").ok());
        auto later = bytes;
        later[4] = LatentFile::kVersion + 1;
        QVERIFY(decodeLatentFile(later, "x").error().text().find("another version") != std::string::npos);
    }
};

}  // namespace

QTEST_GUILESS_MAIN(TestRangeCoder)
#include "tst_range_coder.moc"
