// links: imago_ml PkgConfig::WEBP_TEST
// Where pictures come from: folders of every format and what is found wrong with them, CIFAR, fonts and emoji, packed
// files; and a folder that does not fit in memory, which must give the same batches as one that does.
#include <ATen/core/Tensor.h>
#include <webp/encode.h>

#include <QTemporaryDir>
#include <QTest>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "core/base/durable_file.h"
#include "core/base/random.h"
#include "core/data/batch_source.h"
#include "core/data/emoji_names.h"
#include "core/data/inspect_job.h"
#include "core/data/packed.h"
#include "core/data/prefetch.h"
#include "core/data/sources.h"
#include "core/image/codecs.h"
#include "core/tensor/device.h"
#include "core/tensor/safetensors.h"
#include "tests/support/fake_context.h"

using namespace imago;
namespace fs = std::filesystem;

namespace {

using Buffer = std::vector<std::uint8_t>;

void writeBytes(const fs::path& path, const Buffer& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

Image noise(std::uint64_t number, int width = 24, int height = 20, int channels = 3) {
    Image image(width, height, channels);
    for (std::size_t i = 0; i < image.byteCount(); ++i)
        image.data()[i] = static_cast<std::uint8_t>(randomBits({5, Purpose::Test, number}, i));
    return image;
}

std::shared_ptr<const Dataset> open(const std::string& spec, const DatasetOptions& options = {}) {
    const auto opened = openDataset(spec, options);
    if (!opened) qWarning("%s", opened.error().text().c_str());
    return opened ? *opened : nullptr;
}

std::string errorOf(const std::string& spec, const DatasetOptions& options = {}) {
    const auto opened = openDataset(spec, options);
    return opened ? std::string() : opened.error().text();
}

bool samePictures(const Dataset& a, const Dataset& b) {
    if (a.size() != b.size() || a.itemBytes() != b.itemBytes()) return false;
    Buffer one(a.itemBytes()), other(a.itemBytes());
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!a.read(i, one.data()) || !b.read(i, other.data()) || one != other) return false;
    return true;
}

DatasetOptions sized(int side) {
    DatasetOptions options;
    options.resolution = side;
    return options;
}

}  // namespace

class DataSourcesTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path path(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

    fs::path pictures(const std::string& name, int count, int width = 24, int height = 20) {
        const fs::path root = path(name);
        for (const char* sub : {"a", "b"}) fs::create_directories(root / sub);
        for (int i = 0; i < count; ++i)
            (void)writeImage(root / (i % 2 ? "a" : "b") / (std::to_string(i) + ".png"),
                             noise(static_cast<std::uint64_t>(i), width, height));
        return root;
    }

  private Q_SLOTS:
    void everyFormatGivesTheSamePicture() {
        const fs::path root = path("formats");
        fs::create_directories(root);
        const Image image = noise(1, 16, 16);
        QVERIFY(writeImage(root / "a.png", image).ok());
        std::uint8_t* out = nullptr;
        const std::size_t size = WebPEncodeLosslessRGB(image.data(), 16, 16, 48, &out);
        writeBytes(root / "b.WEBP", Buffer(out, out + size));
        WebPFree(out);
        Buffer bmp{'B', 'M', 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 16, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 1, 0, 24, 0};
        bmp.resize(54);
        for (int i = 0; i < 256; ++i)
            for (int c = 2; c >= 0; --c) bmp.push_back(image.data()[3 * i + c]);
        writeBytes(root / "c.bmp", bmp);
        // A TIFF by hand: one strip, no compression.
        Buffer tiff{'I', 'I', 42, 0, 8, 0, 0, 0, 8, 0};
        const auto entry = [&](int tag, int type, std::uint32_t count, std::uint32_t value) {
            for (const int byte : {tag & 255, tag >> 8, type, 0}) tiff.push_back(static_cast<std::uint8_t>(byte));
            for (const std::uint32_t word : {count, value})
                for (int shift = 0; shift < 32; shift += 8) tiff.push_back(static_cast<std::uint8_t>(word >> shift));
        };
        const std::uint32_t end = 10 + 8 * 12 + 4;
        entry(256, 3, 1, 16), entry(257, 3, 1, 16), entry(258, 3, 1, 8), entry(262, 3, 1, 2), entry(273, 4, 1, end), entry(277, 3, 1, 3),
            entry(278, 3, 1, 16), entry(279, 4, 1, 768);
        tiff.resize(end);
        tiff.insert(tiff.end(), image.data(), image.data() + 768);
        writeBytes(root / "d.tiff", tiff);
        const auto data = open("folder:" + root.string(), sized(16));
        QVERIFY(data);
        QCOMPARE(data->size(), std::size_t(4));
        for (std::size_t i = 0; i < 4; ++i)
            QVERIFY2(std::equal(image.data(), image.data() + 768, data->pixels(i)), data->nameOf(i).c_str());
    }

    void cutOrPaddedOnAnyGround() {
        const fs::path root = path("shapes");
        fs::create_directories(root);
        Image wide(40, 20, 4);  // red, the right half clear
        for (int y = 0; y < 20; ++y)
            for (int x = 0; x < 20; ++x) wide.row<std::uint8_t>(y)[4 * x] = wide.row<std::uint8_t>(y)[4 * x + 3] = 255;
        QVERIFY(writeImage(root / "wide.png", wide).ok());
        DatasetOptions options = sized(20);
        options.ground = *parseGround("#0000ff");
        const auto cut = open("folder:" + root.string(), options);
        options.pad = true;
        const auto padded = open("folder:" + root.string(), options);
        QVERIFY(cut && padded);
        const auto at = [](const Dataset& data, int x, int y) { return data.pixels(0) + 3 * (20 * y + x); };
        QVERIFY(at(*cut, 2, 2)[0] == 255 && at(*cut, 2, 2)[2] == 0);        // from the red half
        QVERIFY(at(*cut, 17, 2)[0] == 0 && at(*cut, 17, 2)[2] == 255);      // clear: the ground
        QVERIFY(at(*padded, 2, 1)[0] == 0 && at(*padded, 2, 1)[2] == 255);  // added above
        QVERIFY(at(*padded, 2, 10)[0] == 255 && at(*padded, 17, 10)[2] == 255);
        QVERIFY(at(*padded, 2, 18)[2] == 255);
        QVERIFY(!parseGround("blue").ok() && !parseGround("#12345").ok() &&
                *parseGround("black") == (std::array<std::uint8_t, 3>{0, 0, 0}));
    }

    void theDoctorCountsAndNamesEverything() {
        const fs::path root = path("doctor");
        fs::create_directories(root);
        for (int i = 0; i < 30; ++i)
            QVERIFY(writeImage(root / ("good" + std::to_string(i) + ".png"), noise(static_cast<std::uint64_t>(100 + i))).ok());
        const Buffer whole = *readFile(root / "good0.png");
        writeBytes(root / "twin1.png", whole);
        writeBytes(root / "twin2.png", whole);
        for (int i = 0; i < 3; ++i) writeBytes(root / ("cut" + std::to_string(i) + ".png"), Buffer(whole.begin(), whole.begin() + 300 + i));
        writeBytes(root / "empty.jpg", {});
        writeBytes(root / "words.webp", Buffer(100, 'x'));
        QVERIFY(writeImage(root / "tiny.png", noise(1, 3, 3)).ok());
        QVERIFY(writeImage(root / "long.png", noise(2, 200, 16)).ok());
        Buffer huge = whole;  // the header says 9000 x 9000: allowed by the reader, too much to learn from
        for (const std::size_t at : {16, 20}) huge[at + 2] = 9000 >> 8, huge[at + 3] = 9000 & 255;
        writeBytes(root / "huge.png", huge);
        writeBytes(root / "film.gif", Buffer{'G', 'I', 'F', '8'});
        writeBytes(root / "notes.txt", Buffer(5, 'n'));
        const auto data = open("folder:" + root.string(), sized(16));
        QVERIFY(data);
        const DataReport& report = data->report();
        QCOMPARE(report.count(Finding::Truncated), std::size_t(3));
        QCOMPARE(report.count(Finding::Unreadable), std::size_t(2));
        QCOMPARE(report.count(Finding::TooLarge), std::size_t(1));
        QCOMPARE(report.count(Finding::Foreign), std::size_t(1));
        QCOMPARE(report.count(Finding::Tiny), std::size_t(1));
        QCOMPARE(report.count(Finding::OffAspect), std::size_t(1));
        QCOMPARE(report.count(Finding::Duplicate), std::size_t(2));
        QCOMPARE(report.leftOut(), std::size_t(7));
        QCOMPARE(report.used, data->size());
        QCOMPARE(report.files, data->size() + 7);  // nothing disappears
        QCOMPARE(report.ignored, std::size_t(1));
        QCOMPARE(data->skipped().size(), std::size_t(7));
        std::set<std::string> names;
        for (const FoundItem& item : report.items) names.insert(item.name + ": " + toString(item.finding));
        for (const char* expected :
             {"cut0.png: truncated", "empty.jpg: unreadable", "words.webp: unreadable", "huge.png: too_large", "film.gif: foreign",
              "tiny.png: tiny", "long.png: off_aspect", "twin1.png: duplicate", "twin2.png: duplicate"})
            QVERIFY2(names.contains(expected), expected);
        const Json json = report.toJson();
        QCOMPARE(json["counts"]["truncated"].get<int>(), 3);
        QCOMPARE(json["sentences"].size(), std::size_t(7));
        QVERIFY(whatToExpect(19).text().find("variations") != std::string::npos);
        QVERIFY(whatToExpect(20).text().find("already knows") != std::string::npos);
        QVERIFY(whatToExpect(2001).text().find("scratch") != std::string::npos);
        fs::create_directories(path("films"));
        writeBytes(path("films") / "film.gif", Buffer{'G', 'I', 'F', '8'});
        QVERIFY(errorOf("folder:" + path("films").string()).find("film.gif") != std::string::npos);
    }

    void cifarTenAndAHundred() {
        const fs::path ten = path("cifar10"), hundred = path("cifar100");
        fs::create_directories(ten);
        fs::create_directories(hundred);
        const auto batch = [](int count, std::size_t labels, int first) {
            Buffer out;
            for (int i = 0; i < count; ++i) {
                if (labels == 2) out.push_back(9);
                out.push_back(static_cast<std::uint8_t>((first + i) % 3));
                for (int c = 0; c < 3; ++c)
                    for (int p = 0; p < 1024; ++p) out.push_back(static_cast<std::uint8_t>(first + i + 50 * c + p % 7));
            }
            return out;
        };
        for (int b = 1; b <= 5; ++b) writeBytes(ten / ("data_batch_" + std::to_string(b) + ".bin"), batch(4, 1, 10 * b));
        writeBytes(ten / "test_batch.bin", batch(2, 1, 3));
        std::ofstream(ten / "batches.meta.txt") << "airplane\nautomobile\nbird\n\n";
        const auto data = open("cifar:" + ten.string());
        QVERIFY(data);
        QCOMPARE(data->size(), std::size_t(20));
        QCOMPARE(data->shape().classNames, (std::vector<std::string>{"airplane", "automobile", "bird"}));
        QCOMPARE(data->classOf(1), 2);
        QVERIFY(data->pixels(1)[0] == 11 && data->pixels(1)[1] == 61 && data->pixels(1)[2] == 111 && data->pixels(1)[3] == 12);
        QCOMPARE(open("cifar:" + ten.string() + ",test")->size(), std::size_t(2));
        writeBytes(hundred / "train.bin", batch(5, 2, 0));
        const auto fine = open("cifar:" + hundred.string(), sized(16));
        QVERIFY(fine && fine->shape().height == 16);
        QCOMPARE(fine->shape().classNames.size(), std::size_t(3));
        QCOMPARE(open("cifar:" + (hundred / "train.bin").string())->classOf(1), 1);
        QCOMPARE(absoluteDataSpec("cifar:" + ten.string() + ",test"), "cifar:" + ten.string() + ",test");
        fs::remove(ten / "data_batch_3.bin");
        QVERIFY(errorOf("cifar:" + ten.string()).find("4 of its five") != std::string::npos);
        writeBytes(hundred / "train.bin", Buffer(3000));
        QVERIFY(!errorOf("cifar:" + hundred.string()).empty());
        QVERIFY(!errorOf("cifar:" + path("nowhere").string()).empty());
    }

    void lettersOfFonts() {
        const fs::path sans = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
                       serif = "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf";
        if (!fs::exists(sans) || !fs::exists(serif)) QSKIP("the package fonts-dejavu-core is not installed");
        const auto data = open("glyphs:" + sans.string());
        QVERIFY(data);
        QCOMPARE(data->size(), std::size_t(62));
        QCOMPARE(data->shape().channels, 1);
        QCOMPARE(data->shape().width, 32);
        QCOMPARE(data->shape().classNames.at(0), std::string("A"));
        QCOMPARE(data->nameOf(1), std::string("B"));
        const auto ink = [&](const Dataset& set, std::size_t index, int fromY, int toY) {
            double sum = 0;
            const int side = set.shape().width;
            for (int y = fromY; y < toY; ++y)
                for (int x = 0; x < side; ++x) sum += 255 - set.pixels(index)[(y * side + x) * set.shape().channels];
            return sum / 255;
        };
        std::set<std::string> different;
        for (std::size_t i = 0; i < data->size(); ++i) {
            QVERIFY2(ink(*data, i, 0, 32) > 15 && ink(*data, i, 0, 32) < 500, data->nameOf(i).c_str());
            different.insert(std::string(reinterpret_cast<const char*>(data->pixels(i)), data->itemBytes()));
        }
        QVERIFY(different.size() >= 61);  // I and l may look alike
        const auto indexOf = [&](const std::string& name) {
            for (std::size_t i = 0; i < data->size(); ++i)
                if (data->nameOf(i) == name) return i;
            return data->size();
        };
        // One line for all: q hangs below where o ends.
        QVERIFY(ink(*data, indexOf("q"), 25, 32) > ink(*data, indexOf("o"), 25, 32) + 3);
        const auto two = open("glyphs:" + sans.string() + "," + serif.string() + ",chars=a-c,", sized(48));
        QVERIFY(two);
        QCOMPARE(two->size(), std::size_t(8));  // a, b, c and the comma, twice
        QCOMPARE(two->shape().classNames.size(), std::size_t(4));
        QVERIFY(two->nameOf(0).find("DejaVu Sans") == 0 && two->nameOf(4).find("Bold") != std::string::npos);
        QVERIFY(ink(*two, 4, 0, 48) > 1.2 * ink(*two, 0, 0, 48));
        const auto missing = open("glyphs:DejaVuSans,chars=A\u4e2d");
        QVERIFY(missing && missing->size() == 1);
        QCOMPARE(missing->skipped().size(), std::size_t(1));
        QVERIFY(missing->skipped()[0].reason.text().find("U+4E2D") != std::string::npos);
        DatasetOptions dark = sized(32);
        dark.ground = {0, 0, 0};
        QVERIFY(open("glyphs:DejaVuSans,chars=A", dark)->pixels(0)[0] == 0);
        QCOMPARE(open("glyphs:DejaVuSans,classes=none")->shape().classNames.size(), std::size_t(0));
        QVERIFY(errorOf("glyphs:NoSuchFontAnywhere").find("NoSuchFontAnywhere") != std::string::npos);
        QVERIFY(!errorOf("glyphs:" + path("formats").string()).empty());
        writeBytes(path("bad.ttf"), Buffer(500, 7));
        QVERIFY(errorOf("glyphs:" + path("bad.ttf").string()).find("not a font") != std::string::npos);
        QVERIFY(open("glyphs:DejaVuSans,chars=AB", sized(32))->manifestHash() ==
                open("glyphs:DejaVuSans,chars=AB", sized(64))->manifestHash());
    }

    void emojiWithTheirNames() {
        if (emojiTestFile().empty() || !errorOf("glyphs:emoji", sized(8)).empty())
            QSKIP("fonts-noto-color-emoji or unicode-data is not installed");
        const auto data = open("glyphs:emoji", sized(32));
        QVERIFY(data);
        QCOMPARE(data->shape().channels, 3);
        qInfo("%zu emoji, %zu without picture", data->size(), data->skipped().size());
        QVERIFY(data->size() > 3400);
        QVERIFY2(data->skipped().size() < 20, data->skipped().empty() ? "" : data->skipped()[0].reason.text().c_str());
        QCOMPARE(data->shape().classNames.at(0), std::string("Smileys & Emotion"));
        QCOMPARE(data->shape().classNames.size(), std::size_t(9));
        std::set<std::string> names;
        std::size_t grinning = 0, flag = 0, family = 0, dark = 0, light = 0;
        for (std::size_t i = 0; i < data->size(); ++i) {
            names.insert(data->nameOf(i));
            if (data->nameOf(i) == "grinning face") grinning = i;
            if (data->nameOf(i) == "flag: Japan") flag = i;
            if (data->nameOf(i) == "family: man, woman, girl") family = i;
            if (data->nameOf(i) == "waving hand: dark skin tone") dark = i;
            if (data->nameOf(i) == "waving hand: light skin tone") light = i;
        }
        QCOMPARE(names.size(), data->size());
        QVERIFY(flag > 0 && family > 0 && dark > 0 && light > 0);
        const auto middle = [&](std::size_t i) { return data->pixels(i) + 3 * (16 * 32 + 16); };
        QVERIFY(data->pixels(grinning)[0] == 255);                        // white ground
        QVERIFY(middle(grinning)[0] > 180 && middle(grinning)[2] < 140);  // yellow
        QVERIFY(middle(flag)[0] > 150 && middle(flag)[1] < 90);           // the red disc
        QVERIFY(middle(light)[0] > middle(dark)[0] + 60);
        QCOMPARE(data->shape().classNames[static_cast<std::size_t>(data->classOf(flag))], std::string("Flags"));
    }

    void packedFilesAreTheSameData() {
        const fs::path root = pictures("to pack", 40);
        const auto data = open("folder:" + root.string(), sized(16));
        const fs::path file = path("set.pack");
        const auto written = writePacked(file, *data);
        QVERIFY2(written.ok(), written ? "" : written.error().text().c_str());
        QCOMPARE(written->bytes, fs::file_size(file));
        const auto packed = open("packed:" + file.string());
        QVERIFY(packed && packed->resident());
        QVERIFY(samePictures(*data, *packed));
        QCOMPARE(packed->manifestHash(), data->manifestHash());
        QCOMPARE(packed->nameOf(7), data->nameOf(7));
        QCOMPARE(packed->classOf(7), data->classOf(7));
        QCOMPARE(packed->shape().classNames, data->shape().classNames);
        // Larger than it may be: read as it is needed, whatever becomes of the file; cut short, it is an error with a name.
        DatasetOptions tight;
        tight.memoryBudget = 100;
        const fs::path copy = path("copy.pack");
        fs::copy_file(file, copy);
        const auto streamed = open("packed:" + copy.string(), tight);
        QVERIFY(streamed && !streamed->resident());
        BatchSource fromMemory(packed, 16, 9, Device{}), fromDisk(streamed, 16, 9, Device{});
        for (std::int64_t step = 0; step < 4; ++step) {
            fromMemory.load(step), fromDisk.load(step);
            QVERIFY(fromMemory.pixels().equal(fromDisk.pixels()) && fromMemory.labels().equal(fromDisk.labels()));
        }
        fs::resize_file(copy, 3000);
        Buffer picture(streamed->itemBytes());
        const auto gone = streamed->readNamed(streamed->size() - 1, picture.data());
        QVERIFY(!gone && gone.error().text().find(streamed->nameOf(streamed->size() - 1)) == 0);
        const auto smaller = open("packed:" + file.string(), sized(8));
        QVERIFY(smaller && smaller->shape().height == 8 && smaller->manifestHash() == data->manifestHash());
        DatasetOptions both = sized(8);
        both.memoryBudget = 100;
        const auto streamedSmaller = open("packed:" + file.string(), both);
        QVERIFY(streamedSmaller && !streamedSmaller->resident() && samePictures(*smaller, *streamedSmaller));
        DatasetOptions stopped;
        stopped.progress = [](std::size_t, std::size_t) { return false; };
        const auto cancelled = openDataset("packed:" + file.string(), stopped);
        QVERIFY(!cancelled && cancelled.error().code == ErrorCode::Cancelled);
        const auto unlabelled = open("shapes:20", sized(8));
        QVERIFY(writePacked(path("two.pack"), *unlabelled).ok());
        QVERIFY(samePictures(*unlabelled, *open("packed:" + path("two.pack").string())));
        // A flipped bit anywhere is noticed, and so is a missing end.
        Buffer bytes = *readFile(file);
        for (const std::size_t at : {bytes.size() - 1, bytes.size() / 2, std::size_t(40)}) {
            Buffer bad = bytes;
            bad[at] ^= 1;
            writeBytes(path("bad.pack"), bad);
            QVERIFY(!errorOf("packed:" + path("bad.pack").string()).empty());
        }
        writeBytes(path("bad.pack"), Buffer(bytes.begin(), bytes.end() - 1));
        QVERIFY(!errorOf("packed:" + path("bad.pack").string()).empty());
        writeBytes(path("bad.pack"), {});
        QVERIFY(!errorOf("packed:" + path("bad.pack").string()).empty());
        QVERIFY(writeSafetensors(path("bad.pack"), {}, {}).ok());
        QVERIFY(errorOf("packed:" + path("bad.pack").string()).find("imago pack") != std::string::npos);
    }

    void packingThroughAJob() {
        const fs::path root = pictures("job", 12);
        InspectDataRequest request;
        request.data = "folder:" + root.string();
        request.resolution = 8;
        request.packTo = path("job.pack").string();
        test::FakeContext context;
        auto job = makeInspectDataJob(request);
        QVERIFY((*job)->step(context).ok());
        const auto result = (*job)->finish(FinishReason::Done, context);
        QVERIFY(result && (*result)["packed"]["bytes"].get<std::uint64_t>() == fs::file_size(path("job.pack")));
        QCOMPARE((*result)["report"]["used"].get<int>(), 12);
        QVERIFY(!(*result)["expectation"].get<std::string>().empty());
        QCOMPARE(open("packed:" + path("job.pack").string())->size(), std::size_t(12));
    }

    void streamedBatchesAreTheSame() {
        const fs::path root = pictures("stream", 70, 40, 30);
        DatasetOptions options = sized(16);
        const auto resident = open("folder:" + root.string(), options);
        options.memoryBudget = 1000;
        const auto streamed = open("folder:" + root.string(), options);
        QVERIFY(resident && streamed && resident->resident() && !streamed->resident());
        QCOMPARE(streamed->manifestHash(), resident->manifestHash());
        QCOMPARE(streamed->shape().channels, 3);
        BatchSource fromMemory(resident, 16, 9, Device{}), fromDisk(streamed, 16, 9, Device{});
        for (std::int64_t step = 0; step < 14; ++step) {  // across epochs
            fromMemory.load(step);
            fromDisk.load(step);
            QVERIFY(fromMemory.pixels().equal(fromDisk.pixels()) && fromMemory.labels().equal(fromDisk.labels()));
        }
        // Resumed in the middle, and gone back.
        BatchSource resumed(streamed, 16, 9, Device{});
        for (const std::int64_t step : {11, 12, 3, 4}) {
            fromMemory.load(step);
            resumed.load(step);
            QVERIFY(fromMemory.pixels().equal(resumed.pixels()));
        }
        QCOMPARE(resumed.lostTotal(), std::size_t(0));
        // Packing something that is not in memory gives the same file.
        QVERIFY(writePacked(path("a.pack"), *resident).ok() && writePacked(path("b.pack"), *streamed).ok());
        QVERIFY(*readFile(path("a.pack")) == *readFile(path("b.pack")));
    }

    void vanishedFilesAreNamedAndReplaced() {
        const fs::path root = pictures("vanish", 40);
        DatasetOptions options = sized(16);
        options.memoryBudget = 1;
        const auto data = open("folder:" + root.string(), options);
        QVERIFY(data && !data->resident());
        fs::remove(root / "a" / "1.png");
        QVERIFY(writeImage(root / "b" / "2.png", noise(999)).ok());  // still a picture, but another one
        BatchSource source(data, 8, 1, Device{});
        std::set<std::string> lost;
        for (std::int64_t step = 0; step < 12; ++step) {
            source.load(step);
            for (const SkippedItem& item : source.takeLost()) QVERIFY2(lost.insert(item.name).second, item.name.c_str());
        }
        QCOMPARE(lost, (std::set<std::string>{"a/1.png", "b/2.png"}));
        QCOMPARE(source.lostTotal(), std::size_t(2));
    }
};

QTEST_GUILESS_MAIN(DataSourcesTest)
#include "tst_data_sources.moc"
