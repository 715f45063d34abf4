// links: imago_ml
// CompressJob as a job: what it reads and writes happens on the io lane, a picture may be in memory, and finished tiles are
// shown. (What models make of pictures, there and back, is tested with the VAE.)
#include <QTemporaryDir>
#include <QtTest>

#include "core/base/durable_file.h"
#include "core/image/codecs.h"
#include "core/image/geometry.h"
#include "core/models/family.h"
#include "core/models/generative_model.h"
#include "core/models/model_file.h"
#include "core/nn/torch_pch.h"
#include "core/sample/compress_job.h"
#include "tests/support/fake_context.h"
#include "tests/support/images.h"

using namespace imago;
using namespace imago::test;

namespace {

constexpr int kSide = 16;

struct Outcome {
    Json result;
    std::optional<Error> error;
};

Outcome run(const CompressRequest& request, ModelCache& models, FakeContext& context) {
    const auto job = makeCompressJob(request, models);
    if (!job) return {{}, job.error()};
    for (;;) {
        const auto slice = (*job)->step(context);
        if (!slice) return {*(*job)->finish(FinishReason::Failed, context), slice.error()};
        if (*slice == Slice::Done) return {*(*job)->finish(FinishReason::Done, context), {}};
    }
}

}  // namespace

class TestCompressJob : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    std::unique_ptr<ModelCache> m_models;

    std::string path(const char* name) const { return m_folder.filePath(name).toStdString(); }

  private Q_SLOTS:
    void initTestCase() {
        torch::set_num_threads(1);
        m_models = std::make_unique<ModelCache>("cpu");
        const Json given = Json::parse(R"({"network": {"size": "custom", "channels": 16, "most_channels": 32},
            "optimizer": {"precision": "fp32"}, "latent": {"dims": 6, "components": 4}})");
        const auto config = complete((*findFamilyInfo("vae"))->config, given);
        QVERIFY(config.ok());
        const auto model = (*findFamily("vae"))->makeModel(*config, DataShape{3, kSide, kSide, {}}, 3, Device{});
        QVERIFY(model.ok());
        QVERIFY(saveModel(**model, path("model.safetensors")).ok());
        QVERIFY(writeImage(path("picture.png"), smoothImage(70, 37, 3)).ok());
    }

    void filesAreForTheIoLane() {
        FakeContext context;
        context.ioAtOnce = false;
        const auto job = makeCompressJob({path("model.safetensors"), path("picture.png"), path("lane.imgl")}, *m_models);
        QVERIFY(job.ok());
        QCOMPARE((*job)->title(), std::string("picture.png"));
        for (int i = 0; i < 3; ++i) {  // however often it is woken
            const auto slice = (*job)->step(context);
            QVERIFY(slice.ok() && *slice == Slice::Waiting);
            QCOMPARE(int(context.queued.size()), 1);
        }
        context.drainIo();
        Result<Slice> slice = Slice::More;
        while (slice.ok() && *slice == Slice::More) slice = (*job)->step(context);
        QVERIFY(slice.ok() && *slice == Slice::Waiting);
        QVERIFY(!std::filesystem::exists(path("lane.imgl")));
        context.drainIo();
        slice = (*job)->step(context);
        QVERIFY(slice.ok() && *slice == Slice::Done);
        QVERIFY(std::filesystem::exists(path("lane.imgl")));
        QCOMPARE((*job)->finish(FinishReason::Done, context)->value("direction", ""), std::string("encode"));
    }

    // What was not begun when the job ended is not begun after it.
    void cancelledBeforeItIsWritten() {
        FakeContext context;
        context.ioAtOnce = false;
        const auto job = makeCompressJob({path("model.safetensors"), path("picture.png"), path("cancelled.imgl")}, *m_models);
        QVERIFY((*job)->step(context).ok());
        context.drainIo();
        for (;;) {
            const auto slice = (*job)->step(context);
            QVERIFY(slice.ok());
            if (*slice == Slice::Waiting) break;
        }
        QCOMPARE(int(context.queued.size()), 1);
        QVERIFY((*job)->finish(FinishReason::Cancelled, context)->empty());
        context.drainIo();
        QVERIFY(!std::filesystem::exists(path("cancelled.imgl")));
    }

    void aPictureInMemoryIsTheSamePicture() {
        FakeContext context;
        const Outcome file = run({path("model.safetensors"), path("picture.png"), path("file.imgl")}, *m_models, context);
        QVERIFY2(!file.error, file.error ? file.error->text().c_str() : "");
        const auto image = std::make_shared<const Image>(smoothImage(70, 37, 3));
        const PictureRef memory(image, "Layer 1");
        QCOMPARE((*makeCompressJob({path("model.safetensors"), memory, "x"}, *m_models))->title(), std::string("Layer 1"));
        const Outcome shared = run({path("model.safetensors"), memory, path("memory.imgl")}, *m_models, context);
        QVERIFY2(!shared.error, shared.error ? shared.error->text().c_str() : "");
        QVERIFY(*readFile(path("file.imgl")) == *readFile(path("memory.imgl")));
        QCOMPARE(shared.result["psnr"], file.result["psnr"]);
        // Of more bits and with alpha: as the model sees it.
        const auto deep = std::make_shared<const Image>(withChannels(withType(*image, PixelType::U16), 4));
        const Outcome wide = run({path("model.safetensors"), PictureRef(deep, "deep"), path("deep.imgl")}, *m_models, context);
        QVERIFY(!wide.error && *readFile(path("deep.imgl")) == *readFile(path("file.imgl")));
        QCOMPARE(wide.result.value("source_channels", 0), 4);
        // Also what it is compared with.
        CompressRequest back{path("model.safetensors"), path("memory.imgl"), path("back.png"), 0.1, memory};
        const Outcome home = run(back, *m_models, context);
        QVERIFY(!home.error);
        QCOMPARE(home.result["psnr"], file.result["psnr"]);
        back.compare = PictureRef(std::make_shared<const Image>(Image(3, 3, 3)), "small");
        back.out = path("never.png");
        QVERIFY(run(back, *m_models, context).error->text().find("small does not have the size") == 0);
        QVERIFY(!std::filesystem::exists(path("never.png")));
    }

    void finishedTilesAreShown() {
        for (const bool decoding : {false, true}) {
            FakeContext context;
            const std::string in = decoding ? path("tiles.imgl") : path("picture.png"),
                              out = decoding ? path("tiles.png") : path("tiles.imgl");
            QVERIFY(!run({path("model.safetensors"), in, out}, *m_models, context).error);
            const auto tiles = context.all<TileReady>();
            QVERIFY(tiles.size() >= 3);
            Image seen(70, 37, 3);
            int pixels = 0;
            for (const TileReady& tile : tiles) {
                const PixelRect& rect = tile.rect;
                QVERIFY(tile.revision == 1 && tile.image->width() == rect.width && tile.image->height() == rect.height);
                for (int y = 0; y < rect.height; ++y)
                    std::memcpy(seen.row<std::uint8_t>(rect.y + y) + 3 * rect.x, tile.image->row<std::uint8_t>(y), tile.image->stride());
                pixels += rect.width * rect.height;
            }
            QCOMPARE(pixels, 70 * 37);  // each once
            if (decoding) QVERIFY(*readImage(std::filesystem::path(out)) == seen);
        }
    }

    void whatIsWrongIsSaid() {
        FakeContext context;
        const std::string model = path("model.safetensors"), picture = path("picture.png");
        const auto bad = [&](const CompressRequest& request) { return *run(request, *m_models, context).error; };
        QCOMPARE(bad({model, path("none.png"), path("x.imgl")}).field, std::string("in"));
        QCOMPARE(bad({model, picture, ""}).field, std::string("out"));
        QCOMPARE(bad({model, picture, picture}).field, std::string("out"));
        QVERIFY(!bad({path("none.safetensors"), picture, path("x.imgl")}).text().empty());
        QVERIFY(bad({model, PictureRef(std::make_shared<const Image>(), "Nothing"), path("x.imgl")}).text().find("Nothing has no pixels") ==
                0);
        QVERIFY(!std::filesystem::exists(path("x.imgl")) && *readImage(std::filesystem::path(picture)) == smoothImage(70, 37, 3));
    }
};

QTEST_GUILESS_MAIN(TestCompressJob)
#include "tst_compress_job.moc"
