// links: imago_ml z
// Datasets: every source, hostile files, the manifest hash, and the order of batches.
#include <ATen/core/Tensor.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/durable_file.h"
#include "core/data/batch_source.h"
#include "core/data/dataset.h"
#include "core/data/inspect_job.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/image/image.h"
#include "core/tensor/device.h"
#include "tests/support/fake_context.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

using Buffer = std::vector<std::uint8_t>;

void writeBytes(const fs::path& path, const Buffer& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void writeGz(const fs::path& path, const Buffer& bytes) {
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
}

Buffer idxFile(std::vector<std::uint32_t> extents, std::size_t bytes, int type = 8) {
    Buffer out{0, 0, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(extents.size())};
    for (const std::uint32_t e : extents)
        for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(e >> shift));
    for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<std::uint8_t>(i * 7 + i / 5));
    return out;
}

Image flat(int width, int height, int channels, std::vector<std::uint8_t> value) {
    Image image(width, height, channels);
    for (std::size_t i = 0; i < image.byteCount(); ++i) image.data()[i] = value[i % static_cast<std::size_t>(channels)];
    return image;
}

void writePicture(const fs::path& path, const Image& image) {
    const Result<void> written = writeImage(path, image);
    QVERIFY2(written.ok(), written.ok() ? "" : written.error().text().c_str());
}

std::string errorOf(const std::string& spec, const DatasetOptions& options = {}) {
    const auto opened = openDataset(spec, options);
    return opened ? std::string() : opened.error().text();
}

}  // namespace

class DataTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

  private Q_SLOTS:
    // QTemporaryDir does not manage names that are not UTF-8.
    void cleanupTestCase() { fs::remove_all(m_folder.path().toStdString()); }

    void idxPlainAndGzippedAreTheSame() {
        const Buffer images = idxFile({5, 4, 3}, 60), labels = idxFile({5}, 5);
        writeBytes(path("images"), images);
        writeGz(path("images.gz"), images);
        Buffer named = idxFile({5}, 0);
        for (const int c : {0, 2, 1, 2, 0}) named.push_back(static_cast<std::uint8_t>(c));
        writeBytes(path("labels"), named);
        const auto plain = openDataset("idx:" + path("images").string() + "," + path("labels").string());
        const auto zipped = openDataset("idx:" + path("images.gz").string() + "," + path("labels").string());
        QVERIFY(plain && zipped);
        QCOMPARE((*plain)->size(), std::size_t(5));
        QCOMPARE((*plain)->shape().height, 4);
        QCOMPARE((*plain)->shape().width, 3);
        QCOMPARE((*plain)->shape().classNames.size(), std::size_t(3));
        QCOMPARE((*plain)->classOf(1), 2);
        QCOMPARE(int((*plain)->pixels(2)[1]), int(images[16 + 25]));
        QCOMPARE((*plain)->manifestHash(), (*zipped)->manifestHash());
        const auto unlabelled = openDataset("idx:" + path("images").string());
        QVERIFY(unlabelled);
        QCOMPARE((*unlabelled)->classOf(0), -1);
        QVERIFY((*unlabelled)->manifestHash() != (*plain)->manifestHash());
    }

    void hostileIdxFilesAreRefused() {
        const auto refused = [&](const Buffer& bytes, const char* why) {
            writeBytes(path("bad"), bytes);
            const std::string text = errorOf("idx:" + path("bad").string());
            QVERIFY2(text.find(why) != std::string::npos, text.c_str());
        };
        refused({}, "ends in its header");
        refused({0, 0, 8}, "ends in its header");
        refused({1, 0, 8, 3}, "two zero bytes");
        refused(idxFile({2, 2, 2}, 8, 13), "unsigned bytes");
        refused(idxFile({2, 2, 2, 1, 1}, 8), "dimensions");
        refused(idxFile({2, 0, 2}, 8), "extent is zero");
        refused(idxFile({0xffffffff, 0xffffffff, 0xffffffff}, 8), "impossible size");
        refused(idxFile({90000000, 8, 8}, 8), "");  // too large, or ends too early
        refused(idxFile({2, 2, 2}, 7), "before its last number");
        refused(idxFile({2, 2, 2}, 9), "after its last number");
        refused(idxFile({4, 2}, 8), "three or four dimensions");
        refused(idxFile({2, 2, 2, 2}, 16), "channels");
        Buffer cut = idxFile({2, 2, 2}, 8);
        writeGz(path("cut.gz"), idxFile({200, 20, 20}, 80000));
        Buffer zipped;
        {
            std::ifstream file(path("cut.gz"), std::ios::binary);
            zipped.assign(std::istreambuf_iterator<char>(file), {});
        }
        for (const std::size_t length : {zipped.size() - 1, zipped.size() / 2, std::size_t(12)}) {
            writeBytes(path("cut.gz"), Buffer(zipped.begin(), zipped.begin() + static_cast<std::ptrdiff_t>(length)));
            QVERIFY(!errorOf("idx:" + path("cut.gz").string()).empty());
        }
        writeBytes(path("good"), cut);
        writeBytes(path("three"), idxFile({3}, 3));
        QVERIFY(errorOf("idx:" + path("good").string() + "," + path("three").string()).find("3 labels for 2 pictures") !=
                std::string::npos);
        QVERIFY(!errorOf("idx:" + path("missing").string()).empty());
    }

    void fashionMnist() {
        if (fashionMnistFolder().empty()) QSKIP("the package dataset-fashion-mnist is not installed");
        const auto train = openDataset("fashion-mnist"), test = openDataset("fashion-mnist:test");
        QVERIFY(train && test);
        QCOMPARE((*train)->size(), std::size_t(60000));
        QCOMPARE((*test)->size(), std::size_t(10000));
        QCOMPARE((*train)->shape().width, 28);
        QCOMPARE((*train)->shape().classNames.at(9), std::string("Ankle boot"));
        std::vector<int> counts(10);
        for (std::size_t i = 0; i < 60000; ++i) ++counts[static_cast<std::size_t>((*train)->classOf(i))];
        QCOMPARE(counts, std::vector<int>(10, 6000));
        QCOMPARE((*train)->classOf(0), 9);  // the first picture is an ankle boot
        QVERIFY((*train)->manifestHash() != (*test)->manifestHash());
        DatasetOptions larger;
        larger.resolution = 32;
        larger.split = "test";
        const auto resized = openDataset("fashion-mnist", larger);
        QVERIFY(resized);
        QCOMPARE((*resized)->shape().height, 32);
        QCOMPARE((*resized)->manifestHash(), (*test)->manifestHash());  // the pictures are the same ones
    }

    void shapesAreAFunctionOfTheirNumber() {
        DatasetOptions options;
        options.resolution = 16;
        const auto few = openDataset("shapes:60", options), many = openDataset("shapes:120", options);
        QVERIFY(few && many);
        QCOMPARE((*few)->size(), std::size_t(60));
        QCOMPARE((*few)->shape().channels, 3);
        QVERIFY(std::equal((*few)->pixels(0), (*few)->pixels(0) + 60 * 16 * 16 * 3, (*many)->pixels(0)));
        std::set<int> classes;
        for (std::size_t i = 0; i < 60; ++i) {
            classes.insert((*few)->classOf(i));
            // A figure on a ground: neither empty nor full. The corner pixel's colour must not fill the picture.
            const std::uint8_t* p = (*few)->pixels(i);
            int unlike = 0;
            for (int k = 0; k < 16 * 16; ++k)
                unlike += std::abs(p[3 * k] - p[0]) + std::abs(p[3 * k + 1] - p[1]) + std::abs(p[3 * k + 2] - p[2]) > 24;
            QVERIFY2(unlike > 5 && unlike < 230, qPrintable(QString::number(i) + ": " + QString::number(unlike)));
        }
        QCOMPARE(classes.size(), (*few)->shape().classNames.size());
        QVERIFY(!errorOf("shapes:0").empty());
        QVERIFY(!errorOf("shapes:many").empty());
    }

    void unknownDatasetsAreRefusedWithTheList() {
        const std::string text = errorOf("imagenet:everything");
        QVERIFY(text.find("imagenet") != std::string::npos && text.find("fashion-mnist") != std::string::npos);
        QVERIFY(!errorOf("folder:").empty());
        QVERIFY(!errorOf("folder:" + path("nowhere").string()).empty());
    }

    void foldersOfEveryKindOfFile() {
        const fs::path root = path("数据集") / "图像 é🙂 空格 \"quoted\"\nline";
        for (const char* sub : {"cats", "dogs", ".hidden"}) fs::create_directories(root / sub);
        fs::create_directories(root / "dogs" / "deep" / "deeper");
        for (int i = 0; i < 6; ++i) {
            const auto v = static_cast<std::uint8_t>(20 * i);
            writePicture(root / "cats" / ("c" + std::to_string(i) + ".png"), flat(40, 30, 3, {v, 100, 200}));
            writePicture(root / "dogs" / ("d" + std::to_string(i) + ".jpg"), flat(30, 50, 3, {200, v, 10}));
        }
        writePicture(root / "dogs" / "deep" / "deeper" / "é.png", flat(33, 33, 1, {77}));
        writePicture(root / "cats" / "sixteen.png", withType(flat(20, 20, 3, {9, 8, 7}), PixelType::U16));
        writePicture(root / "cats" / "clear.png", flat(20, 20, 4, {255, 0, 0, 0}));
        writePicture(root / "cats" / "one.png", flat(1, 1, 3, {1, 2, 3}));
        writePicture(root / "loose.png", flat(8, 8, 3, {50, 60, 70}));
        writePicture(root / ".hidden" / "x.png", flat(8, 8, 3, {50, 60, 70}));
        writePicture(root / "cats" / "bytes\xff\xfe.png", flat(8, 8, 3, {1, 1, 250}));
        Buffer whole;
        {
            std::ifstream file(root / "cats" / "c0.png", std::ios::binary);
            whole.assign(std::istreambuf_iterator<char>(file), {});
        }
        writeBytes(root / "cats" / "truncated.png", Buffer(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2)));
        writeBytes(root / "cats" / "empty.png", {});
        writeBytes(root / "cats" / "words.jpg", Buffer(100, 'x'));
        writeBytes(root / "cats" / "notes.txt", Buffer(10, 'x'));
        fs::create_directory_symlink(root, root / "dogs" / "loop");
        fs::create_symlink(root / "nothing", root / "cats" / "dangling.png");

        DatasetOptions options;
        options.resolution = 16;
        std::size_t lastDone = 0;
        options.progress = [&](std::size_t done, std::size_t) { return lastDone = done, true; };
        const auto opened = openDataset("folder:" + root.string(), options);
        QVERIFY2(opened.ok(), opened ? "" : opened.error().text().c_str());
        const Dataset& data = **opened;
        QCOMPARE(data.size(), std::size_t(6 + 6 + 1 + 3 + 1 + 1));
        QVERIFY(lastDone > 0);
        QCOMPARE(data.shape().channels, 3);
        QCOMPARE(data.shape().classNames, (std::vector<std::string>{"cats", "dogs"}));
        std::set<std::string> skipped;
        for (const auto& item : data.skipped()) skipped.insert(item.name);
        QCOMPARE(skipped,
                 (std::set<std::string>{"cats/truncated.png", "cats/empty.png", "cats/words.jpg", "cats/dangling.png", "dogs/loop"}));
        QCOMPARE(data.ignored(), std::size_t(2));  // the notes, and a hidden folder that is not looked into
        bool sawClear = false, sawBytes = false;
        for (std::size_t i = 0; i < data.size(); ++i) {
            const std::string name = data.nameOf(i);
            const std::uint8_t* p = data.pixels(i);
            if (name == "cats/clear.png") sawClear = p[0] == 255 && p[1] == 255 && p[2] == 255;  // on the white ground
            if (name == "cats/bytes\\xff\\xfe.png") sawBytes = true;
            if (name == "loose.png") QCOMPARE(data.classOf(i), -1);
            if (name == "dogs/deep/deeper/é.png") QCOMPARE(data.classOf(i), 1);
            if (name == "cats/c3.png") QVERIFY(p[0] == 60 && p[1] == 100 && p[2] == 200);
            if (name == "cats/sixteen.png") QVERIFY(p[0] == 9 && p[1] == 8 && p[2] == 7);
        }
        QVERIFY(sawClear && sawBytes);
        const auto again = openDataset("folder:" + root.string(), options);
        QCOMPARE((*again)->manifestHash(), data.manifestHash());
        QVERIFY(std::equal(data.pixels(0), data.pixels(0) + data.size() * data.itemBytes(), (*again)->pixels(0)));
        DatasetOptions other;
        other.resolution = 24;
        QCOMPARE((*openDataset("folder:" + root.string(), other))->manifestHash(), data.manifestHash());
        fs::rename(root / "cats" / "c1.png", root / "cats" / "renamed.png");
        QVERIFY((*openDataset("folder:" + root.string(), options))->manifestHash() != data.manifestHash());
    }

    void mostlyBadFoldersAreAnError() {
        const fs::path root = path("bad folder");
        fs::create_directories(root);
        writePicture(root / "a.png", flat(8, 8, 3, {1, 2, 3}));
        writeBytes(root / "b.png", Buffer(50, 'x'));
        writeBytes(root / "c.png", Buffer(50, 'x'));
        const std::string text = errorOf("folder:" + root.string());
        QVERIFY2(text.find("2 of the 3") != std::string::npos, text.c_str());
        fs::create_directories(path("none"));
        QVERIFY(errorOf("folder:" + path("none").string()).find("no pictures that are read here") != std::string::npos);
    }

    void greyFoldersHaveOneChannelAndTheirOwnSize() {
        const fs::path root = path("grey");
        fs::create_directories(root);
        for (int i = 0; i < 12; ++i) writePicture(root / (std::to_string(i) + ".png"), flat(28 + i % 2, 28, i % 2 ? 3 : 1, {90, 90, 90}));
        const auto opened = openDataset("folder:" + root.string());
        QVERIFY(opened);
        QCOMPARE((*opened)->shape().channels, 1);
        QCOMPARE((*opened)->shape().width, 24);
        QVERIFY((*opened)->shape().classNames.empty());
        int calls = 0;
        DatasetOptions cancels;
        cancels.progress = [&](std::size_t, std::size_t) { return ++calls < 2; };
        const auto cancelled = openDataset("folder:" + root.string(), cancels);
        QVERIFY(!cancelled && cancelled.error().code == ErrorCode::Cancelled);
    }

    void everyEpochIsAPermutation() {
        BatchOrder order(101, 7), jumping(101, 7);
        std::vector<std::uint32_t> first = order.epoch(0), second = order.epoch(1);
        QVERIFY(first != second);
        std::sort(first.begin(), first.end());
        for (std::uint32_t i = 0; i < 101; ++i) QCOMPARE(first[i], i);
        // Any position can be asked for out of order: the resumed run needs no position.
        std::vector<std::size_t> sequence;
        for (std::int64_t p = 0; p < 505; ++p) sequence.push_back(order.item(p).index);
        for (const std::int64_t p : {504, 3, 250, 101, 100, 0, 333}) QCOMPARE(jumping.item(p).index, sequence[static_cast<std::size_t>(p)]);
        QVERIFY(BatchOrder(101, 8).epoch(0) != order.epoch(0));
    }

    void batchesAreFunctionsOfTheStep() {
        DatasetOptions options;
        options.resolution = 8;
        const auto data = *openDataset("shapes:30", options);
        BatchSource source(data, 8, 5, Device{}), resumed(data, 8, 5, Device{});
        BatchOrder order(30, 5);
        for (std::int64_t step = 0; step < 12; ++step) source.load(step);
        resumed.load(11);
        QVERIFY(source.pixels().equal(resumed.pixels()) && source.labels().equal(resumed.labels()));
        QCOMPARE(source.pixels().sizes().vec(), (std::vector<std::int64_t>{8, 8, 8, 3}));
        for (std::int64_t i = 0; i < 8; ++i) {
            const std::size_t index = order.item(11 * 8 + i).index;
            QVERIFY(std::equal(data->pixels(index), data->pixels(index) + data->itemBytes(),
                               resumed.pixels().data_ptr<std::uint8_t>() + i * static_cast<std::int64_t>(data->itemBytes())));
            QCOMPARE(resumed.labels().data_ptr<std::int64_t>()[i], std::int64_t(data->classOf(index)));
        }
    }

    void inspectingShowsAndCounts() {
        test::FakeContext context;
        InspectDataRequest request;
        request.data = "shapes:60";
        request.resolution = 16;
        request.thumbnails = 20;
        auto job = makeInspectDataJob(request);
        QVERIFY(job && (*job)->lane() == Lane::Io);
        const auto slice = (*job)->step(context);
        QVERIFY(slice && *slice == Slice::Done);
        const auto result = (*job)->finish(FinishReason::Done, context);
        QVERIFY(result.ok());
        QCOMPARE((*result)["count"].get<int>(), 60);
        QCOMPARE((*result)["classes"].size(), std::size_t(6));
        QCOMPARE((*result)["classes"][0]["count"].get<int>(), 10);
        const auto previews = context.all<PreviewReady>();
        QCOMPARE(previews.size(), std::size_t(1));
        QCOMPARE(previews[0].labels.size(), std::size_t(20));
        QCOMPARE(previews[0].image->width(), 8 * 16);
        QCOMPARE(previews[0].image->height(), 3 * 16);
        request.data = "folder:" + path("not there").string();
        job = makeInspectDataJob(request);
        const auto failed = (*job)->step(context);
        QVERIFY(!failed && failed.error().code == ErrorCode::BadInput);
    }
};

QTEST_GUILESS_MAIN(DataTest)
#include "tst_data.moc"
